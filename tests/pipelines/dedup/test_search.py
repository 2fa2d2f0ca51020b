"""The search is exact: the same pairs as looking at all of them, whatever the hashes and the distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.dedup import search
from mmdata.pipelines.dedup.search import near_pairs


def by_looking_at_all(hashes, distance):
    one, other = np.triu_indices(len(hashes), 1)
    near = np.bitwise_count(hashes[one] ^ hashes[other]) <= distance
    return list(zip(one[near].tolist(), other[near].tolist(), strict=True))


def found(hashes, distance):
    one, other = near_pairs(hashes, distance)
    return list(zip(one.tolist(), other.tolist(), strict=True))


@settings(max_examples=200, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 2**64 - 1), max_size=6),
    flips=st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 63), max_size=12)), max_size=30),
    distance=st.integers(0, 14),
)
def test_none_is_missed_and_none_is_told_twice(seeds, flips, distance):
    hashes = list(seeds)
    for which, bits in flips if seeds else ():
        value = seeds[which % len(seeds)]
        for bit in bits:
            value ^= 1 << bit
        hashes.append(value)
    values = np.array(hashes, np.uint64)
    assert found(values, distance) == by_looking_at_all(values, distance)


@pytest.mark.parametrize("distance", [1, 4, 6, 8, 10])
@pytest.mark.parametrize("agreeing", [1, 2, 3, 4])
def test_every_plan_finds_them_all(monkeypatch, distance, agreeing):
    random = np.random.default_rng(distance)
    seeds = random.integers(0, 2**64, 60, np.uint64)
    hashes = np.concatenate([seeds, *(seeds ^ flipped(random, 60, bits) for bits in range(12)), seeds[:5]])
    monkeypatch.setattr(search, "_plan", lambda _count, distance: (distance + agreeing, agreeing))
    monkeypatch.setattr(search, "_CHUNK", 50)
    monkeypatch.setattr(search, "_FEW", 0)
    assert found(hashes, distance) == by_looking_at_all(hashes, distance)


def flipped(random, count, bits):
    masks = np.zeros(count, np.uint64)
    for place in range(count):
        for bit in random.choice(64, bits, replace=False).tolist():
            masks[place] |= np.uint64(1 << bit)
    return masks


def test_plans_are_those_that_were_measured_to_be_cheap():
    wanted = {(100_000, 6): (8, 2), (1_000_000, 4): (6, 2), (1_000_000, 6): (9, 3), (10_000_000, 6): (9, 3)}
    assert {each: search._plan(*each) for each in wanted} == wanted


def test_many_that_agree_in_a_band_are_in_one_chunk(monkeypatch):
    monkeypatch.setattr(search, "_CHUNK", 4)
    hashes = np.arange(100, dtype=np.uint64)
    assert found(hashes, 2) == by_looking_at_all(hashes, 2)


def test_no_hashes_and_one():
    assert found(np.zeros(0, np.uint64), 6) == found(np.zeros(1, np.uint64), 6) == []

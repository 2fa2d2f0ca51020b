"""Groups and splits by numbers are what a slow way by texts finds."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.splits import ledger, names
from mmdata.pipelines.splits.groups import groups
from mmdata.pipelines.splits.ledger import UNKNOWN, Ledger, hash_of
from mmdata.pipelines.splits.names import Names, names_of, of_records
from mmdata.pipelines.splits.split import assign, parse_split
from mmdata.pipelines.splits.stratify import NONE, divide

TEXTS = st.lists(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=3).map(tuple), max_size=40)
SPLITS = st.sampled_from([parse_split("train=0.9,val=0.1"), parse_split("a=0.5,b=0.3,c=0.2")])


def slowly(texts: list[tuple[str, ...]], alike: list[int]) -> list[int]:
    """The first record of each one's group, looked for one name at a time."""
    first = list(range(len(texts)))
    ties = [
        {row for row, each in enumerate(texts) if name in each} for name in {name for each in texts for name in each}
    ]
    for tie in [*ties, *({row, other} for row, other in enumerate(alike))]:
        mine = {first[row] for row in tie}
        first = [min(mine) if each in mine else each for each in first]
    return first


@pytest.fixture(autouse=True, params=[1 << 18, 3])
def _blocks(request, monkeypatch):
    """Also where a block ends within."""
    monkeypatch.setattr(names, "BLOCK", request.param)


@given(TEXTS, st.data())
def test_groups_are_those_of_the_slow_way(texts, data):
    alike = [data.draw(st.integers(0, row)) for row in range(len(texts))]
    held = groups(names_of(texts, 0), np.array(alike, np.int32))
    first = slowly(texts, alike)
    number = {row: place for place, row in enumerate(sorted(set(first)))}
    assert held.of.tolist() == [number[each] for each in first]
    flat = [(name, row) for row, each in enumerate(texts) for name in each]
    for group, key in enumerate(held.key.tolist()):
        mine = [name for name, row in flat if number[first[row]] == group]
        assert flat[key][0] == min(mine, key=hash_of)


@given(TEXTS, SPLITS, st.integers(0, 5))
def test_a_split_is_that_of_ranks_by_text(texts, splits, seed):
    """Groups in the order of blake2b of seed and the name that stands for them, and nothing else, decide."""
    first = slowly(texts, list(range(len(texts))))

    def rank(group: int) -> bytes:
        mine = [name for each, row in zip(texts, first, strict=True) if row == group for name in each]
        return blake2b(f"{seed}:{min(mine, key=hash_of)}".encode(), digest_size=16).digest()

    order = sorted(set(first), key=rank)
    sizes = np.array([first.count(group) for group in order], np.int32)
    divided = divide(sizes, [share for _, share in splits], NONE, np.full(len(order), UNKNOWN, np.int8)).tolist()
    assert assign(names_of(texts, seed), splits).places.tolist() == [divided[order.index(group)] for group in first]


@given(TEXTS, st.data())
def test_names_of_some_records_are_those_of_their_texts(texts, data):
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts))), np.bool_)
    mine, wanted = of_records(names_of(texts, 3), kept), names_of(_of(texts, kept), 3)
    assert (mine.records, mine.owner.tolist()) == (wanted.records, wanted.owner.tolist())
    assert (mine.hash.tolist(), mine.rank.tolist()) == (wanted.hash.tolist(), wanted.rank.tolist())


def _of(texts: list[tuple[str, ...]], kept: np.ndarray) -> list[tuple[str, ...]]:
    return [each for each, stays in zip(texts, kept.tolist(), strict=True) if stays]


def test_equal_ranks_are_told_apart_by_their_names():
    """Sixty-four bits may tie; who comes first is then not who was read first."""
    hashes = np.array([7, 3, 5, 1], np.uint64)
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        tied = Names(4, np.arange(4, dtype=np.int32), hashes[order], np.zeros(4, np.uint64))
        places = assign(tied, parse_split("a=0.25,b=0.25,c=0.5")).places
        assert dict(zip(hashes[order].tolist(), places.tolist(), strict=True)) == {1: 0, 3: 1, 5: 2, 7: 2}


HASHES = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(-1, 3)), max_size=40)


@given(HASHES, HASHES)
def test_a_ledger_grows_as_a_dictionary_does(first, more):
    grown, known = Ledger(("a", "b", "c", "d")), {}
    for pairs in (first, more):
        for name, place in pairs:
            if place != ledger.UNKNOWN:
                known.setdefault(name, place)
        hashes = np.array([name for name, _ in pairs], np.uint64)
        grown = grown.grown(hashes, np.array([place for _, place in pairs], np.int8))
        assert dict(zip(grown.hashes.tolist(), grown.places.tolist(), strict=True)) == known
        assert grown.hashes.tolist() == sorted(known)

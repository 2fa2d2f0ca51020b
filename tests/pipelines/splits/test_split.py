"""Splits: exact shares, no order, whole groups, none empty that need not be."""

from collections import Counter, defaultdict
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.splits import split, stratify
from mmdata.pipelines.splits.names import names_of
from mmdata.pipelines.splits.split import parse_split
from mmdata.schemas.errors import ConfigError


def assign(keys, fractions, seed):
    """The split of records that have one name each."""
    return split.assign(names_of([(key,) for key in keys], seed), fractions).places


HALVES = parse_split("train=0.5,val=0.5")


@st.composite
def fractions(draw):
    parts = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(lambda parts: sum(parts) > 0))
    return tuple((f"s{place}", part / sum(parts)) for place, part in enumerate(parts))


KEYS = st.lists(st.text(max_size=4), max_size=80)
SEEDS = st.integers(0, 2**31)


@pytest.mark.parametrize(
    ("text", "splits"),
    [
        ("train=0.9,val=0.1", (("train", 0.9), ("val", 0.1))),
        (" val = 0.1 , train = 0.9 ", (("val", 0.1), ("train", 0.9))),
        ("train", (("train", 1.0),)),
        ("train=1,test=0", (("train", 1.0), ("test", 0.0))),
        ("a=0.333333,b=0.333333,c=0.333334", (("a", 0.333333), ("b", 0.333333), ("c", 0.333334))),
    ],
)
def test_a_split_is_read(text, splits):
    assert parse_split(text) == splits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train=0.9,val=0.2", "sum to 1.1, not 1"),
        ("train=90,val=10", "is 90, not between 0 and 1"),
        ("train=0.9,val=nan", "is nan, not between"),
        ("train=-1,val=2", "is -1, not between"),
        ("train=x,val=1", "'x', no number"),
        ("train=0.5,Train=0.5", "train is there 2 times"),
        ("../x=1", "'../x' cannot name a folder"),
        ("a/b=1", "'a/b' cannot name a folder"),
        ("", "'' cannot name a folder"),
        ("train=1,", "'' cannot name a folder"),
        ("trailing.=1", "cannot name a folder"),
        ("Images=1", "'Images' is a name that the output uses"),
        ("job=1", "'job' is a name that the output uses"),
        ("pictures.parquet=.5,train=.5", "'pictures.parquet' names a folder"),
        ("train.JSONL=.5,train=.5", "'train.JSONL' names a folder"),
        ("train,val=0.5", "sum to 1.5"),
        (",".join(f"s{n}=0.005" for n in range(200)), "200 splits"),
    ],
)
def test_a_wrong_split_is_refused_with_its_value(text, said):
    with pytest.raises(ConfigError, match=r"--split") as caught:
        parse_split(text)
    assert said in caught.value.fact


@given(st.text())
def test_any_text_is_a_split_or_a_config_error(text):
    try:
        splits = parse_split(text)
    except ConfigError:
        return
    assert abs(sum(share for _, share in splits) - 1) <= 1e-6


@given(st.sets(st.text(max_size=6), max_size=120), fractions(), SEEDS)
def test_shares_of_different_keys_are_exact_to_rounding(keys, splits, seed):
    counts = Counter(assign(sorted(keys), splits, seed).tolist())
    forced = sum(floor(len(keys) * share) == 0 for _, share in splits)
    for place, (_, share) in enumerate(splits):
        assert abs(counts[place] - len(keys) * share) <= 1 + forced
        assert share > 0 or counts[place] == 0


@given(KEYS, fractions(), SEEDS, st.randoms())
def test_order_does_not_matter(keys, splits, seed, random):
    shuffled = list(keys)
    random.shuffle(shuffled)
    place_of = dict(zip(keys, assign(keys, splits, seed).tolist(), strict=True))
    assert assign(shuffled, splits, seed).tolist() == [place_of[key] for key in shuffled]


@given(KEYS, fractions(), SEEDS)
def test_equal_keys_go_together(keys, splits, seed):
    places = defaultdict(set)
    for key, place in zip(keys, assign(keys, splits, seed).tolist(), strict=True):
        places[key].add(place)
    assert all(len(each) == 1 for each in places.values())


@given(KEYS, fractions(), SEEDS)
def test_no_split_with_a_share_is_empty_when_there_are_keys_enough(keys, splits, seed):
    wanted = {place for place, (_, share) in enumerate(splits) if share > 0}
    got = set(assign(keys, splits, seed).tolist())
    assert got <= wanted
    assert got == wanted or len(set(keys)) < len(wanted)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40), fractions(), SEEDS)
def test_borders_of_groups_lie_within_half_a_group(sizes, splits, seed):
    keys = [f"g{group}" for group, size in enumerate(sizes) for _ in range(size)]
    counts = np.bincount(assign(keys, splits, seed), minlength=len(splits))
    slack = max(sizes) * (1 + sum(share > 0 for _, share in splits)) + 1  # half at each border, and one given away
    for count, (_, share) in zip(counts, splits, strict=True):
        assert abs(count - len(keys) * share) <= slack


def test_the_seed_changes_the_places():
    keys = [str(number) for number in range(100)]
    assert assign(keys, HALVES, 0).tolist() != assign(keys, HALVES, 1).tolist()


def test_places_are_pinned():
    """The same on every machine and in every version: a changed bit here moves everybody's validation set."""
    keys = [f"{number:012d}.jpg" for number in range(16)]
    assert "".join(map(str, assign(keys, parse_split("train=0.75,val=0.25"), 0).tolist())) == "1000100001000010"


def test_ten_million_items_do_not_fall_off_the_end():
    """Shares that sum to 1 - 1e-6 leave ten of ten million over."""
    assert sum(stratify.quotas(10_000_000, [0.333333, 0.333333, 0.333333])) == 10_000_000


def test_nothing_to_split():
    assert assign([], HALVES, 0).tolist() == []
    assert assign(["\udcff"], HALVES, 0).dtype == np.int8

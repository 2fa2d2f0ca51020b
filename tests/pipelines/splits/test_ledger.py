"""Splits that never leak and never move: labels spread, groups whole, what was decided kept as the set grows."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.pipelines.splits.ledger import Ledger, hashes_of, read_ledger
from mmdata.pipelines.splits.names import names_of
from mmdata.pipelines.splits.split import LEFT_OUT, Assigned, parse_split
from mmdata.pipelines.splits.split import assign as assign_names
from mmdata.pipelines.splits.stratify import NONE, Strata
from mmdata.schemas.errors import InputError

TENTH = parse_split("train=0.9,val=0.1")
NAMES = st.lists(st.lists(st.sampled_from("abcdefghijklmnop"), min_size=1, max_size=3).map(tuple), max_size=25)
SPLITS = st.sampled_from([TENTH, parse_split("a=0.5,b=0.3,c=0.2"), parse_split("train=0.5,val=0.5")])


def assign(names, fractions, seed, labels=NONE, before=None, alike=None, stays=None) -> Assigned:
    """The split of records whose names are texts."""
    return assign_names(names_of(names, seed), fractions, labels, before, alike, stays)


def joined(names: list[tuple[str, ...]]) -> list[int]:
    """The group of each record, looked for one name at a time."""
    group = list(range(len(names)))
    for name in {name for each in names for name in each}:
        mine = {group[row] for row, each in enumerate(names) if name in each}
        group = [min(mine) if each in mine else each for each in group]
    return group


def strata(labels: list[list[int]]) -> Strata:
    pairs = [(record, label) for record, each in enumerate(labels) for label in sorted(set(each))]
    return Strata(*np.array(pairs, np.int64).reshape(-1, 2).T)


def whole(names: list[tuple[str, ...]], places: np.ndarray) -> None:
    """No two records that hang together are in two splits."""
    held = [(each, place) for each, place in zip(names, places.tolist(), strict=True) if place != LEFT_OUT]
    splits = defaultdict(set)
    for key, (_, place) in zip(joined([each for each, _ in held]), held, strict=True):
        splits[key].add(place)
    assert all(len(each) == 1 for each in splits.values())


@settings(deadline=None)
@given(NAMES, NAMES, NAMES, SPLITS, st.integers(0, 9))
def test_growth_moves_nothing_and_nothing_leaks(first, second, third, splits, seed):
    """Whatever comes, and however it joins what was there."""
    ledger, known = Ledger(()), {}
    held: list[tuple[str, ...]] = []
    for more in (first, second, third):
        held = held + more
        made = assign(held, splits, seed, before=ledger)
        ledger = made.ledger
        whole(held, made.places)
        for number, place in enumerate(made.places.tolist()):
            if number in known and known[number] != LEFT_OUT:
                assert place in (known[number], LEFT_OUT)  # left out only where it joins two splits
            known[number] = place


@given(NAMES, NAMES, SPLITS, st.data())
def test_what_is_alike_is_in_one_split_were_it_apart_before(first, more, splits, data):
    """Pictures that were found to be the same only now, whatever splits they are in already."""
    before = assign(first, splits, 0)
    held = first + more
    kinds = [data.draw(st.integers(0, 5)) for _ in held]
    alike = [kinds.index(kind) for kind in kinds]
    made = assign(held, splits, 0, before=before.ledger, alike=np.array(alike, np.int32))
    stays = {row: (*held[row], f"alike {row}", f"alike {alike[row]}") for row in range(len(held))}
    kept = [row for row in stays if made.places[row] != LEFT_OUT]
    whole([stays[row] for row in kept], made.places[kept])
    for row, place in enumerate(made.places[: len(first)].tolist()):
        assert place in (before.places[row], LEFT_OUT)


COPIES = st.lists(st.tuples(st.integers(0, 7), st.booleans()), min_size=1, max_size=25)
"""Which picture each record is a copy of, and whether it is new."""


@given(COPIES, SPLITS, st.randoms(use_true_random=False))
def test_whichever_copy_stays_it_is_where_its_picture_was(copies, splits, random):
    """Yesterday and today one copy of each picture stays, not always the same one; none of them changes its split."""
    ledger, was = Ledger(()), {}
    for today in (False, True):
        rows = [(at, picture) for at, (picture, new) in enumerate(copies) if today or not new]
        random.shuffle(rows)
        pictures = [picture for _, picture in rows]
        alike = np.array([pictures.index(picture) for picture in pictures], np.int32)
        stays = np.array([alike[at] == at for at in range(len(rows))], np.bool_)
        names = [(f"{at}.jpg",) for at, _ in rows]
        made = assign(names, splits, 0, before=ledger, alike=alike, stays=stays)
        ledger = made.ledger
        now = {picture: int(made.places[at]) for at, picture in enumerate(pictures) if stays[at]}
        assert all(now[picture] == place for picture, place in was.items())
        was = now


def test_what_hangs_together_by_one_that_was_left_out_is_in_one_split():
    """Ten films of ten frames, the first two of which share a frame, which only one of them keeps."""
    names = [(f"film{number // 10}", f"{number}.jpg") for number in range(100)]
    alike = np.arange(100, dtype=np.int32)
    alike[10] = 0
    stays = np.ones(100, np.bool_)
    stays[10] = False
    for seed in range(20):
        made = assign(names, parse_split("train=0.5,val=0.5"), seed, alike=alike, stays=stays)
        assert len(set(made.places[:20][stays[:20]].tolist())) == 1
        assert np.bincount(made.places[stays]).min() >= 40


def test_what_was_left_out_has_no_part_in_where_those_lie_that_stay():
    """Both pictures were in the set; today they are known to be the same, and the one that was in val is left out."""
    names = [(f"{number}.jpg",) for number in range(10)]
    before = assign(names, TENTH, 0)
    val = int(np.flatnonzero(before.places == 1)[0])
    alike = np.arange(10, dtype=np.int32)
    one, other = sorted((val, (val + 1) % 10))
    alike[other] = one
    stays = np.arange(10) != val
    after = assign(names, TENTH, 0, before=before.ledger, alike=alike, stays=stays)
    assert (after.places[stays] == 0).all()
    again = assign(names, TENTH, 0, before=after.ledger)
    assert again.places.tolist() == before.places.tolist()


@settings(deadline=None)
@given(NAMES, SPLITS, st.integers(0, 9))
def test_the_same_set_again_is_the_same_to_the_byte(names, splits, seed):
    made = assign(names, splits, seed)
    again = assign(names, splits, seed, before=made.ledger)
    assert again.places.tolist() == made.places.tolist()
    assert again.ledger.content() == made.ledger.content()


def test_a_grown_set_keeps_every_picture_where_it_was():
    names = [(f"{number}.jpg",) for number in range(1000)]
    before = assign(names, TENTH, 0)
    after = assign([(f"new {number}.jpg",) for number in range(100)] + names, TENTH, 0, before=before.ledger)
    assert (after.places[100:] == before.places).all()
    assert np.bincount(after.places[:100]).tolist() == [90, 10]


def test_what_joins_two_splits_is_left_out_and_nothing_else():
    names = [(f"{number}.jpg",) for number in range(20)]
    before = assign(names, TENTH, 0)
    train, val = int(np.flatnonzero(before.places == 0)[0]), int(np.flatnonzero(before.places == 1)[0])
    joiner = ("joiner.jpg", f"{train}.jpg", f"{val}.jpg")
    after = assign([*names, joiner, ("joiner.jpg", "beside.jpg")], TENTH, 0, before=before.ledger)
    assert after.places.tolist() == [*before.places.tolist(), LEFT_OUT, LEFT_OUT]
    assert (after.ledger.of(hashes_of(["joiner.jpg", "beside.jpg"])) == -1).all()


def test_another_grouping_leaves_the_fewer_out():
    names = [(f"{number}.jpg",) for number in range(10)]
    before = assign(names, TENTH, 0)
    after = assign([("film", *each) for each in names], TENTH, 0, before=before.ledger)
    assert after.places.tolist() == [0 if place == 0 else LEFT_OUT for place in before.places.tolist()]


def test_splits_of_other_names_are_begun_anew_and_the_rest_stays():
    names = [(f"{number}.jpg",) for number in range(100)]
    before = assign(names, TENTH, 0)
    after = assign(names, parse_split("train=0.9,test=0.1"), 0, before=before.ledger)
    assert (after.places[before.places == 0] == 0).all()
    assert (after.places == 1).sum() == 10


@given(st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=20, max_size=200), SPLITS, st.integers(0, 3))
def test_labels_are_spread_and_rare_ones_are_everywhere_where_they_can_be(labels, splits, seed):
    names = [(f"{number}",) for number in range(len(labels))]
    places = assign(names, splits, seed, strata(labels)).places
    counts = np.bincount(places, minlength=len(splits))
    for split, (_, share) in enumerate(splits):
        assert abs(counts[split] - share * len(labels)) <= 2  # the labels' shares never cost those of the whole
    alone = [number for number in range(6) if all(each == [number] * len(each) for each in labels if number in each)]
    for label in alone:  # a label that no other shares records with is divided as it should be
        held = [place for place, each in zip(places.tolist(), labels, strict=True) if label in each]
        if len(held) >= 10:
            assert set(held) == set(range(len(splits)))


def test_a_rare_label_is_in_every_split():
    labels = [[0]] * 997 + [[0, 1]] * 2 + [[0]]
    places = assign([(f"{number}",) for number in range(1000)], TENTH, 0, strata(labels)).places
    assert set(places[997:999].tolist()) == {0, 1}
    assert np.bincount(places).tolist() == [900, 100]


def test_a_ledger_is_read_as_it_was_written(tmp_path):
    made = assign([(f"{number}",) for number in range(50)], TENTH, 3).ledger
    (tmp_path / "splits.arrow").write_bytes(made.content())
    read = read_ledger(tmp_path / "splits.arrow")
    assert read.splits == ("train", "val")
    assert read.content() == made.content()
    with pytest.raises(InputError, match="cannot be read"):
        read_ledger(tmp_path / "absent")


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_damage_is_told(tmp_path_factory, junk, cut):
    path = tmp_path_factory.mktemp("ledger") / "splits.arrow"
    content = bytes(assign([(f"{number}",) for number in range(50)], TENTH, 3).ledger.content())
    path.write_bytes(content[: min(cut, len(content) - 1)] + junk)
    with pytest.raises(InputError, match="is no ledger of splits"):
        read_ledger(path)

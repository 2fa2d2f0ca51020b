"""Records of one picture made one: nothing that any of them says is lost, and nothing is there twice."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.records import (
    Caption,
    Conversation,
    Media,
    Object,
    Part,
    Phrase,
    Question,
    Record,
    Turn,
    batches,
)
from mmdata.pipelines.dedup.contradict import drawn
from mmdata.pipelines.dedup.merge import MOVING, merged
from mmdata.pipelines.dedup.policy import decide
from mmdata.pipelines.dedup.union import Unions, claims
from mmdata.schemas.box import Box

MUG, CAT = Object("/o/0", "mug", Box(10, 10, 50, 50)), Object("/o/1", "cat", Box(60, 20, 90, 80))


def record(name, *, file="a.json", objects=(), captions=(), questions=(), phrases=(), said=()):
    return Record(
        name,
        file,
        f"/{name}",
        [Media(f"{name}.jpg", 100, 100)],
        objects=list(objects),
        captions=[Caption(f"/{name}/c{at}", text) for at, text in enumerate(captions)],
        questions=[
            Question(f"/{name}/q{at}", ask, [(text, 1)], list(of)) for at, (ask, text, *of) in enumerate(questions)
        ],
        phrases=[Phrase(f"/{name}/p{at}", text, list(of)) for at, (text, *of) in enumerate(phrases)],
        conversations=[
            Conversation(f"/{name}/t{at}", [Turn("user", [Part("image")]), Turn("assistant", [part])])
            for at, part in enumerate(said)
        ],
    )


def made(records, into, rows=2048, how="bytes"):
    by = dict.fromkeys(into, how)
    return [row for batch in merged(lambda: batches(records, rows), into, by) for row in batch.to_pylist()]


def takes(one, other, by="bytes"):
    (batch,) = batches([one, other])
    return Unions(claims(batch), drawn(batch, [b"", b""])).takes(0, 1, by)


def test_what_the_other_says_besides_goes_to_the_one_that_is_kept():
    one = record("a", objects=[MUG, CAT], captions=["A cat."], questions=[("How many?", "2")])
    other = record("b", file="b.json", objects=[CAT, MUG], captions=["A cat.", "Two things."],
                   questions=[("How many?", "2"), ("Where is it?", "left", 0)], phrases=[("the mug", 1)])  # fmt: skip
    kept, left = made([one, other], {1: 0})
    assert [each["text"] for each in kept["captions"]] == ["A cat.", "Two things."]
    assert kept["captions"][1]["at"] == "b.json#/b/c1"
    assert [(each["question"], each["objects"]) for each in kept["questions"]] == [
        ("How many?", []),
        ("Where is it?", [1]),
    ]
    assert [(each["text"], each["objects"]) for each in kept["phrases"]] == [("the mug", [0])]
    assert len(kept["objects"]) == len(left["objects"]) == 2
    assert [each["text"] for each in left["captions"]] == ["A cat."] and len(left["questions"]) == 1
    assert left["phrases"] == [] and left["media"]


OUTLINE = [[10.0, 10.0, 50.0, 10.0, 50.0, 50.0]]
OUTLINED = replace(MUG, polygons=OUTLINE)


@pytest.mark.parametrize(("how", "wanted"), [("bytes", OUTLINE), ("pixels", OUTLINE), ("look", None)])
def test_a_thing_gets_the_shape_that_only_the_other_gives_it(how, wanted):
    rows = [record("a", objects=[CAT, MUG]), record("b", objects=[OUTLINED, CAT]), record("c", captions=["x"])]
    kept, left, alone = made(rows, {1: 0}, rows=2, how=how)
    assert [(each["label"], each["polygons"]) for each in kept["objects"]] == [("cat", None), ("mug", wanted)]
    assert left["objects"][0]["polygons"] == OUTLINE and alone["objects"] == []


def test_a_shape_of_its_own_stays_and_else_the_first_that_gives_one_counts():
    """They are equal to a hundredth, else the records would contradict each other."""
    finer, finest = ([[each + more for each in OUTLINE[0]]] for more in (0.001, 0.002))
    rows = [record(name, objects=[replace(MUG, polygons=each)]) for name, each in (("b", finer), ("c", finest))]
    assert made([record("a", objects=[MUG]), *rows], {1: 0, 2: 0})[0]["objects"][0]["polygons"] == finer
    assert made([record("a", objects=[OUTLINED]), *rows], {1: 0, 2: 0})[0]["objects"][0]["polygons"] == OUTLINE


def test_of_things_of_one_label_the_nearest_is_meant():
    there = replace(MUG, box=Box(60, 60, 90, 90))
    rows = [record("a", objects=[MUG, there]), record("b", objects=[there, MUG], phrases=[("the far one", 0)])]
    assert [each["objects"] for each in made(rows, {1: 0})[0]["phrases"]] == [[1]]


def test_a_mask_is_of_the_picture_as_stored():
    rows = [record("a", objects=[MUG]), record("b", objects=[replace(MUG, mask="PP3")])]
    assert [made(rows, {1: 0}, how=how)[0]["objects"][0]["mask"] for how in ("bytes", "pixels")] == ["PP3", None]


def test_of_three_the_third_adds_what_the_second_did_not():
    rows = [record("a", captions=["x"]), record("b", captions=["y", "x"]), record("c", captions=["y", "z"])]
    first, *others = made(rows, {1: 0, 2: 0}, rows=1)
    assert [each["text"] for each in first["captions"]] == ["x", "y", "z"]
    assert [[each["text"] for each in row["captions"]] for row in others] == [["x"], ["y"]]


@pytest.mark.parametrize(
    ("one", "other", "by", "wanted"),
    [
        ({"objects": [MUG]}, {"objects": [MUG], "captions": ["x"]}, "bytes", True),
        ({"objects": [MUG]}, {"objects": [CAT]}, "bytes", False),
        ({"objects": [MUG]}, {"objects": [replace(MUG, box=Box(10.001, 10, 50, 50))]}, "bytes", True),
        ({"objects": [MUG]}, {"objects": [replace(MUG, box=Box(10.02, 10, 50, 50))]}, "bytes", False),
        ({"objects": [MUG]}, {"objects": [OUTLINED]}, "bytes", True),
        ({"objects": [OUTLINED]}, {"objects": [OUTLINED]}, "bytes", True),
        ({"objects": [OUTLINED]}, {"objects": [replace(MUG, polygons=[[10, 10, 50, 10, 50, 40]])]}, "bytes", False),
        ({"objects": [MUG]}, {"objects": [Object("", "mug", Box(14, 10, 54, 50))]}, "pixels", False),
        ({"objects": [MUG]}, {"objects": [Object("", "mug", Box(14, 10, 54, 50))]}, "look", True),
        ({"objects": [MUG]}, {"objects": [Object("", "mug", Box(40, 10, 80, 50))]}, "look", False),
        ({"objects": [MUG]}, {"captions": ["x"]}, "look", True),
        ({"captions": ["x"]}, {"objects": [MUG]}, "look", False),
        ({"captions": ["x"]}, {"captions": ["y"]}, "bytes", True),
        ({"questions": [("What?", "a mug")]}, {"questions": [("what? ", "A mug")]}, "bytes", True),
        ({"questions": [("What?", "a mug")]}, {"questions": [("What?", "a cat")]}, "bytes", False),
        ({"said": [Part("text", "x")]}, {"said": [Part("text", "y")]}, "look", True),
        ({"said": [Part("text", "x")]}, {"said": [Part("box", "y", box=Box(1, 2, 3, 4))]}, "look", False),
        ({"said": [Part("text", "x")]}, {"said": [Part("box", "y", box=Box(1, 2, 3, 4))]}, "bytes", True),
        ({"captions": ["x"]}, {"captions": ["y"]}, "sense", False),
    ],
)  # fmt: skip
def test_what_contradicts(one, other, by, wanted):
    assert takes(record("a", **one), record("b", **other), by) is wanted


class Kin:
    """All of some records are byte for byte the same."""

    plainly = "bytes"
    near: dict[int, list[int]] = {}  # noqa: RUF012

    def __init__(self, count):
        self.first = np.zeros(count, np.int64)

    def how(self, _one, _other):
        return "bytes"

    def hows(self, pairs):
        return [self.how(*pair) for pair in pairs]

    def clusters(self):
        return self.first


def test_the_one_with_boxes_is_kept_and_one_that_contradicts_what_was_put_to_it_is_not():
    rows = [
        record("a", captions=["x", "y", "z"]),
        record("b", objects=[MUG], questions=[("What?", "a mug")]),
        record("c", questions=[("Why?", "so")]),
        record("d", questions=[("Why?", "because")]),
        record("e", objects=[CAT]),
    ]
    (batch,) = batches(rows)
    decided = decide(Kin(5), "merge", [3, 2, 1, 1, 1], lambda *_: False, dict(enumerate(claims(batch))))
    assert decided.kept.tolist() == [False, True, False, False, False]
    assert decided.into == {0: 1, 2: 1}
    assert decided.instead[3] == decided.instead[4] == (1, "bytes")


WORD = st.sampled_from("xyz")
RECORDS = st.lists(
    st.builds(
        record,
        WORD,
        file=st.sampled_from(["a.json", "b.json"]),
        objects=st.sampled_from([[], [MUG, CAT], [CAT, MUG]]),
        captions=st.lists(WORD, max_size=3),
        questions=st.lists(st.tuples(WORD, WORD), max_size=3),
        said=st.lists(st.builds(Part, st.just("text"), WORD), max_size=2),
    ),
    max_size=8,
)


def entries(rows):
    return Counter(
        (column, repr({key: value for key, value in each.items() if key != "at"}))
        for row in rows
        for column in ("objects", *MOVING)
        for each in row[column]
    )


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.integers(1, 4), st.randoms(use_true_random=False))
def test_everything_is_in_one_record_and_what_is_left_behind_is_said(records, rows, random):
    whole = [row for batch in batches(records) for row in batch.to_pylist()]
    said = dict(enumerate(each for batch in batches(records) for each in claims(batch)))
    first = np.array([random.randrange(at + 1) for at in range(len(records))], np.int64)
    kin = Kin(len(records))
    kin.first = first[first[first[first]]]
    kin.first = np.where(kin.first[kin.first] == kin.first, kin.first, 0)
    decided = decide(kin, "merge", [1] * len(records), lambda *_: True, said)
    after = made(records, decided.into, rows)
    assert entries(after) == entries(whole)
    for at, (row, was) in enumerate(zip(after, whole, strict=True)):
        if at in decided.into:
            kept = after[decided.into[at]]
            assert decided.kept[decided.into[at]] and not decided.kept[at]
            assert set(entries([was])) <= set(entries([kept])), "nothing that was said is lost"
        elif at not in decided.into.values():
            assert row == was


def test_nothing_to_merge():
    assert made([], {}) == [] and len(made([record("a")], {})) == 1

"""Keypoints as text: what is asked and answered about them, and which of them cannot be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mmdata.converters.records import Media, Object, Record, batches
from mmdata.converters.templates.exchanges import select, to_conversations
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks_points import keypoints
from mmdata.converters.templates.wordings import load_wordings
from mmdata.schemas.box import Box

Ask = Callable[..., dict[str, list[str]]]
SQUARE = Box(0, 0, 9, 9)
NAMES = ["nose", "left_eye", "right_eye"]


def thing(points: list[float] | None, names: list[str] | None = NAMES, box: Box = SQUARE) -> Object:
    return Object("/annotations/0", "person", box, keypoints=points, keypoint_names=names)


def record(*objects: Object, name: str = "1") -> Record:
    return Record(name, "in.json", "/images/0", [Media("a.jpg", 100, 50)], list(objects))


def made(*objects: Object, **asking: Any) -> Any:
    (batch,) = batches([record(*objects)])
    return keypoints(Scene(batch, Asking(load_wordings("en"), **asking))), batch


def test_each_thing_is_asked_about_by_its_box_and_answered_by_its_points(ask: Ask) -> None:
    said = ask(
        "keypoints",
        record(
            thing([1, 2, 2, 0, 0, 0, 5.5, 6, 1]),
            thing(None),
            thing([100, 50, 2, 0, 0, 2, 3, 4, 2], box=Box(0, 20, 9, 30)),
        ),
    )
    assert said == {
        "1-keypoints": [
            "<0>points of person [ 0,0,9,9]?",
            "(nose 1,2)(right_eye hidden 5.5,6)",
            "points of person [ 0,20,9,30]?",
            "(nose 100,50)(left_eye 0,0)(right_eye 3,4)",
        ]
    }


def test_points_without_names_keep_their_number(ask: Ask) -> None:
    said = ask("keypoints", record(thing([1, 2, 2, 0, 0, 0, 3, 4, 1], None)))
    assert said["1-keypoints"][1] == "(#1 1,2)(#3 hidden 3,4)"
    said = ask("keypoints", record(thing([1, 2, 2, 5, 5, 2, 3, 4, 1], ["", " eye ", " "])))
    assert said["1-keypoints"][1] == "(#1 1,2)(eye 5,5)(#3 hidden 3,4)"


def test_what_is_but_a_point_is_asked_for_by_its_label(ask: Ask) -> None:
    """All of a label in one answer, behind the samples of what has a box."""
    said = ask(
        "keypoints",
        record(
            Object("", "tip", Box(3, 4, 3, 4), keypoints=[3, 4, 2], keypoint_names=["tip"]),
            thing([1, 2, 2], ["nose"]),
            Object("", "stem", Box(5, 5, 5, 5), keypoints=[5, 5, 1], keypoint_names=["stem"]),
            Object("", "tip", Box(9, 9, 9, 9), keypoints=[9, 9, 2], keypoint_names=["tip"]),
        ),
        record(Object("", "tip", Box(1, 1, 1, 1), keypoints=[1, 1, 2], keypoint_names=["tip"]), name="2"),
    )
    assert said == {
        "1-keypoints": ["<0>points of person [ 0,0,9,9]?", "(nose 1,2)"],
        "1-keypoints-labels": ["<0>point to tip", "(tip 3,4)(tip 9,9)", "point to stem", "(stem hidden 5,5)"],
        "2-keypoints-labels": ["<0>point to tip", "(tip 1,1)"],
    }


def test_the_picture_is_that_of_the_thing(ask: Ask) -> None:
    several = record(thing([1, 2, 2], ["nose"]))
    several.media.insert(0, Media("first.jpg", 3, 3))
    several.objects[0].media = 1
    assert ask("keypoints", several)["1-keypoints"] == [
        "<0><1>points of person [@1 0,0,9,9]?",
        "(nose@1 1,2)",
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_wording_of_ours_names_the_thing_and_points_at_it(ask: Ask, lang: str) -> None:
    for seed in range(20):
        question, answer = ask("keypoints", record(thing([1, 2, 1, 0, 0, 0, 0, 0, 0])), lang=lang, seed=seed)[
            "1-keypoints"
        ]
        assert "[ 0,0,9,9]" in question and "person" in question
        assert answer != "(nose 1,2)" and "nose" in answer


@pytest.mark.parametrize(
    ("points", "names", "code"),
    [
        ([1, 2, 2, 3, 4, 2], NAMES, "GE023"),
        ([1, 2], None, "GE023"),
        ([], None, "GE023"),
        ([0, 0, 0, 7, 7, 0, 0, 0, 0], NAMES, "AN022"),
        ([101, 2, 2], ["nose"], "GE022"),
        ([1, 50.5, 2], ["nose"], "GE022"),
        ([1, -1, 1], ["nose"], "GE022"),
        ([float("nan"), 1, 2], ["nose"], "AN003"),
        ([1, float("inf"), 2], ["nose"], "AN003"),
    ],
)
def test_points_that_are_none_cost_their_thing(points: list[float], names: list[str] | None, code: str) -> None:
    exchanges, _ = made(thing([1, 2, 2], ["nose"]), thing(points, names))
    assert {at: code for at, (code, _) in exchanges.unfit.items()} == {1: code}
    assert exchanges.unfit[1][1] and len(exchanges.points) == 1 and exchanges.uses.tolist() == [0]


def test_rounding_over_the_edge_is_no_fault() -> None:
    exchanges, _ = made(thing([100.009, 50.001, 2], ["nose"]))
    assert not exchanges.unfit and len(exchanges.points) == 1


def test_the_cap_keeps_the_largest() -> None:
    exchanges, _ = made(*(thing([1, 2, 2], ["nose"], Box(0, 0, side, side)) for side in (3, 9, 5)), max_objects=2)
    assert exchanges.capped.tolist() == [0] and exchanges.uses.tolist() == [1, 2]


def test_what_is_too_long_is_divided_by_its_questions() -> None:
    """The parts of the divided samples are those of the whole, in order."""
    things = [thing([at, 2, 2, 3, at, 1, 0, 0, 0], box=Box(0, at, 9, at + 9)) for at in range(1, 6)]
    exchanges, batch = made(*things)
    whole = to_conversations(exchanges, batch).to_pylist()[0]["turns"]
    parts = to_conversations(select(exchanges, [np.array([0, 1]), np.array([2]), np.array([3, 4])]), batch).to_pylist()
    answers = [turn["parts"] for sample in parts for turn in sample["turns"] if turn["role"] == "assistant"]
    assert answers == [turn["parts"] for turn in whole if turn["role"] == "assistant"]
    assert [sample["uses"] for sample in parts] == [[0, 1], [2], [3, 4]]


def test_nothing_to_ask_about_makes_nothing(ask: Ask) -> None:
    assert ask("keypoints", record(thing(None)), record(name="2")) == {}


def test_what_is_but_one_point_without_a_name_is_called_by_its_label(ask: Ask) -> None:
    """Tools that draw points do not name them; two in a row, one thing, keep their numbers."""
    points = [
        Object("", "tip", Box(3, 4, 3, 4), keypoints=[3, 4, 2]),
        Object("", "row", Box(5, 5, 9, 5), keypoints=[5, 5, 2, 9, 5, 1]),
    ]
    said = ask("keypoints", record(*points))["1-keypoints-labels"]
    assert said[1] == "(tip 3,4)" and said[3] == "(#1 5,5)(#2 hidden 9,5)"

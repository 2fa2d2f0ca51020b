"""A task of which the data has nothing is said at once, by name, with what there is; nothing is written."""

from typing import Any

import pytest
from mmdata.converters.records import Caption, Media, Object, Phrase, Question, Record
from mmdata.schemas.box import Box
from mmdata.schemas.errors import ConfigError

THING = Object("/o", "car", Box(1, 1, 9, 9))


def record(**held: Any) -> Record:
    return Record("r", "labels", "/", [Media("r.jpg", 10, 10)], **held)


@pytest.mark.parametrize(
    ("task", "held", "fact"),
    [
        ("caption", {"objects": [THING]}, "no captions, only 1 objects"),
        ("detect", {"captions": [Caption("/c", "Cars.")]}, "no objects, only 1 captions"),
        ("read", {"objects": [THING]}, "no texts, only 1 objects"),
        ("vqa", {"objects": [THING]}, "no questions, only 1 objects"),
        ("chat", {"objects": [THING]}, "no conversations, only 1 objects"),
        ("compare", {"objects": [THING]}, "no record of several pictures with objects, only 1 objects"),
        ("phrase", {"objects": [THING], "captions": [Caption("/c", "C.")]}, "no phrases, only 1 objects, 1 captions"),
    ],
)
def test_what_there_is_nothing_of_is_said(make: Any, task: str, held: dict[str, Any], fact: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make(record(**held), tasks=(task,))
    assert caught.value.place == f"--task {task}"
    assert fact in caught.value.fact
    assert "--task" in caught.value.remedy


def test_one_task_that_finds_something_is_enough(make: Any) -> None:
    assert make(record(objects=[THING]), tasks=("caption", "detect")).manifest["accounting"]["samples"]["written"] == 1


def test_grounded_and_describe_take_what_there_is(make: Any) -> None:
    held = record(objects=[THING], captions=[Caption("/c", "A car.")], phrases=[Phrase("/p", "a car", [0])])
    made = make(held, tasks=("grounded", "describe"))
    assert made.manifest["accounting"]["annotations"] == {"read": 3, "written": 3, "rejected": {}}
    told = [row["conversations"][1]["value"] for row in made.rows("train")]
    assert told == ["<ref>A car</ref><box>(100,100),(900,900)</box>.", "a car"]


@pytest.mark.parametrize(("phrases", "task"), [(1, "detect"), (4, "phrase")])
def test_a_few_phrases_among_many_boxes_are_not_what_the_data_is_about(make: Any, phrases: int, task: str) -> None:
    """A relation or two that somebody drew must not leave all other boxes out; where each is meant, they are asked."""
    things = [Object(f"/o/{n}", "car", Box(n, 1, n + 5, 9)) for n in range(4)]
    said = [Phrase(f"/p/{n}", f"car {n}", [n]) for n in range(phrases)]
    made = make(record(objects=things, phrases=said))
    assert made.manifest["options"]["tasks"] == [task]
    assert made.manifest["accounting"]["annotations"]["written"] == (4 if task == "detect" else 8)


@pytest.mark.parametrize(("questions", "task"), [(1, "detect"), (2, "detect"), (3, "vqa")])
def test_a_few_boxes_beside_more_answers_are_not_what_the_data_is_about(make: Any, questions: int, task: str) -> None:
    """What the others would be asked about by is said with what was left out."""
    things = [Object(f"/o/{n}", "car", Box(n, 1, n + 5, 9)) for n in range(2)]
    asked = [Question(f"/q/{n}", f"What is {n}?", [("a car", 1)]) for n in range(questions)]
    made = make(record(objects=things, questions=asked))
    assert made.manifest["options"]["tasks"] == [task]
    other = ("vqa", "questions") if task == "detect" else ("detect", "objects")
    told = {each["message"] for each in made.rejected}
    assert told == {f"no sample of the tasks {task} speaks of it; --task {other[0]} asks about {other[1]}"}

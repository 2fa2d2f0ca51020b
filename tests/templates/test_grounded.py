"""grounded: captions with the boxes of their phrases inside, or labels in a stated form; every target finds them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.records import Caption, Media, Object, Phrase, Record, batches
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.wordings import load_wordings
from mmdata.schemas.box import Box

Ask = Callable[..., dict[str, list[str]]]
CAR, VAN, DOG = Box(30, 30, 40, 40), Box(0, 0, 10, 10), Box(20, 0, 25, 10)


def scene_of(captions: list[str], phrases: list[tuple[str, list[int]]], **more: Any) -> Record:
    things = [Object("o", name, box) for name, box in (("car", CAR), ("car", VAN), ("dog", DOG))]
    said = [Caption("/c", text) for text in captions]
    pointed = [Phrase("/p", text, objects) for text, objects in phrases]
    return Record("r", "f", "/0", [Media("p.jpg", 100, 100)], things, said, phrases=pointed, **more)


@pytest.mark.parametrize(
    ("caption", "phrases", "answer"),
    [
        ("A dog, cars.", [("cars", [0, 1]), ("A dog", [2])], "[A dog 20,0,25,10], [cars 0,0,10,10][ 30,30,40,40]."),
        ("A DOG runs", [("a dog", [2])], "[A DOG 20,0,25,10] runs"),  # the caption's own words
        ("dogs and a dog", [("dog", [2])], "dogs and a [dog 20,0,25,10]"),  # whole words
        ("a red car", [("car", [0]), ("a red car", [1])], "[a red car 0,0,10,10]"),  # the longest, none over another
        ("a dog, a dog", [("a dog", [2]), ("a dog", [0])], "[a dog 20,0,25,10], [a dog 30,30,40,40]"),
        ("the dog", [("the  dog", [2])], "[the dog 20,0,25,10]"),
        ("一只狗在跑", [("狗", [2])], "一只[狗 20,0,25,10]在跑"),
        ("what (a) dog?", [("(a)", [2])], "what [(a) 20,0,25,10] dog?"),  # no pattern of anything
    ],
)  # fmt: skip
def test_phrases_that_stand_in_a_caption_bear_their_boxes(
    ask: Ask, caption: str, phrases: list[tuple[str, list[int]]], answer: str
) -> None:
    assert ask("grounded", scene_of([caption], phrases)) == {"r-grounded": ["<0>say with boxes", answer]}


@pytest.mark.parametrize(("caption", "phrase"), [("a doggy", "dog"), ("a dog", "cat"), ("a dog", ""), ("", "dog")])
def test_without_a_phrase_in_a_caption_the_labels_are_said_in_the_stated_form(
    ask: Ask, caption: str, phrase: str
) -> None:
    wanted = "I see [car 0,0,10,10][ 30,30,40,40], [dog 20,0,25,10]."
    assert ask("grounded", scene_of([caption], [(phrase, [2])]))["r-grounded"][1] == wanted


def test_a_phrase_that_means_nothing_there_grounds_nothing(ask: Ask) -> None:
    assert "I see" in ask("grounded", scene_of(["a dog"], [("a dog", [])]))["r-grounded"][1]


def test_several_captions_are_several_samples_and_those_without_phrases_none(ask: Ask) -> None:
    found = ask("grounded", scene_of(["a dog", "nothing", "dog!"], [("dog", [2])]))
    assert {name: turns[1] for name, turns in found.items()} == {
        "r-grounded-0": "a [dog 20,0,25,10]",
        "r-grounded-2": "[dog 20,0,25,10]!",
    }


def test_an_answer_that_leaves_something_out_is_asked_for_as_such(ask: Ask) -> None:
    whole = scene_of([], [])
    assert ask("grounded", whole)["r-grounded"][0] == "<0>say with boxes"
    assert ask("grounded", whole, max_objects=2)["r-grounded"][0] == "<0>say some"
    assert ask("grounded", whole, hidden={"r": frozenset({"cat"})})["r-grounded"][0] == "<0>say some"
    whole.objects[0].crowd = True
    assert ask("grounded", whole)["r-grounded"][0] == "<0>say some"


def test_what_was_used_and_what_does_not_fit_is_told() -> None:
    record = scene_of(["two cars", "a dog"], [("two cars", [0, 1]), ("dog", [2])])
    (batch,) = batches([record])
    wordings = load_wordings("en")
    made = MAKERS["grounded"](Scene(batch, Asking(wordings)))
    assert [sorted(each) for each in made.batch.column("uses").to_pylist()] == [[0, 1, 3, 5], [2, 4, 6]]
    made = MAKERS["grounded"](Scene(batch, Asking(wordings, max_objects=1)))
    assert made.unfit == {3: ("AN024", "its phrases mean 2 objects, more than 1")}
    assert made.capped.tolist() == []  # the objects of a record whose captions are said are no list that was cut


def test_records_with_nothing_give_nothing(ask: Ask) -> None:
    assert ask("grounded", Record("r", "f", "/0", [Media("p.jpg", 9, 9)])) == {}


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>|[]{}"), max_size=6)


@pytest.mark.parametrize("target", TARGETS)
@settings(deadline=None, max_examples=25)
@given(caption=st.lists(WORDS, max_size=4).map(" ".join), words=st.lists(WORDS, min_size=1, max_size=3), data=st.data())
def test_every_box_of_a_grounded_caption_is_found_again(target: str, caption: str, words: list[str], data: Any) -> None:
    """Any words, any target that takes them: as many boxes come back as the answer has, in its order."""
    phrases = [(word, data.draw(st.lists(st.integers(0, 2), unique=True))) for word in words]
    (batch,) = batches([scene_of([caption], phrases)])
    samples = MAKERS["grounded"](Scene(batch, Asking(load_wordings("en")))).batch
    module, options = load_target(target), RenderOptions()
    if module.refuse(samples, options):
        return
    for row, sample in zip(module.render(samples, options), samples.to_pylist(), strict=True):
        wanted = [part for turn in sample["turns"] for part in turn["parts"] if part["kind"] == "box"]
        found = module.decode(json.loads(row), [(100, 100)], options)
        assert len(found) == len(wanted) > 0
        for each, part in zip(found, wanted, strict=True):
            assert all(abs(each.box[at] - part[side]) <= 4 for at, side in enumerate(("x1", "y1", "x2", "y2")))

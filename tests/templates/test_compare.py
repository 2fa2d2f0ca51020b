"""compare: the pictures of one record against each other, and what the labels do not tell is never asked."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mmdata.converters.records import Media, Object, Record
from mmdata.converters.templates.wordings import load_wordings
from mmdata.schemas.box import Box

Ask = Callable[..., dict[str, list[str]]]


def pages(*labels: list[str], name: str = "r", crowd: str = "") -> Record:
    """A record with a picture for each list of labels."""
    things = [
        Object("o", label, Box(9.0 * at, 0, 9.0 * at + 5, 5), page, crowd=label == crowd)
        for page, held in enumerate(labels)
        for at, label in enumerate(held)
    ]
    return Record(name, "f", "/0", [Media(f"{at}.jpg", 100, 50) for at in range(len(labels))], things)


def exchanges(turns: list[str]) -> dict[str, str]:
    return dict(zip(turns[::2], turns[1::2], strict=True))


def test_two_pictures_are_compared_by_every_label_and_by_what_only_one_has(ask: Ask) -> None:
    found = exchanges(ask("compare", pages(["cat", "cat", "dog"], ["cat", "bus", "dog"]))["r-compare"])
    pictures = [question for question in found if question.startswith("<0><1>")]
    assert len(pictures) == 1, "the pictures stand once, before the first question"
    said = {question.removeprefix("<0><1>"): answer for question, answer in found.items()}
    forwards = {
        "more cat, 1 or 2?": "1",
        "more dog, 1 or 2?": "as many: 1",
        "more bus, 1 or 2?": "2",
        "only in 1, not 2?": "nothing",
    }
    backwards = {
        "more cat, 2 or 1?": "1",
        "more bus, 2 or 1?": "2",
        "more dog, 2 or 1?": "as many: 1",
        "only in 2, not 1?": "bus",
    }
    assert said in (forwards, backwards)


def test_both_ways_round_are_asked_and_the_same_in_every_run(ask: Ask) -> None:
    records = [pages(["cat"], ["dog"], name=f"r{at}") for at in range(20)]
    found = ask("compare", *records)
    assert found == ask("compare", *records, rows=3)
    last = {turns[-2]: turns[-1] for turns in found.values()}
    assert last == {"only in 1, not 2?": "cat", "only in 2, not 1?": "dog"}


def test_each_picture_is_compared_with_the_next(ask: Ask) -> None:
    turns = ask("compare", pages(["cat"], [], ["dog"]))["r-compare"]
    pairs = {turn.partition(",")[2].strip() for turn in turns[::2] if "more" in turn}
    assert pairs in ({"1 or 2?", "2 or 3?"}, {"2 or 1?", "3 or 2?"})


@pytest.mark.parametrize("record", [pages(["cat"]), pages([], []), pages()])
def test_one_picture_and_pictures_without_objects_are_compared_with_nothing(ask: Ask, record: Record) -> None:
    assert ask("compare", record) == {}


def test_nobody_compares_what_the_labels_do_not_tell_whole(ask: Ask) -> None:
    crowded = ask("compare", pages(["cat", "dog"], ["cat"], crowd="cat"))["r-compare"]
    assert not any("more cat" in turn for turn in crowded)
    assert any("more dog" in turn for turn in crowded)
    left_out = ask("compare", pages(["cat"], ["dog"]), hidden={"r": frozenset({"dog"})})["r-compare"]
    assert ["more cat" in turn for turn in left_out[::2]] == [True]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_are_called_by_their_numbers_in_our_own_words(ask: Ask, lang: str) -> None:
    turns = ask("compare", pages(["cat"], ["dog"]), lang=lang)["r-compare"]
    for question in turns[::2]:
        assert "Picture 1" in question
        assert "Picture 2" in question
    assert any(answer in ("Picture 1", "Picture 2") for answer in turns[1::2])


@pytest.mark.parametrize("task", ["detect", "ground", "count"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_several_pictures_are_asked_about_in_words_for_several(ask: Ask, task: str, lang: str) -> None:
    """In any mixture, whatever batch they stand in; and what is asked of one picture stays what it was."""
    alone = [pages(["cat"], name=f"a{at}") for at in range(30)]
    mixed = [record for at in range(30) for record in (alone[at], pages(["cat"], ["cat", "dog"], name=f"m{at}"))]
    lists = load_wordings(lang).lists[task]
    found = ask(task, *mixed, lang=lang)
    assert {name: found[name] for name in ask(task, *alone, lang=lang)} == ask(task, *alone, lang=lang)
    of_many = {turns[0].removeprefix("<0><1>") for name, turns in found.items() if name.startswith("m")}
    assert of_many <= {wording.format(label="cat") for wording in lists["ask_pages"]}
    assert len(of_many) > 1 or len(lists["ask_pages"]) == 1


def test_a_user_s_own_words_serve_for_several_pictures_too(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text('en:\n  detect:\n    ask: ["All?"]\n    none_pages: ["Nowhere."]\n')
    lists = load_wordings("en", own).lists["detect"]
    assert "ask_pages" not in lists
    assert lists["ask"] == ("All?",)
    assert lists["none_pages"] == ("Nowhere.",)
    assert lists["none"] == load_wordings("en").lists["detect"]["none"]

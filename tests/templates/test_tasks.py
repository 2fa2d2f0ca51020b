"""What is asked and answered: each task on a small street, with no model's tags in between."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from mmdata.converters.records import Caption, Media, Object, Record, batches
from mmdata.converters.table import with_fields
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.wordings import load_wordings
from mmdata.schemas.box import Box

Ask = Callable[..., dict[str, list[str]]]


def thing(label: str, *box: float, page: int = 0, crowd: bool = False) -> Object:
    return Object("/o", label, Box(*box), page, crowd=crowd)


def record(name: str, *things: Object, pages: int = 1, captions: tuple[str, ...] = ()) -> Record:
    media = [Media(f"{name}-{page}.jpg", 1000, 500) for page in range(pages)]
    said = [Caption("/c", text) for text in captions]
    return Record(name, "labels", f"/{name}", media, list(things), said)


STREET = record(
    "street",
    thing("car", 300, 200, 400, 260),  # lower right
    thing("bus", 100, 20, 500, 220),  # the top, and by far the largest
    thing("car", 10, 200, 60, 230),  # same top as the first car, further left
    thing("apple", 700, 490, 710, 500),  # the smallest, at the bottom
)
BUS, LEFT, RIGHT, APPLE = "100,20,500,220", "10,200,60,230", "300,200,400,260", "700,490,710,500"


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("reading", f"[bus {BUS}][car {LEFT}][car {RIGHT}][apple {APPLE}]"),
        ("largest", f"[bus {BUS}][car {RIGHT}][car {LEFT}][apple {APPLE}]"),
        ("category", f"[apple {APPLE}][bus {BUS}][car {LEFT}][car {RIGHT}]"),
    ],
)
def test_the_order_of_an_answer_is_the_one_stated(ask: Ask, order: str, answer: str) -> None:
    assert ask("detect", STREET, order=order) == {"street-detect": ["<0>all?", answer]}


@pytest.mark.parametrize("order", ["reading", "largest", "category"])
@pytest.mark.parametrize("task", ["detect", "ground", "refer", "count"])
def test_an_order_does_not_depend_on_other_records_or_batches(ask: Ask, order: str, task: str) -> None:
    """Labels first met in another order would number otherwise, and must not be seen to."""
    others = [record(f"o{n}", thing(label, 0, 0, 9, 9)) for n, label in enumerate(["zebra", "car", "bus", "apple"])]
    alone = ask(task, STREET, order=order)
    for rows in (1, 3, 2048):
        among = ask(task, *others, STREET, rows=rows, order=order)
        assert among[f"street-{task}"] == alone[f"street-{task}"]


def test_what_stands_equal_stays_in_the_order_of_the_data(ask: Ask) -> None:
    twins = record("t", thing("b", 5, 5, 15, 15), thing("a", 5, 5, 15, 15))
    for order in ("reading", "largest"):
        assert ask("detect", twins, order=order)["t-detect"][1] == "[b 5,5,15,15][a 5,5,15,15]"


def test_ground_asks_for_each_label_once_and_names_it_once(ask: Ask) -> None:
    assert ask("ground", STREET)["street-ground"] == [
        "<0>where bus?",
        f"[bus {BUS}]",
        "where car?",
        f"[car {LEFT}][ {RIGHT}]",
        "where apple?",
        f"[apple {APPLE}]",
    ]


def test_refer_asks_for_each_box(ask: Ask) -> None:
    turns = ask("refer", STREET)["street-refer"]
    assert turns[::2] == [f"<0>what [bus {BUS}]?".replace("bus ", " ")] + [
        f"what [ {b}]?" for b in (LEFT, RIGHT, APPLE)
    ]
    assert turns[1::2] == ["bus", "car", "car", "apple"]


def test_count_tells_the_number(ask: Ask) -> None:
    assert ask("count", STREET)["street-count"] == [
        "<0>how many bus?",
        "1",
        "how many car?",
        "2",
        "how many apple?",
        "1",
    ]


def test_nobody_counts_crowds_or_labels_with_an_object_left_out(ask: Ask) -> None:
    """ "3" would be no truth about a picture with three cars, a car park and a fourth car whose box was damaged."""
    crowd = record("c", thing("car", 0, 0, 9, 9), thing("car", 0, 0, 99, 99, crowd=True), thing("bus", 1, 1, 9, 9))
    assert ask("count", crowd)["c-count"] == ["<0>how many bus?", "1"]
    assert ask("count", STREET, hidden={"street": frozenset({"car", "bus"})})["street-count"] == [
        "<0>how many apple?",
        "1",
    ]


def test_every_caption_is_a_sample(ask: Ask) -> None:
    several = record("r", captions=(" A street. ", "Two cars\nand a bus."))
    assert ask("caption", several, record("s", captions=("One.",)), record("empty")) == {
        "r-caption-0": ["<0>say", "A street."],
        "r-caption-1": ["<0>say", "Two cars\nand a bus."],
        "s-caption": ["<0>say", "One."],
    }


def test_pages_stand_before_the_first_question_and_boxes_keep_theirs(ask: Ask) -> None:
    doc = record("d", thing("sum", 1, 2, 3, 4, page=1), thing("date", 5, 6, 7, 8), pages=2)
    assert ask("detect", doc)["d-detect"] == ["<0><1>all?", "[date 5,6,7,8][sum@1 1,2,3,4]"]
    assert ask("refer", doc)["d-refer"] == ["<0><1>what [ 5,6,7,8]?", "date", "what [@1 1,2,3,4]?", "sum"]


def test_a_cap_keeps_the_largest_in_the_stated_order(ask: Ask) -> None:
    assert ask("detect", STREET, max_objects=2)["street-detect"][1] == f"[bus {BUS}][car {RIGHT}]"
    assert ask("detect", STREET, max_objects=2, order="category")["street-detect"][1] == f"[bus {BUS}][car {RIGHT}]"
    assert ask("ground", STREET, max_objects=1)["street-ground"][3] == f"[car {RIGHT}]"
    assert len(ask("refer", STREET, max_objects=3)["street-refer"]) == 6
    assert ask("count", STREET, max_objects=1)["street-count"][3] == "2", "a cap on boxes changes no number"


EMPTY = record("empty")


def test_without_negatives_a_record_without_objects_gives_nothing(ask: Ask) -> None:
    for task in ("detect", "ground", "refer", "count"):
        assert list(ask(task, STREET, EMPTY)) == [f"street-{task}"]


def test_with_negatives_the_picture_without_objects_is_used(ask: Ask) -> None:
    turns = ask("detect", STREET, EMPTY, negatives=5)["empty-detect-none"]
    assert asked_labels(turns) == {"apple", "bus", "car"}
    assert turns[1::2] == 3 * ["none of them"]
    grounded = ask("ground", STREET, EMPTY, negatives=2)["empty-ground"]
    assert len(grounded) == 4
    assert grounded[1::2] == [f"no {question.split()[1][:-1]}" for question in grounded[::2]]
    assert ask("count", STREET, EMPTY, negatives=1)["empty-count"][1] == "0"
    assert list(ask("refer", STREET, EMPTY, negatives=1)) == ["street-refer"], "no box of nothing can be asked about"


def asked_labels(turns: list[str]) -> set[str]:
    return {turn.split()[-1].rstrip("?") for turn in turns[::2]}


@pytest.mark.parametrize("task", ["detect", "ground", "count"])
def test_only_what_is_not_there_is_asked_in_vain(ask: Ask, task: str) -> None:
    others = [record(f"o{n}", thing(f"l{n}", 0, 0, 9, 9)) for n in range(9)]
    found = ask(task, STREET, *others, negatives=3)
    turns = found["street-detect-none" if task == "detect" else f"street-{task}"]
    vain = asked_labels(turns) - ({"car", "bus", "apple"} if task != "detect" else set())
    assert len(vain) == 3
    assert vain <= {f"l{n}" for n in range(9)}


@pytest.mark.parametrize("task", ["detect", "ground", "count"])
def test_what_was_left_out_is_never_called_absent(ask: Ask, task: str) -> None:
    """A dropped crowd of cars is still a crowd of cars: no answer may say that there is none."""
    hidden = {"empty": frozenset({"car", "bus"})}
    found = ask(task, STREET, EMPTY, negatives=5, hidden=hidden)
    assert asked_labels(found["empty-detect-none" if task == "detect" else f"empty-{task}"]) == {"apple"}


def test_the_vocabulary_may_be_used_up(ask: Ask) -> None:
    assert list(ask("detect", STREET, negatives=3)) == ["street-detect"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("task", ["detect", "ground", "refer", "count", "caption"])
def test_wordings_are_chosen_by_the_sample_alone(ask: Ask, lang: str, task: str) -> None:
    """Same in every run, whatever else is converted, wherever batches end; and all of them come up."""
    many = [
        record(f"r{n}", thing("car", n, 0, n + 9, 9), thing("bus", 0, n, 9, n + 9), captions=("One.", "Two."))
        for n in range(60)
    ]
    whole = ask(task, *many, lang=lang)
    assert whole == ask(task, *many, lang=lang, rows=7)
    assert {**ask(task, *many[::2], lang=lang), **ask(task, *many[1::2], lang=lang)} == whole
    reverse = ask(task, *many[::-1], lang=lang)
    assert reverse == whole
    openings = {turns[0] for turns in whole.values()}
    assert len(openings) >= 2
    other_seed = ask(task, *many, lang=lang, seed=1)
    assert other_seed != whole
    assert sorted(other_seed) == sorted(whole)


def test_a_label_that_the_dictionary_holds_twice_is_one_label(ask: Ask) -> None:
    """So it comes after blunting: two spellings that have become one word."""
    (batch,) = batches([record("r", thing("a", 0, 0, 9, 9), thing("b", 0, 50, 9, 99))])
    labels = pa.DictionaryArray.from_arrays(pa.array(np.array([0, 1], np.int32)), pa.array(["car", "car"]))
    batch = with_fields(batch, "objects", {"label": labels})
    made = MAKERS["count"](Scene(batch, Asking(load_wordings("en"))))
    assert [made.texts[code] for code in made.answer] == ["2"]

"""What a recipe keeps: each filter by cases, and whatever is chosen, everything read is kept or rejected."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
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
from mmdata.pipelines.filter.criteria import Keep, Script
from mmdata.pipelines.filter.keep import keep_annotations, keep_records
from mmdata.pipelines.words import WORD, script_shares
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ITEMS
from mmdata.schemas.box import Box
from mmdata.schemas.finding import Finding
from mmdata.schemas.rule import RULES

from .both_halves import keep

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "cases.yaml").read_text("utf-8"))


def batch_of(records: list[Record]) -> pa.RecordBatch:
    """The records as one batch, as a slice, so that nothing takes offsets to begin with 0."""
    head = Record("head", "f.json", "/head", [Media("h.jpg", 9, 9)], [Object("/head/0", "head", Box(1, 1, 2, 2))])
    head.captions.append(Caption("/head/1", "head"))
    return next(batches([head, *records])).slice(1)


def record(said: dict[str, Any], number: int) -> Record:
    """A record of a case: `media` as [w, h], objects as [label, x1, y1, x2, y2, text], texts as they are."""
    at = f"/{number}"
    media = [Media(f"{number}-{page}.jpg", *size) for page, size in enumerate(said.get("media", [[100, 50]]))]
    made = Record(f"r{number}", "f.json", at, media)
    for place, (label, *box) in enumerate(said.get("objects", ())):
        text = box[4] if len(box) > 4 else None
        made.objects.append(Object(f"{at}/objects/{place}", label, Box(*map(float, box[:4])), text=text))
    made.captions += [Caption(f"{at}/captions/{n}", text) for n, text in enumerate(said.get("captions", ()))]
    for place, (asked, answers) in enumerate(said.get("questions", ())):
        made.questions.append(Question(f"{at}/questions/{place}", asked, [(text, 1) for text in answers]))
    for place, (text, meant) in enumerate(said.get("phrases", ())):
        made.phrases.append(Phrase(f"{at}/phrases/{place}", text, meant))
    for place, turns in enumerate(said.get("conversations", ())):
        held = [Turn("user", [Part("image"), Part("text", text)]) for text in turns]
        made.conversations.append(Conversation(f"{at}/conversations/{place}", held))
    return made


def left(batch: pa.RecordBatch) -> list[str]:
    """The places of everything that is left: records first, then annotations."""
    held = [entry["at"] for row in batch.to_pylist() for column in ITEMS for entry in row[column]]
    return [*batch.column("at").to_pylist(), *held]


@dataclass
class Heard:
    """An accounting, and what it was told."""

    accounting: Accounting
    found: list[Finding]


def heard() -> Heard:
    found: list[Finding] = []
    return Heard(Accounting(told=found.append), found)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_filter_leaves_out_what_it_says(case: dict[str, Any]) -> None:
    batch = batch_of([record(said, number) for number, said in enumerate(case["records"])])
    chosen = {name: tuple(value) if isinstance(value, list) else value for name, value in case["keep"].items()}
    said = heard()
    kept = keep(batch, Keep(**chosen), said.accounting)
    gone = [place for place in left(batch) if place not in left(kept)]
    assert gone == case["gone"]
    assert {found.code for found in said.found} == {case["code"]} - ({case["code"]} if not gone else set())
    assert RULES[case["code"]].choice
    for words in case.get("said", ()):
        assert any(words in found.message for found in said.found), [found.message for found in said.found]


NUMBERS = st.sampled_from([0.0, 1.0, 5.0, 9.5, 30.0, 49.0, 120.0, -3.0, float("nan"), float("inf"), 1e308])
TEXTS = st.sampled_from(["", " ", "42", "a red mug", "一只杯子", "杯子 mug", "ねこ", "привет мир", "é́", "a" * 40])
LABELS = st.sampled_from(["mug", "plate", "杯子", "text"])


@st.composite
def records_of_all_kinds(draw: st.DrawFn) -> list[Record]:
    made: list[Record] = []
    for number in range(draw(st.integers(0, 5))):
        objects = draw(st.lists(st.tuples(LABELS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TEXTS | st.none()), max_size=4))
        meant = st.lists(st.integers(0, len(objects) - 1), max_size=2, unique=True) if objects else st.just([])
        said = {
            "media": draw(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=2)),
            "objects": objects,
            "captions": draw(st.lists(TEXTS, max_size=2)),
            "questions": draw(st.lists(st.tuples(TEXTS, st.lists(TEXTS, max_size=2)), max_size=2)),
            "phrases": draw(st.lists(st.tuples(TEXTS, meant), max_size=2)),
            "conversations": draw(st.lists(st.lists(TEXTS, max_size=2), max_size=2)),
        }
        made.append(record(said, number))
    return made


BOUND = st.none() | st.integers(0, 120)
WANTED = st.builds(
    Keep,
    labels=st.lists(LABELS, max_size=2).map(tuple),
    drop_labels=st.lists(LABELS, max_size=1).map(tuple),
    min_side=BOUND,
    max_side=BOUND,
    min_pixels=st.none() | st.just(900),
    min_area=BOUND,
    max_area=BOUND,
    min_area_share=st.none() | st.floats(0, 0.2),
    max_area_share=st.none() | st.floats(0.2, 1),
    scripts=st.lists(st.sampled_from(get_args(Script)), max_size=2).map(tuple),
    min_text=st.none() | st.integers(0, 10),
    max_text=st.none() | st.integers(0, 30),
)


@given(records_of_all_kinds(), WANTED)
def test_everything_read_is_kept_or_rejected_once(records: list[Record], wanted: Keep) -> None:
    batch = batch_of(records) if records else batch_of([record({}, 0)]).slice(1)
    said = heard()
    kept = keep(batch, wanted, said.accounting)
    kept.validate(full=True)
    gone = [found.at for found in said.found if found.kind == "annotations"]
    annotations = [place for place in left(batch) if place.count("/") > 1]
    assert sorted([place for place in left(kept) if place.count("/") > 1] + gone) == sorted(annotations)
    pictures = sum(len(each["media"]) for each in batch.to_pylist())
    shown = sum(len(each["media"]) for each in kept.to_pylist())
    assert pictures == shown + said.accounting.rejected["images"].total()
    for row in kept.to_pylist():  # who points at something points at what is there
        for each in (*row["phrases"], *row["questions"]):
            assert all(0 <= meant < len(row["objects"]) for meant in each["objects"])
    again = heard()
    assert keep(kept, wanted, again.accounting) is kept or left(keep(kept, wanted, again.accounting)) == left(kept)
    assert not again.found, "what is kept is kept the second time too"


@given(records_of_all_kinds(), WANTED)
def test_the_second_half_leaves_the_records_as_they_are(records: list[Record], wanted: Keep) -> None:
    batch = keep_records(batch_of([*records, record({}, 9)]), wanted, heard().accounting)
    assert keep_annotations(batch, wanted, heard().accounting).column("id") == batch.column("id")


@given(records_of_all_kinds())
def test_the_default_keeps_everything_as_it_is(records: list[Record]) -> None:
    batch = batch_of([*records, record({}, 9)])
    assert keep(batch, Keep(), Accounting()) is batch


@pytest.mark.parametrize("script", get_args(Script))
def test_every_script_has_its_pattern(script: str) -> None:
    assert script in WORD
    letters = {
        "latin": "mug",
        "han": "杯",
        "kana": "ねコー",
        "hangul": "컵",
        "cyrillic": "чашка",
        "greek": "κούπα",
        "arabic": "كوب",
        "hebrew": "ספל",
        "devanagari": "मग",
        "thai": "แก้ว",
    }
    words = pa.array(list(letters.values()))
    assert script_shares(words, [script]).tolist() == [float(each == script) for each in letters]


def test_a_filter_for_each_field_is_in_the_cases() -> None:
    tried = {name for case in CASES for name in case["keep"]}
    assert tried == {each.name for each in fields(Keep)} - {"lint"}
    assert {name for name, hint in get_type_hints(Keep).items() if "tuple" in str(hint)} == {
        "labels",
        "drop_labels",
        "scripts",
        "lint",
    }
    assert replace(Keep(), labels=("a",)) != Keep()

"""Text in pictures: read, read-region and locate, on a drawn receipt and on real sets through a whole conversion."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.records import Media, Object, Record, batches
from mmdata.converters.targets import load_target
from mmdata.converters.templates.absent_texts import WrittenTexts
from mmdata.converters.templates.reading import reading_order
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks import MAKERS
from mmdata.converters.templates.wordings import load_wordings
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.progress import Silent
from mmdata.schemas.box import Box, hull
from numpy import arange

Ask = Callable[..., dict[str, list[str]]]


def written(text: str | None, *box: float, page: int = 0, label: str = "text", quad: Any = None) -> Object:
    return Object("/o", label, Box(*box), page, text=text, quad=quad)


def record(name: str, *things: Object, pages: int = 1) -> Record:
    return Record(
        name, "f", f"/{name}", [Media(f"{name}-{page}.jpg", 1000, 500) for page in range(pages)], list(things)
    )


TOTAL, AMOUNT, SHOP, AGAIN = "10,200,60,230", "300,195,400,225", "100,20,500,60", "10,300,60,330"
RECEIPT = record(
    "r",
    written("TOTAL", 10, 300, 60, 330),
    written("9.00", 300, 195, 400, 225),  # a little higher than the word to its left, and in its line
    written(" TOTAL ", 10, 200, 60, 230),
    written("The Shop", 100, 20, 500, 60, label="name"),
)
BLURRED = record("b", written("ICE", 0, 0, 90, 40), written(None, 0, 50, 90, 90), written("  ", 0, 100, 90, 140))


def test_all_text_is_read_line_by_line(ask: Ask) -> None:
    assert ask("read", RECEIPT) == {"r-read": ["<0>all text?", "The Shop\nTOTAL\n9.00\nTOTAL"]}


@pytest.mark.parametrize("order", ["largest", "category"])
def test_text_is_read_as_one_reads_whatever_the_order_of_other_answers(ask: Ask, order: str) -> None:
    assert ask("read", RECEIPT, order=order) == ask("read", RECEIPT)


def test_an_answer_that_is_not_whole_is_not_asked_for_as_whole(ask: Ask) -> None:
    """All is said to be all only where nothing illegible, capped or left out for a fault is missing."""
    assert ask("read", BLURRED)["b-read"] == ["<0>legible text?", "ICE"]
    assert ask("read", RECEIPT, max_objects=2)["r-read"] == ["<0>some text?", "The Shop\n9.00"]
    assert ask("read", RECEIPT, max_objects=4)["r-read"][0] == "<0>all text?"
    hidden = {"r": frozenset({"text"}), "b": frozenset({"text"})}
    assert ask("read", RECEIPT, hidden=hidden)["r-read"][0] == "<0>some text?"
    assert ask("read", BLURRED, hidden=hidden)["b-read"][0] == "<0>some text?"


def test_a_region_is_read_by_its_box(ask: Ask) -> None:
    turns = ask("read-region", RECEIPT)["r-read-region"]
    assert turns == [
        f"<0>what stands in [ {SHOP}]?",
        "The Shop",
        f"what stands in [ {AMOUNT}]?",
        "9.00",
        f"what stands in [ {TOTAL}]?",
        "TOTAL",
        f"what stands in [ {AGAIN}]?",
        "TOTAL",
    ]
    assert ask("read-region", RECEIPT, max_objects=2)["r-read-region"] == turns[:4]
    assert ask("read-region", BLURRED)["b-read-region"] == ["<0>what stands in [ 0,0,90,40]?", "ICE"]


def test_a_text_is_located_in_all_its_places_under_its_own_name(ask: Ask) -> None:
    assert ask("locate", RECEIPT)["r-locate"] == [
        '<0>where "The Shop"?',
        f"[The Shop {SHOP}]",
        'where "9.00"?',
        f"[9.00 {AMOUNT}]",
        'where "TOTAL"?',
        f"[TOTAL {TOTAL}][ {AGAIN}]",
    ]
    assert ask("locate", BLURRED)["b-locate"] == ['<0>where "ICE"?', "[ICE 0,0,90,40]"]


def test_a_text_in_more_places_than_an_answer_holds_is_not_located(ask: Ask) -> None:
    """One of two places would be half an answer."""
    turns = ask("locate", RECEIPT, max_objects=1)["r-locate"]
    assert turns[::2] == ['<0>where "The Shop"?', 'where "9.00"?']
    made = made_of("locate", RECEIPT, max_objects=1)
    assert made.unfit == dict.fromkeys((0, 2), ("AN024", "its text is written in 2 objects, more than 1"))


def known(*texts: str) -> list[str]:
    written = WrittenTexts()
    written.add(texts)
    return written.in_order()


def test_texts_of_other_pictures_are_asked_for_in_vain(ask: Ask) -> None:
    """Also in a picture without any; where something could not be read, no more is said than that it is not legible."""
    texts = known("TOTAL", "9.00", "The Shop", "ICE", "x")
    turns = ask("locate", RECEIPT, BLURRED, record("e"), negatives=9, texts=texts)
    assert turns["r-locate"][-2:] == ['where "ICE"?', "no ICE"]
    assert len(turns["r-locate"]) == 8
    assert turns["b-locate"][:2] == ['<0>where "ICE"?', "[ICE 0,0,90,40]"]
    assert sorted(turns["b-locate"][3::2]) == ["no legible 9.00", "no legible TOTAL", "no legible The Shop"]
    assert sorted(turns["e-locate"][1::2]) == ["no 9.00", "no ICE", "no TOTAL", "no The Shop"]
    assert ask("locate", RECEIPT, texts=texts) == ask("locate", RECEIPT), "nothing in vain unless asked for"


@pytest.mark.parametrize("text", ["total", "ＴＯＴＡＬ", "the  shop", "shop", "hop 9"])
def test_what_stands_there_otherwise_is_not_said_to_be_absent(ask: Ask, text: str) -> None:
    found = ask("locate", RECEIPT, record("e"), negatives=9, texts=known(text))
    assert len(found["e-locate"]) == 2
    assert found["r-locate"] == ask("locate", RECEIPT)["r-locate"]


def test_where_nobody_wrote_the_words_down_nothing_is_absent(ask: Ask) -> None:
    """A box without a text, an object that was left out: the text may be there."""
    unread, lost = record("u", written(None, 0, 0, 9, 9)), record("l", written("ICE", 0, 0, 9, 9))
    found = ask("locate", unread, lost, negatives=9, texts=known("TOTAL"), hidden={"l": frozenset({"text"})})
    assert found == ask("locate", lost)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=12), max_size=30), st.randoms(use_true_random=False))
def test_what_is_kept_of_texts_does_not_depend_on_their_order(texts: list[str], random: Any) -> None:
    shuffled = random.sample(texts, len(texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmdata.converters.templates.absent_texts.MOST", 4)
        first, second = WrittenTexts(), WrittenTexts()
        first.add(texts)
        for text in shuffled:
            second.add([text])
        assert first.in_order() == second.in_order()
        assert len(first.in_order()) <= 4


@pytest.mark.parametrize("task", ["read", "read-region", "locate"])
def test_what_nobody_says_is_named_as_unused(ask: Ask, task: str) -> None:
    assert {at: code for at, (code, _) in made_of(task, BLURRED).unfit.items()} == {1: "AN022", 2: "AN022"}
    silent = record("s", written(None, 0, 0, 9, 9))
    assert list(ask(task, record("e"), silent, RECEIPT)) == [f"r-{task}"]


def made_of(task: str, *records: Record, **asking: Any) -> Any:
    (batch,) = batches(records)
    return MAKERS[task](Scene(batch, Asking(load_wordings("en"), **asking)))


@pytest.mark.parametrize("text", ["two\nlines", 'a "quoted" {text} {box}', "逗号，", "a,b;c", "\u202bעברית", "0"])
def test_a_text_is_said_as_it_is(ask: Ask, text: str) -> None:
    one = record("r", written(text, 0, 0, 9, 9))
    assert ask("read", one)["r-read"][1] == text
    assert ask("read-region", one)["r-read-region"][1] == text
    assert ask("locate", one)["r-locate"] == [f'<0>where "{text}"?', f"[{text} 0,0,9,9]"]


def test_pages_are_read_one_after_the_other(ask: Ask) -> None:
    pages = record("d", written("second", 0, 0, 9, 9, page=1), written("first", 0, 100, 9, 109), pages=2)
    assert ask("read", pages)["d-read"] == ["<0><1>all text?", "first\nsecond"]
    assert ask("locate", pages)["d-locate"][-1] == "[second@1 0,0,9,9]"


@pytest.mark.parametrize("task", ["read", "read-region", "locate"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_wordings_are_chosen_by_the_sample_alone(ask: Ask, task: str, lang: str) -> None:
    many = [
        record(f"r{n}", written("A", n, 0, n + 9, 9), written("A" if n % 2 else None, 0, n, 9, n + 9))
        for n in range(60)
    ]
    whole = ask(task, *many, lang=lang)
    assert whole == ask(task, *many, lang=lang, rows=7) == ask(task, *many[::-1], lang=lang)
    assert len({turns[0] for turns in whole.values()}) >= 2
    assert ask(task, *many, lang=lang, seed=1) != whole


# the order of reading


def order_of(*boxes: tuple[float, ...], pages: list[int] | None = None) -> list[int]:
    held = pages or [0] * len(boxes)
    things = [written("t", *box, page=page) for box, page in zip(boxes, held, strict=True)]
    (batch,) = batches([record("r", *things, pages=max(held, default=0) + 1)])
    return reading_order(batch, arange(len(boxes))).tolist()


def test_a_line_is_one_although_its_words_stand_unevenly() -> None:
    assert order_of((200, 8, 290, 28), (100, 10, 190, 30), (0, 14, 90, 34), (0, 40, 90, 60)) == [2, 1, 0, 3]


def test_a_tall_word_beside_lines_takes_the_middle_one_only() -> None:
    assert order_of((0, 0, 20, 100), (30, 0, 90, 30), (30, 35, 90, 65), (30, 70, 90, 100)) == [0, 2, 1, 3]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
    st.integers(1, 3),
)
def test_rows_of_words_are_read_as_they_were_set(rows: list[int], random: Any, pages: int) -> None:
    """Whatever the order of the data, and with tops and bottoms up to a quarter of a line astray."""
    boxes, places = [], []
    for page in range(pages):
        for line, words in enumerate(rows):
            for word in range(words):
                up, down = (random.uniform(-5, 5) for _ in "ab")
                boxes.append((word * 50.0, line * 30 + 10 + up, word * 50 + 40.0, line * 30 + 30 + down))
                places.append(page)
    drawn = random.sample(range(len(boxes)), len(boxes))
    found = order_of(*(boxes[at] for at in drawn), pages=[places[at] for at in drawn])
    assert [drawn[at] for at in found] == list(range(len(boxes)))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), max_size=12))
def test_every_object_is_read_once_wherever_it_stands(corners: list[tuple[int, ...]]) -> None:
    boxes = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners]
    assert sorted(order_of(*boxes)) == list(range(len(boxes)))


# real sets, converted and read back

SROIE = "data/ocr/sroie/data"
WILD = "data/ocr/mmocr/tests/data/kie_toy_dataset/wildreceipt"


def converted(source: Path, out: Path, target: str, *tasks: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    made = convert(Job("ocr", source, out, target=target, tasks=tasks, max_rejected=Limit(share=1.0)), Silent())
    text = (out / "train" / f"train.{load_target(target).FORM.partition('-')[0]}").read_text(encoding="utf-8")
    rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return rows, made.manifest


def raw_receipt(file: Path) -> list[tuple[str, Box]]:
    """A SROIE file by a reading of our own: text and hull of every line."""
    lines = [line.split(",", 8) for line in file.read_text(encoding="utf-8").splitlines()]
    return [(text.strip(), hull([float(number) for number in corners])) for *corners, text in lines]


def size_of(picture: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(picture) as opened:
        return opened.size


# every other target's boxes come back in tests/targets/test_boxes_come_back.py
BOXED = ("qwen-vl", "qwen2-vl", "qwen2.5-vl", "qwen3-vl", "swift", "llama-factory", "llava")


@pytest.mark.parametrize("target", BOXED)
def test_receipts_are_located_and_come_back(shared: Path, tmp_path: Path, target: str) -> None:
    """Each text of each receipt with all its boxes, back from the target's own rows within its grid."""
    rows, manifest = converted(shared / SROIE, tmp_path / "out", target, "locate")
    assert manifest["accounting"]["annotations"]["rejected"] == {"AN022": 28}, "the entities have no place"
    module = load_target(target)
    assert len(rows) == 7
    for row in rows:
        (picture,) = module.pictures(row)
        size = size_of(Path(picture))
        raw = raw_receipt(shared / SROIE / "box" / f"{Path(picture).stem}.csv")
        found = [each for each in module.decode(row, [size]) if each.label]
        assert len(found) == len(raw)
        answers = [(each.label, each.box) for each in found]
        for text, box in raw:
            near = min((back for label, back in answers if label == text), key=lambda b: distance(b, box))
            assert distance(near, box) <= max(size) / (64 if target == "llava" else 500), text


def distance(box: Box, other: Box) -> float:
    return max(abs(a - b) for a, b in zip(box, other, strict=True))


def test_receipts_are_read_whole_unless_somebody_chooses_another_task(shared: Path, tmp_path: Path) -> None:
    rows, manifest = converted(shared / SROIE, tmp_path / "out", "qwen-vl")
    assert manifest["options"]["tasks"] == ["read"]
    for row in rows:
        question, answer = (turn["value"] for turn in row["conversations"])
        raw = raw_receipt(shared / SROIE / "box" / f"{row['id'].removeprefix('box/').removesuffix('-read')}.csv")
        assert sorted(answer.split("\n")) == sorted(text for text, _ in raw)
        assert "some" not in question


def test_regions_of_receipts_are_read(shared: Path, tmp_path: Path) -> None:
    rows, _ = converted(shared / SROIE, tmp_path / "out", "qwen-vl", "read-region")
    module = load_target("qwen-vl")
    for row in rows:
        picture = Path(module.pictures(row)[0])
        boxes = [each.box for each in module.decode(row, [size_of(picture)])]
        answers = [turn["value"] for turn in row["conversations"][1::2]]
        raw = raw_receipt(shared / SROIE / "box" / f"{picture.stem}.csv")
        assert len(boxes) == len(answers) == len(raw)
        for box, answer in zip(boxes, answers, strict=True):
            assert any(text == answer and distance(box, other) <= 2 for text, other in raw)


def test_a_set_with_classes_of_text_is_detected_unless_asked_to_be_read(shared: Path, tmp_path: Path) -> None:
    _, manifest = converted(shared / WILD, tmp_path / "classes", "qwen-vl")
    assert manifest["options"]["tasks"] == ["detect"]
    rows, _ = converted(shared / WILD, tmp_path / "read", "qwen-vl", "read")
    raw = [json.loads(line) for line in (shared / WILD / "data.txt").read_text(encoding="utf-8").splitlines()]
    for row, entry in zip(rows, raw, strict=True):
        question, answer = (turn["value"] for turn in row["conversations"])
        texts = [word["text"].strip() for word in entry["annotations"]]
        assert sorted(answer.split("\n")) == sorted(text for text in texts if text)
        legible = any(form in question for form in load_wordings("en").lists["read"]["ask_legible"])
        assert legible == (not all(texts))


def test_detection_sets_without_texts_have_nothing_to_read(shared: Path, tmp_path: Path) -> None:
    source = shared / "data/ocr/mmocr/tests/data/det_toy_dataset/textdet_test.json"
    _, manifest = converted(source, tmp_path / "out", "qwen-vl")
    assert manifest["options"]["tasks"] == ["detect"]


def test_receipts_say_which_texts_of_others_they_do_not_have(shared: Path, tmp_path: Path) -> None:
    source = shared / SROIE
    job = Job("ocr", source, tmp_path / "out", tasks=("locate",), negatives=3, max_rejected=Limit(share=1.0))
    convert(job, Silent())
    rows = json.loads((tmp_path / "out/train/train.json").read_text(encoding="utf-8"))
    assert len(rows) == 7
    everything = {text for file in (source / "box").iterdir() for text, _ in raw_receipt(file)}
    for row in rows:
        name = row["id"].removeprefix("box/").removesuffix("-locate")
        own = {text.casefold() for text, _ in raw_receipt(source / "box" / f"{name}.csv")}
        turns = [turn["value"] for turn in row["conversations"]]
        vain = [ask for ask, answer in zip(turns[::2], turns[1::2], strict=True) if "<box>" not in answer]
        assert len(vain) == 3
        for ask in vain:
            asked = max((text for text in everything if f'"{text}"' in ask), key=len)
            assert asked.casefold() not in own

"""Text in pictures through a whole conversion: what is asked unasked, control tokens in texts, length, the balance."""

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.records import Media, Object, Record
from mmdata.converters.targets.qwen_vl import count_tokens
from mmdata.converters.templates.wordings import load_wordings
from mmdata.pipelines.job import Limit
from mmdata.schemas.box import Box
from mmdata.schemas.errors import ConfigError, LimitError

ALL = Limit(share=1.0)
WORDINGS = load_wordings("en").lists["read"]


def written(number: int, text: str | None, label: str = "text", width: float = 9, **more: bool) -> Object:
    return Object(f"/{number}", label, Box(0, number * 20, width, number * 20 + 10), text=text, **more)


def record(*things: Object, name: str = "r") -> Record:
    return Record(name, "labels", f"/{name}", [Media(f"{name}.jpg", 1000, 5000)], list(things))


def asked_by(made) -> str:
    """Which list of wordings the first question is from."""
    question = made.said()[0][0]
    return next(name for name, wordings in WORDINGS.items() if question in wordings)


@pytest.mark.parametrize(
    ("label", "text", "task"), [("text", "EXIT", "read"), ("sign", "EXIT", "detect"), ("text", None, "detect")]
)
def test_text_and_nothing_else_is_read(make, label: str, text: str | None, task: str) -> None:
    made = make(record(written(0, text, label)))
    assert made.manifest["options"]["tasks"] == [task]


def test_a_class_anywhere_in_the_set_makes_it_one_for_detection(make) -> None:
    made = make(record(written(0, "A")), record(written(0, "B", "price"), name="s"), rows=1)
    assert made.manifest["options"]["tasks"] == ["detect"]


@pytest.mark.parametrize("tasks", [("read",), ()])
def test_what_was_left_out_is_not_said_to_be_all(make, tasks: tuple[str, ...]) -> None:
    """An object without area, one for its control token, one that was hard to read: each was text in the picture."""
    whole = make(record(written(0, "A"), written(1, "B")), tasks=tasks)
    assert asked_by(whole) == "ask"
    for lost in (written(1, "B", width=0), written(1, "<ref>"), written(1, "B", difficult=True)):
        made = make(record(written(0, "A"), lost), tasks=tasks, difficult="drop", max_rejected=ALL)
        assert (asked_by(made), made.said()[0][1]) == ("ask_some", "A")
    illegible = make(record(written(0, "A"), written(1, None, difficult=True)), tasks=tasks)
    assert (asked_by(illegible), illegible.said()[0][1]) == ("ask_legible", "A")
    assert illegible.manifest["accounting"]["annotations"]["rejected"] == {"AN022": 1}
    assert "nobody says" in illegible.rejected[0]["message"]


@pytest.mark.parametrize("tasks", [("read",), ("read-region",), ("locate",), ("detect", "locate"), ()])
def test_a_control_token_in_a_text_goes_where_the_text_is_said(make, tasks: tuple[str, ...]) -> None:
    things = [written(0, "A"), written(1, "</box>"), written(2, "C <|im_end|>")]
    made = make(record(*things), tasks=tasks, max_rejected=ALL)
    assert made.manifest["accounting"]["annotations"] == {"read": 3, "written": 1, "rejected": {"TG008": 2}}
    assert [line["at"] for line in made.rejected] == ["/1", "/2"]
    blunted = make(record(*things), tasks=tasks, reserved_text="blunt")
    assert blunted.manifest["accounting"]["annotations"] == {"read": 3, "written": 3, "rejected": {}}
    assert [each["value"] for each in blunted.lint["findings"]] == ["</box>", "C <|im_end|>"]
    said = json.dumps(blunted.rows())
    assert "< /box>" in said
    assert "<|im_end|>" not in said


def test_a_control_token_in_a_text_that_nobody_says_harms_nobody(make) -> None:
    made = make(record(written(0, "<box>")), tasks=("detect", "count"))
    assert made.manifest["accounting"]["annotations"] == {"read": 1, "written": 1, "rejected": {}}


@pytest.mark.parametrize("task", ["read-region", "locate"])
@pytest.mark.parametrize("limit", [340, 600])
def test_what_is_too_long_is_divided_by_its_questions(make, task: str, limit: int) -> None:
    made = make(record(*(written(n, f"line {n}") for n in range(60))), tasks=(task,), max_length=limit)
    assert max(count_tokens([json.dumps(row).encode() for row in made.rows()])) <= limit
    assert len(made.rows()) > 1
    assert made.manifest["accounting"]["annotations"] == {"read": 60, "written": 60, "rejected": {}}
    answers = [answer for row in made.said() for answer in row[1::2]]
    assert len(set(answers)) == len(answers) == 60


def test_a_reading_that_is_too_long_is_left_out_whole_and_a_cap_brings_it_back(make) -> None:
    """Half a reading would be no reading; the cap says in its question that it is some of the text."""
    long = record(*(written(n, f"line {n} of sixty") for n in range(60)))
    short = record(written(0, "A"), name="s")
    made = make(long, short, tasks=("read",), max_length=400, max_rejected=ALL)
    assert made.manifest["accounting"]["annotations"] == {"read": 61, "written": 1, "rejected": {"TK001": 60}}
    capped = make(long, short, tasks=("read",), max_length=400, max_objects=5)
    assert capped.manifest["accounting"]["annotations"] == {"read": 61, "written": 6, "rejected": {"AN024": 55}}
    assert asked_by(capped) == "ask_some"


def test_a_turned_text_is_located_by_its_corners(make) -> None:
    thing = written(0, "EXIT")
    thing.quad = [0, 1, 9, 0, 9, 9, 0, 10]
    made = make(record(thing), tasks=("locate", "read-region"), rotated="quad")
    quad = "<quad>(0,0),(9,0),(9,2),(0,2)</quad>"
    assert made.said("locate")[0][1] == f"<ref>EXIT</ref>{quad}"
    assert quad in made.said("read-region")[0][0]


def test_the_same_picture_with_other_texts_is_told_as_a_contradiction(make, tmp_path) -> None:
    from PIL import Image

    for name in ("r", "s"):
        Image.new("RGB", (30, 30)).save(tmp_path / f"{name}.png")
    things = [Object("/0", "text", Box(0, 0, 9, 9), text=text) for text in "AB"]
    drawn = [
        Record(name, "labels", f"/{name}", [Media(f"{name}.png", 30, 30)], [thing])
        for name, thing in zip("rs", things, strict=True)
    ]
    made = make(*drawn, dedup="exact", images=tmp_path, check_images=True)
    assert {line["code"] for line in made.rejected} == {"DU005"}


TEXTS = st.sampled_from([None, "", " ", "A", "B", "A\nB", "<ref>", "</box>x", '"', "{box}", "文字"])
TASKS = st.lists(st.sampled_from(["read", "read-region", "locate", "detect"]), unique=True, max_size=4)


@st.composite
def records(draw) -> list[Record]:
    def thing(number: int) -> Object:
        flags = {"difficult": draw(st.booleans())}
        label = draw(st.sampled_from(["text", "text", "name"]))
        made = written(number, draw(TEXTS), label, draw(st.sampled_from([0, 9, 9, 9])), **flags)
        made.quad = draw(st.sampled_from([None, [0, 0, 9, 1, 9, 9, 0, 8]]))
        return made

    return [record(*map(thing, range(draw(st.integers(0, 6)))), name=f"r{n}") for n in range(draw(st.integers(1, 4)))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    records(),
    st.fixed_dictionaries(
        {"tasks": TASKS.map(tuple), "rows": st.sampled_from([1, 2048])},
        optional={
            "max_objects": st.integers(0, 3),
            "difficult": st.sampled_from(["drop", "keep"]),
            "rotated": st.sampled_from(["hull", "quad"]),
            "reserved_text": st.sampled_from(["reject", "blunt"]),
            "max_length": st.sampled_from([1, 290, 400]),
            "lang": st.sampled_from(["en", "zh"]),
        },
    ),
)
def test_read_is_written_and_rejected(make, drawn: list[Record], options: dict[str, object]) -> None:
    try:
        made = make(*drawn, max_rejected=ALL, **options)
    except LimitError as error:
        assert "not one sample" in error.fact
        return
    except ConfigError as error:  # only tasks about texts were asked for, and no object has one
        assert "has no texts" in error.fact
        assert "detect" not in options["tasks"]
        return
    balance = made.manifest["accounting"]
    assert balance["annotations"]["read"] == sum(len(each.objects) for each in drawn)
    for kind, counts in balance.items():
        assert counts["read"] == counts["written"] + sum(counts["rejected"].values())
        lines = Counter(line["code"] for line in made.rejected if line["kind"] == kind)
        assert counts["rejected"] == dict(lines)
    assert len(made.rows()) == balance["samples"]["written"]
    _all_is_all(made, {each.id: each for each in drawn})


def _all_is_all(made, by_id: dict[str, Record]) -> None:
    """Where all text was asked for, every object of the record has a text and every text is in the answer."""
    for row, said in zip(made.rows(), made.said(), strict=True):
        name, _, task = row["id"].partition("-")
        if task == "read" and said[0] in WORDINGS["ask"]:
            texts = [(thing.text or "").strip() for thing in by_id[name].objects]
            assert all(texts)
            assert said[1].count("\n") == sum(text.count("\n") for text in texts) + len(texts) - 1

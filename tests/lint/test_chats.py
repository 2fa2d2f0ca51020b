"""Training files as lint sees them: whose rows they are, and that nothing that stands in one brings lint down."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.grammar import Grammar
from mmdata.pipelines.lint.chats import Chats, Row
from mmdata.pipelines.lint.dialect import dialects
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings

Two = tuple[str, str]


def said(*texts: str, names: Two = ("human", "gpt"), keys: Two = ("from", "value")) -> list[Any]:
    """Turns by those names under those keys."""
    return [{keys[0]: names[at % 2], keys[1]: text} for at, text in enumerate(texts)]


ROLES = ("user", "assistant")
CONTENT = ("role", "content")

DIALECTS = [
    ("qwen-vl", {"conversations": said("Picture 1: <img>a.jpg</img>\nWhat?", "A mug.", names=ROLES)}),
    ("qwen-vl", {"conversations": said("What?", "<ref>mug</ref><box>(1,2),(3,4)</box>")}),
    ("qwen-vl", {"conversations": said("Hi.", "Hello.", names=ROLES)}),
    ("qwen2-vl", {"conversations": said("<image>\n?", "<|box_start|>(1,2),(3,4)<|box_end|>"), "image": "a.jpg"}),
    ("qwen2.5-vl", {"conversations": said("<image>\n?", '[{"bbox_2d": [1, 2, 1920, 4]}]'), "image": "a.jpg"}),
    ("qwen3-vl", {"conversations": said("<image>\n?", '[{"bbox_2d": [1, 2, 1000, 4]}]'), "image": "a.jpg"}),
    ("llava", {"conversations": said("<image>\n?", "mug: [0.10, 0.20, 0.30, 0.40]"), "image": "a.jpg"}),
    ("llava", {"conversations": said("<image>\n?", "mug: [10, 20, 30, 40]"), "image": "a.jpg"}),
    ("llava", {"conversations": said("<image>\n?", "A mug."), "image": "a.jpg"}),
    ("minigpt-v2", {"conversations": said("[detection] mug", "<p>mug</p> {<1><2><3><4>}"), "image": "a.jpg"}),
    ("vary-toy", {"conversations": said("<image>\n?", "mug[[001,002,003,004]]"), "image": "a.jpg"}),
    ("cogvlm", {"conversations": said("?", "A mug.", names=ROLES, keys=CONTENT)}),
    ("swift", {"messages": said("<image>?", "<bbox>", names=ROLES, keys=CONTENT), "objects": {"bbox": [[1, 2, 3, 4]]}}),
    ("llama-factory", {"messages": said("<image>?", '[{"bbox_2d": [1, 2, 3, 4]}]', names=ROLES, keys=CONTENT)}),
    ("glm-4.5v", {"messages": said("?", "<|begin_of_box|>[1,2,3,4]<|end_of_box|>", names=ROLES, keys=CONTENT)}),
    (
        "glm-4v",
        {"messages": [{"role": "user", "content": "?", "image": "a.jpg"}, {"role": "assistant", "content": "!"}]},
    ),
    (
        "openai",
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a/b"}}]}]},
    ),
    ("huggingface", {"messages": [{"role": "user", "content": [{"type": "image"}]}], "images": []}),
    ("gemini", {"contents": [{"role": "user", "parts": [{"text": "?"}]}]}),
    ("trl", {"prompt": said("?", names=ROLES, keys=CONTENT), "completion": []}),
    ("visualglm", {"img": "a.jpg", "prompt": "?", "label": "A mug."}),
]


@pytest.mark.parametrize("ending", ["json", "jsonl"])
@pytest.mark.parametrize(("name", "row"), DIALECTS)
def test_a_dialect_is_known_by_its_rows(name: str, row: dict[str, Any], ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"rows.{ending}"
    path.write_text(json.dumps(row) if ending == "jsonl" else json.dumps([row, row]))
    assert [each.name for each in dialects(path)] == [name]


def test_json_lines_under_json_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("".join(json.dumps({"messages": said("?", "!", names=ROLES, keys=CONTENT)}) + "\n" for _ in "ab"))
    (known,) = dialects(path)
    assert known.name == "swift"
    assert "llama-factory" in known.why


@pytest.mark.parametrize(
    "row", [{"instruction": "?", "output": "!"}, {"paragraph": [{"q": "?", "a": "!"}]}, {"a": 1}, [1], 7]
)
def test_what_no_target_writes_has_no_dialect(row: object, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert dialects(path) == []


MARKS = (  # with a space between
    "<image> <img>a</img> <box>(1,2),(3,4)</box> <box>(9,2),(3,1000) <ref>x</ref> </ref> <|im_end|> <|box_start|> "
    '<bbox> <|box_start|>(1,2),(3,4)<|box_end|> [{"bbox_2d":[1,2,3,4],"label":"x"}] "bbox_2d":[1, '
    '{"box_2d":[4,3,2,1e999]} [0.1,0.2,0.3,0.4] [[001,002,003,004]] [[1,2]] {<1><2><3><400>} [1,2,3,4] <ref-object> '
    'Picture\u00a03: assistant <|begin_of_box|>[1,2,3]<|end_of_box|> e\u0301 \ud800 {} "bbox_2d":[] [[]] {<>}'
)
WORDS = st.text(max_size=12) | st.sampled_from(MARKS.split())
TEXT = st.lists(WORDS, max_size=4).map("".join)
ODD: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
BLOCK = st.dictionaries(st.sampled_from(["type", "text", "image_url", "fileData", "url"]), ODD, max_size=3)
TURN = st.fixed_dictionaries(
    {},
    optional={
        "from": ODD | st.sampled_from(["human", "gpt", "user", "assistant"]),
        "role": ODD | st.sampled_from(["user", "assistant", "system", "model"]),
        "value": ODD,
        "content": ODD | st.lists(BLOCK | ODD, max_size=3),
        "parts": ODD | st.lists(BLOCK | ODD, max_size=3),
        "image": ODD,
    },
)
BOX = st.lists(st.integers(-9, 2000) | st.floats() | TEXT, max_size=5)
ROW = st.fixed_dictionaries(
    {},
    optional={
        **{key: ODD | st.lists(TURN | ODD, max_size=4) for key in ("conversations", "messages", "contents", "prompt")},
        "completion": ODD | st.lists(TURN, max_size=2),
        "image": ODD | st.lists(ODD, max_size=2),
        "images": ODD | st.lists(ODD, max_size=2),
        "objects": ODD
        | st.fixed_dictionaries(
            {}, optional={"bbox": ODD | st.lists(BOX | ODD), "ref": ODD, "image_id": st.lists(ODD)}
        ),
        "id": ODD,
        "system": ODD,
        "history": ODD | st.lists(ODD | st.lists(ODD, max_size=3), max_size=2),
        "label": ODD,
        "lint_ignore": ODD | st.lists(ODD),
    },
)


SPOKEN = [name for name in TARGETS if isinstance(getattr(load_target(name), "GRAMMAR", None), Grammar)]


@pytest.mark.parametrize("name", SPOKEN)
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW | ODD, min_size=1, max_size=4), limit=st.sampled_from([None, 20]))
def test_whatever_stands_in_rows_is_looked_at(tmp_path: Path, name: str, rows: list[Any], limit: int | None) -> None:
    """No row brings lint down, whatever the dialect, and each finding says where and what to do."""
    path = tmp_path / "rows.json"
    path.write_bytes(json.dumps(rows, allow_nan=True).encode("utf-8", "surrogatepass"))
    report = lint(
        path, Settings(source=name, check_images=False, shown=None, max_length=limit, select=("TG", "CV", "TK", "GE01"))
    )
    assert all(each.file == str(path) and each.message and each.remedy for each in report.findings)


def test_columns_of_one_batch() -> None:
    """Rows, turns, texts and marks name their places, and texts know what stands in them."""
    rows = [
        {"conversations": said("Picture 1: <img>a.jpg</img>\nWhere?", "<box>(1, 2)</box>", names=ROLES)},
        {"conversations": [7, {"from": "user", "value": "Hi."}]},
    ]
    chats = Chats("a.json", [Row(f"/{at}", row) for at, row in enumerate(rows)], load_target("qwen-vl"))
    assert [text.at for text in chats.texts] == [
        "/0/conversations/0/value",
        "/0/conversations/1/value",
        "/1/conversations/1/value",
    ]
    assert [(row, fault.code, fault.at) for row, fault in chats.faults] == [(1, "AN004", "/1/conversations/0")]
    assert chats.places_of_pictures.tolist() == [1, 0]
    assert [(text, fault.code) for text, fault in chats.marks] == [(1, "TG003"), (1, "TG006")]
    assert chats.places("marks", [0]) == [("a.json", "/0/conversations/1/value")]
    assert chats.media.names == ["a.jpg"]


def test_boxes_of_whole_numbers_may_be_those_of_yi_vl(tmp_path: Path) -> None:
    row = {"conversations": said("<image>\n?", "mug: [10, 20, 30, 40]"), "image": "a.jpg"}
    (tmp_path / "t.json").write_text(json.dumps([row]))
    assert "--as yi-vl" in dialects(tmp_path / "t.json")[0].why

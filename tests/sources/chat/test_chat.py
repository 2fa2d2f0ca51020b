"""Conversations read back: golden cases a folder each, real data, round trips through Qwen-VL's tags, damage.

A case is `in/`, `options.json` (`input`; `check`; `pictures` are made of these sizes) and `out.json`. In it a turn is
one line: words as they are, pictures as `<image 0>`, references in braces, boxes as `[words@picture corners]`.
"""

import gc
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import chat, load_source
from mmdata.converters.targets import load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.converters.templates.scene import Asking, Scene
from mmdata.converters.templates.tasks_asked import chat as passed_on
from mmdata.converters.templates.wordings import load_wordings
from mmdata.pipelines.convert import convert
from mmdata.pipelines.job import Job, Limit
from mmdata.pipelines.progress import Silent
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import InputError, MmdataError
from PIL import Image

CASES = Path(__file__).parent / "cases"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
SIDES = ("x1", "y1", "x2", "y2")


class Result:
    """What one read gave: rows, rejections as objects, and the accounting."""

    def __init__(self, path: Path, *, check: bool = False, images: Path | None = None, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = Pictures(images or chat.default_images(path), check=check)
        self.rows: list[dict[str, Any]] = []
        self.batches = list(chat.read(path, chat.Options(**options), pictures, self.accounting))
        for batch in self.batches:
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]
        counts = self.accounting.balance()
        media = sum(len(row["media"]) for row in self.rows)
        for kind, kept in (("images", media), ("annotations", len(self.rows))):
            assert counts[kind]["read"] == kept + sum(counts[kind]["rejected"].values())

    def said(self) -> dict[str, Any]:
        """As a case's `out.json` holds it."""
        return {
            "records": [
                {
                    "id": row["id"],
                    "at": row["at"],
                    "media": [f"{each['kind']} {each['path']}" for each in row["media"]],
                    "turns": [
                        f"{turn['role']}: {''.join(map(shown, turn['parts']))}"
                        for turn in row["conversations"][0]["turns"]
                    ],
                }
                for row in self.rows
            ],
            "rejected": [[each[key] for key in ("kind", "code", "at", "value", "message")] for each in self.rejected],
            "inputs": [Path(each.path).name for each in self.accounting.inputs],
        }


def shown(part: dict[str, Any]) -> str:
    """A part in the notation of the cases."""
    if part["kind"] == "text":
        return str(part["text"])
    if part["kind"] == "ref":
        return f"{{{part['text']}}}"
    if part["kind"] in ("image", "video", "audio"):
        return f"<{part['kind']} {part['media']}>"
    corners = part["quad"] or [part[side] for side in SIDES]
    words = "" if part["text"] is None else part["text"]
    return f"[{words}@{part['media']} {','.join(f'{each:g}' for each in corners)}]"


def outcome_of(case: str) -> dict[str, Any]:
    """What a case's files give."""
    folder = CASES / case / "in"
    options = json.loads((CASES / case / "options.json").read_text())
    path = folder / options.pop("input")
    options.pop("pictures", None)
    try:
        outcome = Result(path, images=folder if options.get("check") else None, **options).said()
    except MmdataError as error:
        place = error.place.replace(str(folder), "").lstrip("/")
        outcome = {"error": [type(error).__name__, place, error.fact.replace(str(folder), ""), error.remedy]}
    return dict(json.loads(json.dumps(outcome)))


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    """What a case's files give is what its `out.json` says, to the last value."""
    assert outcome_of(case) == json.loads((CASES / case / "out.json").read_text(encoding="utf-8"))


def test_a_long_file_leaves_nothing_for_the_garbage_collector(tmp_path: Path) -> None:
    """A conversion runs without it: a cycle a row would grow with the file."""
    row = {"messages": [{"role": "user", "content": "<image>?"}, {"role": "assistant", "content": "a"}], "image": "a"}
    left = []
    for rows in (10, 1000):
        torn = "{torn\n" * rows
        (tmp_path / f"{rows}.jsonl").write_text((json.dumps(row) + "\n") * rows + torn)
        gc.collect()
        gc.disable()
        try:
            Result(tmp_path / f"{rows}.jsonl")
            left.append(gc.collect())
        finally:
            gc.enable()
    assert left[1] - left[0] < 500


# pictures that EXIF turns


def test_boxes_are_of_the_stored_picture_and_turn_with_it(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 200))
    exif = picture.getexif()
    exif[0x0112] = 6  # shown a quarter turn clockwise: 200 wide, 400 high
    picture.save(tmp_path / "a.jpg", exif=exif)
    turns = [
        {"from": "user", "value": "Picture 1: <img>a.jpg</img>\nWhere?"},
        {"from": "assistant", "value": "<ref>mug</ref><box>(0,0),(500,250)</box>"},
    ]
    (tmp_path / "rows.json").write_text(json.dumps([{"conversations": turns}]))
    parts = Result(tmp_path / "rows.json", check=True).rows[0]["conversations"][0]["turns"][1]["parts"]
    # stored (0, 0) – (200, 50) is, turned, the band 150 … 200 across and 0 … 200 down
    assert [parts[0][side] for side in SIDES] == [150.0, 0.0, 200.0, 200.0]


# real data


@pytest.mark.parametrize(
    ("place", "conversations", "media"),
    [
        ("zh/visualglm/data/finetune_train_examples.json", 80, {"image": 80}),
        ("chat/llava/playground/data/coco2014_val_gpt4_qa_30x3.jsonl", 90, {"image": 90}),
        ("chat/qwen3vl/qwen-vl-finetune/demo/single_images.json", 3, {"image": 3}),
        ("chat/qwen3vl/qwen-vl-finetune/demo/video.json", 3, {"video": 3}),
        ("chat/llamafactory/data/mllm_demo.json", 6, {"image": 8}),
        ("chat/llamafactory/data/mllm_video_demo.json", 3, {"video": 3}),
        ("chat/llamafactory/data/mllm_audio_demo.json", 3, {"audio": 3}),
        ("chat/llamafactory/data/mllm_video_audio_demo.json", 3, {"video": 3, "audio": 3}),
        ("chat/llamafactory/data/v1_multimodal_demo.jsonl", 24, {"image": 32}),
    ],
)
def test_every_real_conversation_is_read(shared: Path, place: str, conversations: int, media: dict[str, int]) -> None:
    result = Result(shared / "data" / place)
    assert not result.rejected
    assert len(result.rows) == conversations
    kinds = [each["kind"] for row in result.rows for each in row["media"]]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == media


def words_of(value: object) -> str:
    """The words of a message, without the tags."""
    if isinstance(value, list):
        return "".join(words_of(each) for each in value)
    if isinstance(value, dict):
        return str(value["value"]) if value["type"] == "text" else ""
    return str(value).replace("<image>", "")


@pytest.mark.parametrize("name", ["mllm_demo.json", "v1_multimodal_demo.jsonl"])
def test_no_word_is_lost(shared: Path, name: str) -> None:
    path = shared / "data/chat/llamafactory/data" / name
    text = path.read_text(encoding="utf-8")
    rows = json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.splitlines() if line]
    for row, read in zip(rows, Result(path).rows, strict=True):
        for message, turn in zip(row["messages"], read["conversations"][0]["turns"], strict=True):
            assert "".join(part["text"] or "" for part in turn["parts"]) == words_of(message["content"])


@pytest.mark.parametrize(
    ("place", "samples"),
    [
        ("zh/visualglm/data/finetune_train_examples.json", 80),
        ("chat/qwen3vl/qwen-vl-finetune/demo/single_images.json", 3),
        ("chat/llamafactory/data/mllm_demo.json", 6),
        ("chat/llamafactory/data/v1_multimodal_demo.jsonl", 24),
    ],
)
def test_pictures_of_real_conversations_are_found_and_written(
    shared: Path, tmp_path: Path, place: str, samples: int
) -> None:
    job = Job("chat", shared / "data" / place, tmp_path / "out", max_rejected=Limit(count=0, share=None))
    summary = convert(job, Silent())
    assert summary.manifest["accounting"]["samples"] == {"read": samples, "written": samples, "rejected": {}}


@pytest.mark.parametrize(
    ("place", "known"),
    [
        ("zh/visualglm/data/finetune_train_examples.json", True),
        ("chat/llamafactory/data/v1_multimodal_demo.jsonl", True),
        ("vqa/textvqa_val400_questions.json", False),
        ("vqa/easy_vqa/questions.json", False),
        ("chat/llava/llava/eval/table/caps_boxes_coco2014_val_80.jsonl", False),
        ("chat/llava/playground/data/coco2014_val_qa_eval/qa90_questions.jsonl", False),
        ("ref/refcocos_ccby.json", False),
        ("coco/instances_ccby/annotations/instances_val2017.json", False),
        ("nothing/here.json", False),
    ],
)
def test_sniff(shared: Path, place: str, known: bool) -> None:
    assert bool(chat.sniff(shared / "data" / place)) == known


def test_registry_leads_here() -> None:
    assert load_source("chat").NAME == chat.NAME == "chat"


# properties

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>"), min_size=1, max_size=8).map(
    lambda text: f"a{text}z"  # no joining mark after a tag, no heading before one
)
CELL = st.integers(0, 499)
CORNERS = st.tuples(CELL, CELL).flatmap(
    lambda at: st.tuples(st.just(at[0]), st.just(at[1]), st.integers(at[0], 999), st.integers(at[1], 999))
)
BOXES = st.lists(CORNERS, min_size=1, max_size=3)


def run(words: str, boxes: list[tuple[int, int, int, int]]) -> str:
    """Words with their boxes, as Qwen-VL writes them."""
    return f"<ref>{words}</ref>" + "".join(f"<box>({a},{b}),({c},{d})</box>" for a, b, c, d in boxes)


TURN = st.lists(WORDS | st.builds(run, WORDS, BOXES), min_size=1, max_size=4).map(" ".join)


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures of odd sizes."""
    folder = tmp_path_factory.mktemp("gallery")
    for name, size in (("a.png", (641, 333)), ("b.png", (97, 1013))):
        Image.new("RGB", size).save(folder / name)
    return folder


@RELAXED
@given(st.lists(st.tuples(TURN, TURN), min_size=1, max_size=3))
def test_qwen_vl_s_own_rows_come_back_as_they_were(gallery: Path, exchanges: list[tuple[str, str]]) -> None:
    head = f"Picture 1: <img>{gallery}/a.png</img>\n"
    turns = [
        {"from": role, "value": text}
        for number, (question, answer) in enumerate(exchanges)
        for role, text in (("user", question if number else head + question), ("assistant", answer))
    ]
    assert rewritten(gallery, turns) == turns


@RELAXED
@given(BOXES, BOXES, st.booleans(), WORDS)
def test_a_box_stays_on_the_picture_that_its_heading_names(
    gallery: Path,
    first: list[tuple[int, int, int, int]],
    second: list[tuple[int, int, int, int]],
    late: bool,
    said: str,
) -> None:
    shown = [f"Picture {number}: <img>{gallery}/{name}.png</img>\n" for number, name in ((1, "a"), (2, "b"))]
    answer = f"Picture 1: {run(said, first)}\nPicture 2: {run(said, second)}"
    turns = [{"from": "user", "value": shown[0] + ("" if late else shown[1]) + said}]
    if late:
        turns += [{"from": "assistant", "value": "no"}, {"from": "user", "value": shown[1] + said}]
    turns.append({"from": "assistant", "value": answer})
    assert rewritten(gallery, turns) == turns


def rewritten(gallery: Path, turns: list[dict[str, str]]) -> list[dict[str, str]]:
    """Qwen-VL's turns, read and written again."""
    target = load_target("qwen-vl")
    (gallery / "rows.json").write_text(json.dumps([{"id": "r", "conversations": turns}]))
    result = Result(gallery / "rows.json", check=True)
    assert not result.rejected
    (batch,) = result.batches
    made = passed_on(Scene(_settled(batch, gallery), Asking(load_wordings("en")))).batch
    assert not target.refuse(made, RenderOptions())
    (row,) = target.render(made, RenderOptions())
    return list(json.loads(row)["conversations"])


def _settled(batch: Any, gallery: Path) -> Any:
    """The batch with the pictures' sizes and paths, as the pipeline gives it to the tasks."""
    import pyarrow as pa

    rows = batch.to_pylist()
    for row in rows:
        for medium in row["media"]:
            with Image.open(gallery / medium["path"]) as picture:
                medium["width"], medium["height"] = picture.size
            medium["path"] = str(gallery / Path(medium["path"]).name)
    return pa.RecordBatch.from_pylist(rows, schema=ANNOTATIONS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(["user", "gpt", "<bbox>"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "messages",
                    "conversations",
                    "role",
                    "from",
                    "content",
                    "value",
                    "images",
                    "type",
                    "url",
                    "objects",
                    "bbox",
                ]
            ),
            inner,
        )
    ),
    max_leaves=25,
)


@RELAXED
@given(st.lists(JSON, max_size=6))
def test_well_formed_nonsense_is_conversations_rejections_or_an_input_error(tmp_path: Path, content: Any) -> None:
    (tmp_path / "rows.json").write_text(json.dumps(content))
    try:
        Result(tmp_path / "rows.json")
    except InputError as error:
        assert error.remedy


@RELAXED
@given(st.data())
def test_damage_is_conversations_rejections_or_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    files = ["qwen_vl/in/rows.json", "ms_swift_objects/in/rows.jsonl", "visualglm/in/rows.json"]
    case = data.draw(st.sampled_from(files))
    whole = (CASES / case).read_bytes()
    torn = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "rows.json").write_bytes(bytes(torn))
    for name in ("a.png", "b.png"):
        shutil.copy(CASES / "qwen_vl/in" / name, tmp_path)
    try:
        Result(tmp_path / "rows.json", check=True, images=tmp_path)
    except InputError as error:
        assert error.remedy

"""Documents read back: golden cases a folder each, real data, round trips, embedded pictures and damage by property.

A case is one file in `in/`, and `out.json`.
"""

import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import interleaved, load_source
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import InputError, MmdataError

CASES = Path(__file__).parent / "cases"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Result:
    """What one read gave: rows, rejections as objects, and the accounting."""

    def __init__(self, path: Path, pictures: Pictures | None = None) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = pictures or Pictures(interleaved.default_images(path), check=False)
        self.rows: list[dict[str, Any]] = []
        for batch in interleaved.read(path, interleaved.Options(), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]
        counts = self.accounting.balance()
        kept = {"images": sum(len(row["media"]) for row in self.rows), "annotations": len(self.rows)}
        for kind, number in kept.items():
            assert counts[kind]["read"] == number + sum(counts[kind]["rejected"].values())

    def said(self) -> list[list[Any]]:
        """Every record: its id and place, and its turns with parts as words or [kind, path, …]."""
        return [[row["id"], row["at"], *(turn_of(turn, row) for turn in turns_of(row))] for row in self.rows]


def turns_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    (conversation,) = row["conversations"]
    return list(conversation["turns"])


def turn_of(turn: dict[str, Any], row: dict[str, Any]) -> list[Any]:
    def part(each: dict[str, Any]) -> Any:
        if each["kind"] == "text":
            return each["text"]
        medium = row["media"][each["media"]]
        if each["kind"] in ("image", "video", "audio"):
            size = [medium["width"], medium["height"]] if medium["width"] else []
            return [each["kind"], medium["path"], *size]
        return [
            each["kind"],
            each["text"],
            each["media"],
            each["quad"] or [each[side] for side in ("x1", "y1", "x2", "y2")],
        ]

    return [turn["role"], *map(part, turn["parts"])]


def outcome_of(case: str) -> dict[str, Any]:
    """What a case's file gives."""
    (path,) = (CASES / case / "in").iterdir()
    try:
        result = Result(path)
    except MmdataError as error:
        return {"error": [type(error).__name__, Path(error.place).name, error.fact, error.remedy]}
    outcome = {
        "records": result.said(),
        "rejected": [[each[key] for key in ("code", "kind", "at", "value", "message")] for each in result.rejected],
    }
    return dict(json.loads(json.dumps(outcome)))


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    expected = json.loads((CASES / case / "out.json").read_text(encoding="utf-8"))
    assert json.dumps(outcome_of(case), indent=1) == json.dumps(expected, indent=1)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_every_shape_is_known_by_its_first_row(case: str) -> None:
    (path,) = (CASES / case / "in").iterdir()
    assert bool(interleaved.sniff(path)) == (case not in ("nothing_of_ours", "obelics_that_cannot_be_read"))


def test_registry_leads_here() -> None:
    assert load_source("interleaved").NAME == interleaved.NAME == "interleaved"


# real data


def test_data_juicer_s_demo_shows_what_the_file_lists(shared: Path) -> None:
    path = shared / "data/dup/datajuicer/demos/data/demo-dataset-images.jsonl"
    pictures = Pictures(interleaved.default_images(path))
    result = Result(path, pictures)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(result.rows) == len(rows) > 0
    assert not result.rejected
    for row, record in zip(rows, result.rows, strict=True):
        found = [pictures.find(medium["path"]) for medium in record["media"]]
        assert [each.resolve() for each in found] == [(path.parent / each).resolve() for each in row["images"]]
        words = [part["text"] for part in turns_of(record)[0]["parts"] if part["kind"] == "text"]
        assert [word for text in words for word in text.split()] == re.sub(r"<[^>]*>", " ", row["text"]).split()


@pytest.mark.parametrize(
    "place", ["chat/llava", "chat/qwen3vl", "chat/llamafactory", "vqa", "coco/instances_ccby", "ref", "zh/visualglm"]
)
def test_other_formats_are_not_taken_for_documents(shared: Path, place: str) -> None:
    files = [*(shared / "data" / place).rglob("*.json"), *(shared / "data" / place).rglob("*.jsonl")]
    assert files
    assert [file for file in files if interleaved.sniff(file)] == []


# tables


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(3 * width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_table_is_read_as_the_same_rows_of_json_are(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (CASES / "obelics/in/rows.jsonl").read_text().splitlines()]
    (tmp_path / "a").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a/rows.parquet")
    with pa.ipc.new_stream(str(tmp_path / "rows.arrow"), pa.Table.from_pylist(rows).schema) as stream:
        stream.write_table(pa.Table.from_pylist(rows))
    wanted = [turns for _, _, *turns in Result(CASES / "obelics/in/rows.jsonl").said()]
    for path in (tmp_path / "a/rows.parquet", tmp_path / "rows.arrow", tmp_path / "a"):
        assert [turns for _, _, *turns in Result(path).said()] == wanted
    assert interleaved.sniff(tmp_path / "rows.arrow")


def test_pictures_that_stand_in_a_table_are_unpacked(tmp_path: Path) -> None:
    kind = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    one, two = png(4, 3), png(5, 6)
    images = [
        [{"bytes": one, "path": "a.png"}, None, {"bytes": two, "path": None}],
        [{"bytes": b"", "path": "e.png"}, None],
    ]
    texts = [[None, "Words.", None], [None, "No picture."]]
    table = pa.table({"images": pa.array(images, kind), "texts": pa.array(texts, pa.list_(pa.string()))})
    pq.write_table(table, tmp_path / "rows.parquet")
    pictures = Pictures(tmp_path)
    result = Result(tmp_path / "rows.parquet", pictures)
    (record,) = result.rows
    paths = [pictures.find(each["path"]) for each in record["media"]]
    assert [path.read_bytes() for path in paths] == [one, two]
    assert [(facts.width, facts.height) for facts in map(pictures.facts, paths)] == [(4, 3), (5, 6)]
    assert [(each["code"], each["at"]) for each in result.rejected] == [("IM002", "/1/0"), ("IM002", "/1/0")]


# properties; the folder of the pictures is given, as a text that begins with `../` moves the one that is guessed

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)
PIECES = st.lists(st.tuples(st.booleans(), WORDS), min_size=1, max_size=8)


@RELAXED
@given(st.lists(PIECES, min_size=1, max_size=4))
def test_obelics_is_read_in_order(tmp_path: Path, documents: list[list[tuple[bool, str]]]) -> None:
    lines = []
    for pieces in documents:
        images = [f"{number}.png" if shown else None for number, (shown, _) in enumerate(pieces)]
        lines.append(json.dumps({"images": images, "texts": [None if shown else text for shown, text in pieces]}))
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    result = Result(tmp_path / "rows.jsonl", Pictures(tmp_path, check=False))
    assert not result.rejected
    for pieces, row in zip(documents, result.rows, strict=True):
        wanted: list[Any] = []
        for number, (shown, text) in enumerate(pieces):
            if not shown and wanted and isinstance(wanted[-1], str):
                wanted[-1] += "\n\n" + text
            else:
                wanted.append(["image", f"{number}.png"] if shown else text)
        assert turn_of(turns_of(row)[0], row)[1:] == wanted


@RELAXED
@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(st.integers(0, 5), max_size=6))
def test_mmc4_s_pictures_stand_before_their_sentences(tmp_path: Path, sentences: list[str], matched: list[int]) -> None:
    places = [each % len(sentences) for each in matched]
    info = [{"image_name": f"{at}.jpg", "matched_text_index": place} for at, place in enumerate(places)]
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text_list": sentences, "image_info": info}))
    (row,) = Result(tmp_path / "rows.jsonl", Pictures(tmp_path, check=False)).rows
    wanted: list[Any] = []
    for number, sentence in enumerate(sentences):
        shown = [["image", f"{at}.jpg"] for at, place in enumerate(places) if place == number]
        wanted += shown
        if wanted and isinstance(wanted[-1], str):
            wanted[-1] += " " + sentence
        else:
            wanted.append(sentence)
    assert turn_of(turns_of(row)[0], row)[1:] == wanted


KEYS = [
    "images",
    "texts",
    "text",
    "text_list",
    "image_info",
    "segments",
    "t",
    "v",
    "role",
    "file",
    "matched_text_index",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["<__dj__image>", "turn", "image", "box", "text", "user", "assistant"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=25,
)  # fmt: skip


@RELAXED
@given(st.lists(JSON, max_size=6))
def test_well_formed_nonsense_is_documents_rejections_or_an_input_error(tmp_path: Path, content: Any) -> None:
    (tmp_path / "rows.json").write_text(json.dumps(content))
    try:
        Result(tmp_path / "rows.json")
    except InputError as error:
        assert error.remedy


@RELAXED
@given(st.data())
def test_damage_is_documents_rejections_or_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(["obelics", "mmc4", "data_juicer", "segments"]))
    whole = (CASES / case / "in/rows.jsonl").read_bytes()
    ending = "jsonl"
    if case == "obelics" and data.draw(st.booleans()):
        rows = [json.loads(line) for line in whole.splitlines()]
        ending = data.draw(st.sampled_from(["parquet", "arrow"]))
        if ending == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), tmp_path / "whole")
        else:
            with pa.ipc.new_stream(str(tmp_path / "whole"), pa.Table.from_pylist(rows).schema) as stream:
                stream.write_table(pa.Table.from_pylist(rows))
        whole = (tmp_path / "whole").read_bytes()
    torn = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / f"rows.{ending}").write_bytes(bytes(torn))
    try:
        Result(tmp_path / f"rows.{ending}")
    except InputError as error:
        assert error.remedy

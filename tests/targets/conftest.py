"""Conversation batches of plain data, for the tests of every target.

A sample is {"id", "media": [[path, width, height], …], "turns": [[role, [part, …]], …]}; a part is a text,
{"image": n}, {"box": [x1, y1, x2, y2], "text": label or null, "media": n}, {"quad": [8 numbers], …}, {"ref": words},
or another kind by its name.
"""

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pytest
from mmdata.schemas.box import hull
from mmdata.schemas.conversation import CONVERSATIONS, KINDS, MEDIA, PART, ROLES, TURN

NOTHING = {"text": None, "media": 0, "x1": 0.0, "y1": 0.0, "x2": 0.0, "y2": 0.0, "quad": None}


def part_of(said: Any) -> dict[str, Any]:
    """One part with all its fields."""
    if isinstance(said, str):
        return {**NOTHING, "kind": "text", "text": said}
    kind = next(name for name in KINDS[1:] if name in said)
    part = {**NOTHING, "kind": kind, "text": said.get("text"), "media": said.get("media", 0)}
    if kind in ("image", "video", "audio"):
        part["media"] = said[kind]
    elif kind == "ref":
        part["text"] = said["ref"]
    elif kind == "quad":
        part |= {"quad": said["quad"], **hull(said["quad"])._asdict()}
    elif kind == "point":
        part |= dict(zip(("x1", "y1"), map(float, said["point"]), strict=True))
    elif kind == "box":
        part |= dict(zip(("x1", "y1", "x2", "y2"), map(float, said["box"]), strict=True))
    return part


def dictionary(values: list[Any], words: list[str], index: pa.DataType) -> pa.Array:
    codes = [None if value is None else words.index(value) for value in values]
    return pa.DictionaryArray.from_arrays(pa.array(codes, index), pa.array(words, pa.string()))


def struct(rows: list[dict[str, Any]], kind: pa.DataType, dictionaries: dict[str, list[str]]) -> pa.Array:
    columns = []
    for field in kind:
        values = [row.get(field.name) for row in rows]
        words = dictionaries.get(field.name)
        columns.append(dictionary(values, words, field.type.index_type) if words else pa.array(values, field.type))
    return pa.StructArray.from_arrays(columns, fields=list(kind))


def lists(counts: list[int], values: pa.Array, kind: pa.DataType) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array([0, *accumulate(counts)], pa.int32()), values).cast(kind)


def conversations(samples: list[dict[str, Any]]) -> pa.RecordBatch:
    media = [
        {"kind": "image", "path": path, "width": width, "height": height}
        for sample in samples
        for path, width, height in sample["media"]
    ]
    turns = [turn for sample in samples for turn in sample["turns"]]
    parts = [part_of(part) for _, held in turns for part in held]
    texts = sorted({part["text"] for part in parts} - {None}) or [""]
    part_array = struct(parts, PART, {"kind": list(KINDS), "text": texts})
    held = lists([len(parts) for _, parts in turns], part_array, TURN.field("parts").type)
    roles = dictionary([role for role, _ in turns], list(ROLES), pa.int8())
    columns = [
        pa.array([sample["id"] for sample in samples]),
        dictionary(["detect"] * len(samples), ["detect"], pa.int8()),
        pa.array(range(len(samples)), pa.int32()),
        pa.array([[] for _ in samples], pa.list_(pa.int32())),
        lists(
            [len(sample["media"]) for sample in samples],
            struct(media, MEDIA, {"kind": ["image"]}),
            CONVERSATIONS.field("media").type,
        ),
        lists(
            [len(sample["turns"]) for sample in samples],
            pa.StructArray.from_arrays([roles, held], fields=list(TURN)),
            CONVERSATIONS.field("turns").type,
        ),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=CONVERSATIONS)


@pytest.fixture(scope="session")
def batch_of() -> Callable[[list[dict[str, Any]]], pa.RecordBatch]:
    """A conversation batch of samples."""
    return conversations

"""Pairs of files, as CogVLM-SFT-311K has them: `images/NAME.jpg` and `labels/NAME.json`, one pair a sample.

A row here is `{"id", "picture": {"$file", "as"}, "label": {"as", "$json"}}`: the form `folder` puts the picture's
bytes and the label file where `as` says. The label file is `{"conversations": [{"role", "content"}, …]}`.

Loaders of pairs look for `.jpg` and nothing else, and one cuts names at the first dot, so a name is the sample's id
with everything but letters, digits, `_` and `-` written as `%XX`. A PNG keeps its bytes under a `.jpg` name: Pillow,
which opens it there, goes by the bytes.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from . import one_picture
from .boxes_text import labels_of_lines, read_boxes, words_and_boxes
from .boxes_words import PAIRS
from .file_names import file_name_of
from .messages import Message
from .parts import Parts
from .pieces import all_escaped, flat, joined, put_images
from .protocol import Decoded, Refusal, RenderOptions
from .read_back import decoded_row, said_in

_ROLES = (b'{"role":"user","content":"', b'{"role":"assistant","content":"')


def refuse(batch: pa.RecordBatch, words: Any) -> list[Refusal]:
    """Samples that the trainer would misread, or not find a picture for."""
    return one_picture.refuse(batch, words) + labels_of_lines(batch)


def render(batch: pa.RecordBatch, options: RenderOptions, labels: str) -> list[bytes]:
    """One row a sample, its label file in the folder `labels`: ASCII JSON, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = words_and_boxes(parts, PAIRS, options)
    put_images(parts, pieces, b"", numbered=False)
    names = [file_name_of(each).encode() for each in parts.ids]
    folder = labels.encode()
    heads = [
        b'{"id":"%s","picture":{"$file":"%s","as":"images/%s.jpg"},"label":{"as":"%s/%s.json","$json":{"conversations":['
        % (identity, path, name, folder, name)
        for identity, path, name in zip(
            all_escaped(parts.ids), one_picture.path_texts(parts, all_escaped(parts.paths)), names, strict=True
        )
    ]
    return joined(parts, pieces, _ROLES, heads, b"]}}}")


def pictures(row: dict[str, Any]) -> list[str]:
    """The picture of a row, as it was before it was put under its name."""
    held = row.get("picture")
    return [held["$file"]] if isinstance(held, dict) and isinstance(held.get("$file"), str) else []


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no conversation."""
    label = row.get("label")
    held = label.get("$json") if isinstance(label, dict) else None
    said = held if isinstance(held, dict) else {}
    return said_in({"id": row.get("id"), **said}, "conversations", "role", "content")


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]]) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side, at the far edge a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, PAIRS)


class _Conversation(msgspec.Struct):
    conversations: list[Message]


class _Label(msgspec.Struct):
    held: _Conversation = msgspec.field(name="$json")


class _Row(msgspec.Struct):
    label: _Label


_ROW = msgspec.json.Decoder(_Row)


def most_tokens(rows: Sequence[bytes], *, around: int, turn: int, picture: int) -> list[int]:
    """An upper bound of the tokens of each row; see `one_picture.most_tokens`."""
    read = [decoded_row(_ROW, row, number).label.held.conversations for number, row in enumerate(rows)]
    texts = [[each.content for each in turns] for turns in read]
    shown = np.ones(len(rows), np.int64).tolist()
    return one_picture.most_tokens(texts, system=around, turn=turn, picture=picture, shown=shown)

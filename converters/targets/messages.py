"""Rows of messages, as ms-swift and LLaMA-Factory read them.

`{"id", "messages": [{"role", "content"}, …], "images": [path, …]}`; `images` is absent where there is none.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ...schemas.errors import InputError
from .parts import Parts
from .pieces import Pieces, all_escaped, joined
from .protocol import Refusal
from .qwen_finetune import image_counts, shown_paths
from .read_back import said_in

ROLES = tuple(b'{"role":"%s","content":"' % role for role in (b"user", b"assistant", b"system"))


def rows(parts: Parts, pieces: Pieces, root: str, more: Sequence[bytes] = ()) -> list[bytes]:
    """The finished pieces as rows; `more` is what else every row has, from its comma on."""
    heads = [b'{"id":"%s","messages":[' % name for name in all_escaped(parts.ids)]
    tails = [b"]%s" % images for images in _images(parts, root)]
    ends = [tail + each for tail, each in zip(tails, more, strict=True)] if more else tails
    return joined(parts, pieces, ROLES, heads, [end + b"}" for end in ends])


def _images(parts: Parts, root: str) -> list[bytes]:
    """Every sample's `images`, from its comma on; nothing where it shows none."""
    counts, paths = image_counts(parts), shown_paths(parts, root)
    if len(paths) == len(counts) and (counts == 1).all():
        return [b',"images":["%s"]' % path for path in paths]
    ends = np.cumsum(counts).tolist()
    return [
        b',"images":["%s"]' % b'","'.join(paths[end - count : end]) if count else b""
        for count, end in zip(counts.tolist(), ends, strict=True)
    ]


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order, as it names them."""
    return list(row.get("images") or [])


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no messages."""
    return said_in(row, "messages", "role", "content")


def names_not_utf8(batch: pa.RecordBatch) -> list[Refusal]:
    """Samples with a picture whose name the reader of the file cannot hold."""
    media = batch.column("media")
    names = media.flatten().field("path").to_pylist()
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy()))
    return [
        Refusal(int(sample[at]), "IM011", ascii(name), "the name is not UTF-8")
        for at, name in enumerate(names)
        if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name)
    ]


class Message(msgspec.Struct):
    """One turn as the tokenizer gets it."""

    role: str
    content: str


class Row(msgspec.Struct):
    """What of a row takes tokens."""

    messages: list[Message]
    images: list[str] = []
    objects: dict[str, list[Any]] = {}


_read = msgspec.json.Decoder(Row).decode


def read_row(row: bytes, number: int) -> Row:
    """A rendered row; `InputError` where it is none."""
    try:
        return _read(row)
    except msgspec.DecodeError as error:
        raise InputError(f"row {number}", f"{error}: {row[:80]!r}", "Give rows of this target's file.") from error

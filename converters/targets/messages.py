"""Rows of messages, as ms-swift and LLaMA-Factory read them.

`{"id", "messages": [{"role", "content"}, …], "images": [path, …], "videos": […], "audios": […]}`; a list is absent
where there is nothing in it, unless the reader wants it always. Where the text shows a medium stands its tag.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ...schemas.conversation import AUDIO, IMAGE, VIDEO
from .parts import Parts
from .pieces import Pieces, all_escaped, joined
from .protocol import Refusal
from .qwen_finetune import image_counts, shown_paths
from .read_back import decoded_row, said_in

ROLES = tuple(b'{"role":"%s","content":"' % role for role in (b"user", b"assistant", b"system"))


COLUMNS = {IMAGE: b"images", VIDEO: b"videos", AUDIO: b"audios"}
"""The list of a row that holds the files of every kind of medium."""

FILMS_AND_SOUNDS = {VIDEO: b"<video>", AUDIO: b"<audio>"}
"""What stands in the text where they are shown."""


def put_films_and_sounds(parts: Parts, pieces: Pieces, after: bytes = b"") -> None:
    """The tag where every film and sound stands, and what follows it."""
    for kind, tag in FILMS_AND_SOUNDS.items():
        pieces.texts[pieces.slot[parts.kind == kind]] = tag + after


def rows(parts: Parts, pieces: Pieces, root: str, more: Sequence[bytes] = (), *, always: bool = False) -> list[bytes]:
    """The finished pieces as rows; `more` is what else every row has, from its comma on. `always`: all lists of media
    stand in every row, empty or not.
    """
    heads = [b'{"id":"%s","messages":[' % name for name in all_escaped(parts.ids)]
    lists = [
        _paths(parts, root, kind, always=always)
        for kind in COLUMNS
        if always or kind == IMAGE or (parts.kind == kind).any()
    ]
    tails = [b"]%s" % b"".join(each) for each in zip(*lists, strict=True)]
    ends = [tail + each for tail, each in zip(tails, more, strict=True)] if more else tails
    return joined(parts, pieces, ROLES, heads, [end + b"}" for end in ends])


def _paths(parts: Parts, root: str, kind: int, *, always: bool) -> list[bytes]:
    """Every sample's list of one kind of media, from its comma on; nothing where it shows none, unless `always`."""
    counts, paths = image_counts(parts, kind), shown_paths(parts, root, kind)
    filled, empty = b',"%s":["%%s"]' % COLUMNS[kind], b',"%s":[]' % COLUMNS[kind] if always else b""
    if len(paths) == len(counts) and (counts == 1).all():
        return [filled % path for path in paths]
    ends = np.cumsum(counts).tolist()
    return [
        filled % b'","'.join(paths[end - count : end]) if count else empty
        for count, end in zip(counts.tolist(), ends, strict=True)
    ]


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order, as it names them."""
    return list(row.get("images") or [])


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no messages."""
    return said_in(row, "messages", "role", "content")


def names_not_utf8(batch: pa.RecordBatch) -> list[Refusal]:
    """Samples with a picture, film or sound whose name the reader of the file cannot hold."""
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
    videos: list[str] = []
    audios: list[str] = []
    objects: dict[str, list[Any]] = {}


_ROW = msgspec.json.Decoder(Row)


def read_row(row: bytes, number: int) -> Row:
    """A rendered row; `InputError` where it is none."""
    return decoded_row(_ROW, row, number)

"""Conversations whose pictures lie in the same file: what webdataset, energon and mds have in common.

No trainer's grid is meant, so the words are those of the target `swift`: `<image>`, `<ref-object>` and `<bbox>` stand
in the text, and `objects` has the words and the boxes in pixels of the upright picture, unrounded, in their order.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from . import swift
from .paths import local_path_faults
from .protocol import PLAIN, Decoded, Refusal, RenderOptions

MEDIA = ("images", "videos", "audios")
"""The lists of a row that name files, in the order in which their files are put inside."""

FILE = "$file"
"""The one key of what stands in a row for a file's bytes (`mmdata.pipelines.shards`)."""

_SAME = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tif": "tiff", "mpeg": "mpg"}


class Conversation(NamedTuple):
    """One sample: what is said, as `swift` says it, without its files; the files, and how many of each list."""

    id: str
    said: dict[str, Any]
    files: list[str]
    counts: dict[str, int]


def conversations(batch: pa.RecordBatch, options: RenderOptions) -> Iterator[Conversation]:
    """The samples of a batch; their files by absolute paths whatever `--image-root`, since bytes are copied."""
    for row in swift.render(batch, replace(options, image_root="")):
        said: dict[str, Any] = msgspec.json.decode(row)
        lists = {kind: list(said.pop(kind, None) or ()) for kind in MEDIA}
        counts = {kind: len(paths) for kind, paths in lists.items() if paths}
        yield Conversation(said["id"], said, [path for paths in lists.values() for path in paths], counts)


def refused(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that could not be told apart from their own tags, and those whose files are not on this machine."""
    media = batch.column("media")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy()))
    paths = media.flatten().field("path")
    said = "the bytes of a picture go into the file, and an address has none here"
    remote = [at for at, (code, _) in local_path_faults(paths).items() if code == "IM012"]
    addresses = [Refusal(int(sample[at]), "IM012", paths[at].as_py(), said) for at in remote]
    return swift.refuse(batch, options) + addresses


_encode = json.JSONEncoder(separators=(",", ":")).encode


def line(row: dict[str, Any]) -> bytes:
    """A row as ASCII JSON without a line break."""
    return _encode(row).encode()


def kind_of(path: str) -> str:
    """What the bytes are by the name of their file: `jpg`, `png`, …; `img` where the name does not say."""
    suffix = PurePosixPath(path).suffix[1:].lower()
    return _SAME.get(suffix, suffix) if suffix.isascii() and suffix.isalnum() and len(suffix) <= 8 else "img"


def named_files(files: Sequence[str]) -> dict[str, str]:
    """A name for each file of a sample: `jpg` for one alone, `0.jpg`, `1.png` for several."""
    if len(files) == 1:
        return {kind_of(files[0]): files[0]}
    return {f"{number}.{kind_of(path)}": path for number, path in enumerate(files)}


def shown_as(value: Any, name: str) -> str:
    """A picture of a row as the row names it: the path of a file not yet inside, else `name`."""
    return str(value[FILE]) if isinstance(value, dict) else name


def tokens(said: Sequence[dict[str, Any]], batch: pa.RecordBatch | None, options: RenderOptions) -> list[int]:
    """As `swift` counts them."""
    return swift.count_tokens([line(each) for each in said], batch, options)


def boxes(said: dict[str, Any], sizes: Sequence[tuple[int, int]], options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of a conversation in pixels, exactly as they were; `InputError` where tags and queues disagree."""
    return swift.decode(said, sizes, options)

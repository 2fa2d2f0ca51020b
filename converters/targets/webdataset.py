"""WebDataset tars (webdataset 1.0, and all that reads its layout): a conversation and its pictures in one tar.

A sample is `KEY.json` and `KEY.jpg`, or `KEY.0.jpg`, `KEY.1.png` where there are several pictures; the bytes are those
of the file. The JSON has `id`, `messages` (`role`, `content`), `images`: the members in the order of their `<image>`,
and `objects` = {`ref`, `bbox`, `image_id`}, filled into `<ref-object>` and `<bbox>` in the order in which they appear.
Boxes: pixels of the upright picture, left, top, right, bottom, unrounded. WebDataset itself has no convention for
conversations or boxes; this is ms-swift's, so that the one grid inside is none at all and the trainer chooses.
Silent there: a dot in a key merges samples, members apart from each other tear them, a key met again merges two
(webdataset #157, #407); keys here are made without dots, unique over all tars. Its decoder leaves what it does not
know by its name as bytes: webp, tiff, gif. A picture is there once for each sample about it: `--task detect,count`
takes twice the room. Text with a place of a picture or box, or a control token of Qwen's, is refused.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from . import swift
from .chat_inside import FILE, boxes, conversations, line, named_files, refused, shown_as, tokens
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .swift import blunt, reserved_in

NAME = "webdataset"
SUMMARY = "WebDataset: tars with the pictures inside and a JSON of messages and boxes beside each"
FRAME = "pixels of the upright picture, unrounded; whoever trains puts them in the model's grid"
LIMITS = "a picture once for each sample about it; 8 GiB a picture; no quads"
RESERVED = swift.RESERVED
CARRIES_QUADS = False
FORM = "webdataset"
PIXELS = swift.PIXELS


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that could not be told apart from their own tags, and those whose files are not on this machine."""
    return refused(batch, options)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One row a sample: its key, its JSON, its files."""
    rows: list[bytes] = []
    for each in conversations(batch, options):
        files = named_files(each.files)
        names = iter(files)
        lists = {kind: [next(names) for _ in range(count)] for kind, count in each.counts.items()}
        row = {"__key__": each.id, "json": each.said | lists}
        rows.append(line(row | {name: {FILE: path} for name, path in files.items()}))
    return rows


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, exactly as they were; `InputError` where tags and queues do not agree."""
    return boxes(row["json"], sizes, options)


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order."""
    return swift.turns(row["json"])


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures of a row in order: their paths while they are outside, then `KEY.MEMBER`."""
    return [shown_as(row[name], f"{row['__key__']}.{name}") for name in row["json"].get("images", ())]


def embedded(row: dict[str, Any]) -> list[bytes]:
    """The bytes of the pictures of a row that was read back, in order."""
    return [row[name] for name in row["json"].get("images", ())]


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row, as `swift` counts them."""
    return tokens([msgspec.json.decode(row)["json"] for row in rows], batch, options)


def token_basis() -> str:
    """One line: the bound that is used."""
    return swift.token_basis()


__all__ = ["blunt", "reserved_in"]

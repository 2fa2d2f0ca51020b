"""MDS (mosaicml-streaming 0.13): `StreamingDataset(local=OUT, split="train")`, conversation and pictures in one row.

Columns: `id` (str), `conversation` (json) and `images` (list[jpeg]: decoded to PIL pictures, their bytes those of the
files, PNG and others too, since the reader opens each by its content). `conversation` has `messages` (`role`,
`content`) and `objects` = {`ref`, `bbox`, `image_id`}, filled into `<ref-object>` and `<bbox>` in their order;
`<image>` stands for the next of `images`.
Boxes: pixels of the upright picture, left, top, right, bottom, unrounded. MDS has no convention for them; this is
ms-swift's. Silent there: its own writer encodes a picture that it gets from memory again, with loss
(streaming/base/format/mds/encodings.py, JPEG.encode), a writer that is not closed leaves no index, and `pkl` columns
run code; none of them is used. EXIF is not looked at: keep `--upright`. Only pictures; films and sounds are refused.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from ...schemas.conversation import ROLES
from . import swift
from .carried import refused_kinds
from .chat_inside import FILE, boxes, conversations, line, refused, shown_as, tokens
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .swift import blunt, reserved_in

NAME = "mds"
SUMMARY = "MosaicML streaming: MDS shards with the pictures inside, messages and boxes in a json column"
FRAME = "pixels of the upright picture, unrounded; whoever trains puts them in the model's grid"
LIMITS = "a picture once for each sample about it; 4 GiB a shard; no quads, films, sounds"
RESERVED = swift.RESERVED
CARRIES_QUADS = False
FORM = "mds"
PIXELS = swift.PIXELS


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that could not be told apart from their own tags, and those with more than pictures."""
    return refused(batch, options) + refused_kinds(batch, roles=ROLES)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One row a sample: a value for each column."""
    rows: list[bytes] = []
    for each in conversations(batch, options):
        said = {name: value for name, value in each.said.items() if name != "id"}
        rows.append(line({"id": each.id, "conversation": said, "images": [{FILE: path} for path in each.files]}))
    return rows


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, exactly as they were; `InputError` where tags and queues do not agree."""
    return boxes(row["conversation"], sizes, options)


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order."""
    return swift.turns(row["conversation"])


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures of a row in order: their paths while they are outside, then the sample's id and their number."""
    return [shown_as(held, f"{row['id']}.{number}") for number, held in enumerate(row["images"])]


def embedded(row: dict[str, Any]) -> list[bytes]:
    """The bytes of the pictures of a row that was read back, in order."""
    return list(row["images"])


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row, as `swift` counts them."""
    return tokens([_said(msgspec.json.decode(row)) for row in rows], batch, options)


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {**row["conversation"], "images": pictures(row)}


def token_basis() -> str:
    """One line: the bound that is used."""
    return swift.token_basis()


__all__ = ["blunt", "reserved_in"]

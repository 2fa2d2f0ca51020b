r"""A data set of Hugging Face `datasets`: Parquet with an Image column, messages, and the boxes as COCO has them.

Columns: `images` (the files, Image features), `messages` as in `typed_messages`, `objects` with a list for each of
`bbox` ([x, y, width, height] in pixels of the upright picture, unrounded, COCO's and ImageFolder's way), `category` (a
ClassLabel of the source's labels; null for other words; absent where no labels are known), `text` (the words of the
box, null where it has none) and `image` (which of `images`, from 0). Boxes also stand in the words of the messages, as
`typed_messages` says. Bytes are embedded, since another's absolute paths are nowhere.
Silent there: `datasets` turns pictures by their EXIF tag, so their boxes must be upright ones: keep `--upright`.
A loader that trains on `messages` trains the questions too (see the target trl). A turned box becomes its hull.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ...schemas.box import Box
from ...schemas.conversation import BOX
from ...schemas.errors import InputError
from . import typed_messages
from .boxes_json import X_FIRST
from .carried import MESSAGES, refused_kinds
from .content_parts import said_by_turn
from .grammar import Grammar
from .grammar_text import json_reader
from .parts import Parts
from .paths import refused_paths
from .pieces import flat, run_labels, run_starts, sample_of_parts
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen2_tokens import shown_tokens
from .qwen3_vl import FACTOR
from .qwen_vl_tokens import text_basis
from .smart_resize import pixel_limits
from .typed_messages import embedded, messages, pictures

NAME = "huggingface"
SUMMARY = "Hugging Face datasets: Parquet with the pictures inside, messages, boxes as COCO has them"
FRAME = "bbox x, y, width, height in pixels of the upright picture, unrounded; in the words integers 0–1000"
LIMITS = "the pictures once for each sample about them; no quads, films"
CARRIES_QUADS = False
FORM = "parquet"
PIXELS = (32 * 32 * 64, 32 * 32 * 16384)
RESERVED: tuple[str, ...] = ()
"""Nothing is misread: the boxes are a column of their own."""


def reserved_in(_text: str) -> str | None:
    """None: nothing is reserved."""
    return None


def blunt(text: str) -> str:
    """The text as it is."""
    return text


GRAMMAR = Grammar(
    hint=re.compile('"(?:bbox|point)_2d"'),
    read=json_reader(X_FIRST, 1000),
    frame="thousandths",
    family="Qwen's JSON",
    asked=True,
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the columns have no place for."""
    return refused_kinds(batch, roles=MESSAGES) + refused_paths(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    return typed_messages.rows(parts, options, "messages", objects_of(parts, options.labels))


def objects_of(parts: Parts, labels: Sequence[str], unsaid: str | None = None) -> list[bytes]:
    """Every sample's `objects`, from its comma on; `unsaid` stands for the words of a box that has none."""
    at = np.flatnonzero(parts.kind == BOX)
    codes = run_labels(parts, at, run_starts(parts)).tolist()
    number = {label: place for place, label in enumerate(labels)}
    texts = {code: _json(unsaid if code < 0 else parts.texts[code]) for code in set(codes)}
    categories = {code: _json(None if code < 0 else number.get(parts.texts[code])) for code in texts}
    boxes = parts.boxes[at].copy()
    boxes[:, 2:] -= boxes[:, :2]
    sample = sample_of_parts(parts)[at]
    image = (parts.medium[at] - parts.first_medium[sample]).tolist()
    ends = np.cumsum(np.bincount(sample, minlength=len(parts.ids))).tolist()
    shapes = boxes.tolist()
    rows: list[bytes] = []
    start = 0
    for end in ends:
        mine = codes[start:end]
        held = (
            msgspec.json.encode(shapes[start:end]),
            b",".join([texts[code] for code in mine]),
            msgspec.json.encode(image[start:end]),
            b',"category":[%s]' % b",".join([categories[code] for code in mine]) if labels else b"",
        )
        rows.append(b',"objects":{"bbox":%s,"text":[%s],"image":%s%s}' % held)
        start = end
    return rows


def _json(value: str | int | None) -> bytes:
    return json.dumps(value).encode()


def columns(options: RenderOptions) -> pa.Schema:
    """The columns of the rows; the labels of the source are the names of `category`."""
    objects = [
        pa.field("bbox", pa.list_(pa.list_(pa.float64()))),
        pa.field("text", pa.list_(pa.string())),
        pa.field("image", pa.list_(pa.int64())),
    ]
    if options.labels:
        names = {"names": json.dumps(options.labels)}
        objects.append(pa.field("category", pa.list_(pa.field("element", pa.int64(), metadata=names))))
    return pa.schema(
        [
            pa.field("id", pa.string()),
            pa.field("messages", typed_messages.MESSAGES),
            typed_messages.PICTURES,
            pa.field("objects", pa.struct(objects)),
        ]
    )


def decode(row: dict[str, Any], _sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, as they were but for the last bit; `InputError` where the lists do not agree."""
    objects: dict[str, Any] = row.get("objects") or {}
    boxes, words, images = (list(objects.get(name) or []) for name in ("bbox", "text", "image"))
    if not len(boxes) == len(words) == len(images):
        fact = f"{len(boxes)} boxes, {len(words)} texts and {len(images)} pictures"
        raise InputError(f"row {row.get('id')!r}: /objects", fact, "Give every box its text, or null, and its picture.")
    return [
        Decoded(text or None, Box(x, y, x + width, y + height), image)
        for (x, y, width, height), text, image in zip(boxes, words, images, strict=True)
    ]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no messages."""
    return said_by_turn(row, messages(row, "messages"), "role", "content")


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row by Qwen3-VL's tokenizer and processor, pictures included."""
    limits = pixel_limits(options, PIXELS)
    shown = None if batch is None else shown_tokens(batch, FACTOR, limits)
    return typed_messages.bound_tokens(rows, ("messages",), shown, limits[1] // FACTOR**2)


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    pictures_as = "(w / 32) · (h / 32) + 2 tokens a picture resized within --min-pixels and --max-pixels"
    return text_basis("Qwen3-VL", pictures_as).replace("exact", "upper bound", 1)


__all__ = ["embedded", "pictures"]

r"""ImageFolder of Hugging Face `datasets`: metadata.jsonl beside the pictures, a folder a split.

A row is that of the target huggingface, with `file_names` for `images`: names relative to the metadata, of which the
loader makes the Image column (datasets packaged_modules/folder_based_builder, head b7cb10b). It has no `category`,
since JSON names no classes, and no nulls: a box without words has "", for a column of nothing but nulls stops the
loader, as a row without a picture does, which is refused.
Silent there: pictures that no row names are left out of the data set; there are none. EXIF as there: keep `--upright`.
"""

import numpy as np
import pyarrow as pa

from . import huggingface, typed_messages
from .huggingface import (
    CARRIES_QUADS,
    FRAME,
    GRAMMAR,
    LIMITS,
    PIXELS,
    RESERVED,
    blunt,
    count_tokens,
    decode,
    pictures,
    reserved_in,
    token_basis,
    turns,
)
from .parts import Parts
from .pieces import flat
from .protocol import Refusal, RenderOptions
from .qwen3_vl import FACTOR

NAME = "imagefolder"
SUMMARY = "Hugging Face ImageFolder: metadata.jsonl beside copies of the pictures, boxes as COCO has them"
FORM = "imagefolder"


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    return typed_messages.rows(parts, options, "messages", huggingface.objects_of(parts, (), ""))


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that the columns have no place for, and those without a picture: the loader fails on an empty list."""
    bare = np.flatnonzero(np.diff(batch.column("media").offsets.to_numpy()) == 0).tolist()
    said = "a row of an ImageFolder shows a picture, and this sample has none"
    return huggingface.refuse(batch, options) + [Refusal(row, "TG020", 0, said) for row in bare]


__all__ = [
    "CARRIES_QUADS",
    "FACTOR",
    "FRAME",
    "GRAMMAR",
    "LIMITS",
    "PIXELS",
    "RESERVED",
    "blunt",
    "count_tokens",
    "decode",
    "pictures",
    "refuse",
    "render",
    "reserved_in",
    "token_basis",
    "turns",
]

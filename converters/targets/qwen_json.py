"""What Qwen2.5-VL and Qwen3-VL share: rows of qwen-vl-finetune whose boxes are JSON, in a grid of the model's own."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas import grid
from ...schemas.conversation import BOX, POINT, REF, TEXT
from . import qwen2_tags, qwen_finetune
from .boxes_json import X_FIRST, BoxList, blunt_boxes, box_text_in, boxes_in, put_boxes
from .parts import Parts
from .pieces import Pieces, flat, headings, put_images, put_texts, run_starts
from .protocol import Decoded, Refusal, RenderOptions
from .read_back import Steps, in_pixels

RESERVED = (*qwen2_tags.RESERVED, '"bbox_2d"', '"point_2d"')
"""The family's control tokens, and the keys by which a text would read as a box or a point."""


def reserved_in(text: str) -> str | None:
    """The first control token in a text, or what reads as a box in it; None where there is neither."""
    return qwen2_tags.reserved_in(text) or box_text_in(text)


def blunt(text: str) -> str:
    """`text` with every control token and everything that reads as a box broken."""
    return blunt_boxes(qwen2_tags.blunt(text))


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that the loader would misread, replace or fail on."""
    return qwen_finetune.refuse(batch, options, reserved_in)


def up_to_steps(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """The largest number of a grid whose far edge has one of its own: 1000 of thousandths."""
    return steps


def laid_out(parts: Parts, steps: Steps, top: Callable[[NDArray[np.int64]], Any], options: RenderOptions) -> Pieces:
    """The pieces of flat parts, boxes in a grid of `steps` cells a side whose largest number `top` says."""
    pieces = words_and_boxes(parts, steps, top, options)
    put_images(parts, pieces, rb"<image>\n")
    return pieces


def words_and_boxes(
    parts: Parts,
    steps: Steps,
    top: Callable[[NDArray[np.int64]], Any],
    options: RenderOptions,
    form: BoxList = X_FIRST,
) -> Pieces:
    """All pieces of `laid_out` but the pictures, which the target puts where they stand."""
    runs, heading = Pieces.of(run_starts(parts)), headings(parts)
    pieces = Pieces.of(runs.opens | (heading != 0))
    for kind, corners in ((BOX, 2), (POINT, 1)):
        at = np.flatnonzero(parts.kind == kind)
        sizes, numbers = np.tile(parts.sizes[at], corners), parts.boxes[at, : 2 * corners]
        cut = np.tile(steps(parts.sizes[at]), corners)
        cells = grid.encode(numbers, sizes, steps=cut, top=top(cut), rounding=options.rounding)
        put_boxes(parts, pieces, heading, runs, cells, form, kind=kind)
    put_texts(parts, pieces, TEXT)
    put_texts(parts, pieces, REF)
    return pieces


def render(
    batch: pa.RecordBatch, options: RenderOptions, steps: Steps, top: Callable[[NDArray[np.int64]], Any]
) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    return qwen_finetune.rows(parts, laid_out(parts, steps, top, options), options)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], steps: Steps) -> list[Decoded]:
    """The boxes of one row in pixels; `InputError` where it cannot be read."""
    return in_pixels(list(boxes_in(qwen_finetune.turns(row))), sizes, steps)

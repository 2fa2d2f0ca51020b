r"""GLM-4.5V (zai-org/GLM-V, head 8fc9756) in LLaMA-Factory: rows as `llama_factory`, boxes in the model's own marks.

File: JSON Lines of `messages` and `images`, `<image>` where each picture stands, with dataset_info.json beside them
(README.md, "Model Fine-tuning", l. 117–150). Answers have no `<answer>` and `<think>`, as its authors ask for 4.5V;
LLaMA-Factory's template adds an empty thought. GLM-4.1V-Thinking wants `<think>…</think><answer>…</answer>` and
thoughts, which labels do not have: for it these rows are not.
Boxes: `mug: <|begin_of_box|>[228,320,961,970]<|end_of_box|>`, thousandths of the picture's own width and height
(README.md l. 54–56; the bracket's style "may vary"), a box a line; the words before it are ours. Whether 1000 is
reached is not said: 999 is the last cell here, true under both readings. Of several pictures one is named by
`Picture N: `.
Silent there: all that LLaMA-Factory does, see `llama_factory`; the control tokens of GLM-4.5's vocabulary in a text
become real, and a closing mark in a label would end the box. A turned box becomes its hull.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.conversation import REF, TEXT
from . import messages
from .boxes_text import TextBoxes, Words, labels_of_lines, put_boxes, read_boxes
from .carried import MESSAGES, refused_answers, refused_kinds, refused_shapes, refused_words
from .grammar import Grammar, words
from .grammar_tags import check_places
from .grammar_text import MARKED, text_reader
from .llama_factory import dataset_info as beside
from .messages import pictures, read_row, turns
from .one_picture import unopened
from .parts import Parts
from .pieces import Pieces, flat, headings, labelled_anew, put_images, put_texts, run_starts
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .smart_resize import AROUND, picture_tokens, pixel_limits

NAME = "glm-4.5v"
SUMMARY = "GLM-4.5V in LLaMA-Factory: JSON Lines, messages, boxes between <|begin_of_box|> and <|end_of_box|>"
FRAME = "integers 0–999: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "the trainer shortens samples over cutoff_len (2048 unless stated), mmdata does not; no quads, films"
CARRIES_QUADS = False
FORM = "jsonl-led"
PIXELS = (32 * 32, 768 * 768)

_GRID, SMALLEST = 28, 112 * 112
"""Sides of pictures that GLM-4.5V's processor makes are multiples of the one, their areas no less than the other."""

BOXES = TextBoxes("{cell}", r"[0-9]{1,4}", ("<|begin_of_box|>[", ",", "]<|end_of_box|>"), steps=1000, top=999)
"""One box between two marks, a thing a line."""

RESERVED = (
    "<|endoftext|>",
    "[MASK]",
    "[gMASK]",
    "[sMASK]",
    "<sop>",
    "<eop>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|observation|>",
    "<|begin_of_image|>",
    "<|end_of_image|>",
    "<|begin_of_video|>",
    "<|end_of_video|>",
    "<|begin_of_audio|>",
    "<|end_of_audio|>",
    "<|begin_of_transcription|>",
    "<|end_of_transcription|>",
    "<|code_prefix|>",
    "<|code_middle|>",
    "<|code_suffix|>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<arg_key>",
    "</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "/nothink",
    "<|begin_of_box|>",
    "<|end_of_box|>",
    "<|image|>",
    "<|video|>",
    "<answer>",
    "</answer>",
    "<image>",
    "<video>",
    "<audio>",
)
"""The control tokens of GLM-4.5's vocabulary, the marks that answers must not have, and LLaMA-Factory's places."""

_words = Words(RESERVED)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = Grammar(
    hint=re.compile(r"<image>|<\|begin_of_box"),
    read=text_reader(BOXES, MARKED, "thousandths"),
    check=check_places,
    frame="thousandths",
    top=BOXES.top,
    family="GLM-4.5V's boxes",
    place="<image>",
    reserved=words("<|user|>", "<|assistant|>", "<|system|>", "<|observation|>", "<|endoftext|>", "[gMASK]"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, drop or stop at."""
    refusals = refused_kinds(batch, roles=MESSAGES) + refused_words(batch, reserved_in) + refused_shapes(batch)
    return refusals + refused_answers(batch) + labels_of_lines(batch) + unopened(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    heading = headings(parts)
    pieces = Pieces.of(run_starts(parts) | (heading != 0))
    parts = labelled_anew(parts, heading)
    put_boxes(parts, pieces, BOXES, options, heading)
    put_texts(parts, pieces, TEXT)
    put_texts(parts, pieces, REF)
    put_images(parts, pieces, b"<image>")
    return messages.rows(parts, pieces, options.image_root, always=True)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its side, at the far edge within a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, BOXES)


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, pictures as they are resized twice."""
    read = [read_row(row, number) for number, row in enumerate(rows)]
    limits = pixel_limits(options, PIXELS)
    if batch is None:
        most = int(picture_tokens(np.zeros((1, 2)), _GRID, (SMALLEST, 2 * limits[1]))[0]) + AROUND
        shown = [most * len(row.images) for row in read]
    else:
        shown = _shown(batch, limits)
    return [
        _START + taken + sum(_TURN + len(message.content.encode()) for message in row.messages)
        for row, taken in zip(read, shown, strict=True)
    ]


_START, _TURN = 2, 8
"""Tokens before all turns, and around the words of one, an empty thought included."""


def _shown(batch: pa.RecordBatch, limits: tuple[int, int]) -> list[int]:
    """The tokens of each sample's pictures."""
    media = batch.column("media")
    held = media.flatten()
    sizes = np.stack([held.field(side).to_numpy().astype(np.float64) for side in ("width", "height")], axis=1)
    tokens = picture_tokens(resized_before(sizes, limits), _GRID, (SMALLEST, 2 * limits[1]))
    ends = np.concatenate([[0], np.cumsum(tokens)])
    starts = media.offsets.to_numpy() - media.offsets[0].as_py()
    taken: list[int] = np.diff(ends[starts]).tolist()
    return taken


def resized_before(sizes: NDArray[np.float64], limits: tuple[int, int]) -> NDArray[np.float64]:
    """(n, 2) sizes as LLaMA-Factory makes them before the model's own processor does (mm_plugin.py).

    A picture over the most pixels, or under the least, is scaled by the root of the ratio, its sides cut to whole ones.
    """
    area = sizes.prod(axis=1)
    least, most = limits
    aim = np.where(area > most, most, np.where(area < least, least, area))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.floor(sizes * np.sqrt(aim / area)[:, None])
    return np.where((area > 0)[:, None] & (aim != area)[:, None], np.maximum(scaled, 1), sizes)


def token_basis() -> str:
    """One line: the bound that is used."""
    return (
        "upper bound, a token a byte of UTF-8 (GLM-4.5's vocabulary has all bytes), (w / 28) · (h / 28) + 2 a picture "
        "resized within --min-pixels and --max-pixels"
    )


__all__ = ["beside", "blunt", "pictures", "reserved_in", "turns"]

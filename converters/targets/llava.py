r"""LLaVA-1.5 (haotian-liu/LLaVA, head c121f04): what llava/train/train.py reads with `--image_aspect_ratio pad`.

File: one JSON list. A row has `image`, one path under `--image_folder`, absent where there is none, and
`conversations`, turns `{"from": "human"|"gpt", "value": text}` in strict turn, no system's. `<image>` and a line break
begin the question, wherever in it the picture stood: the loader would move it there anyway (`preprocess_multimodal`),
and a second tag shifts the pictures of the batch.
Boxes: `[x1, y1, x2, y2]`, shares from 0 to 1 in two decimals of the picture *padded to a square about its centre*:
x' = (x + (S − W) // 2) / S with S the longer side (train.py, `expand2square`, l. 703; #606, #822). A hundredth of the
longer side is the grid: coarse, ±20 px at 4000. A line a thing, `mug: [0.12, 0.34, 0.56, 0.78]`; a box without words
is its numbers alone. The words before the numbers are ours: LLaVA's own data has the numbers alone.
Silent there: `ASSISTANT: ` or `</s>` in a text masks the whole sample; `model_max_length` (2048 in the scripts) cuts.
One picture a sample; a turned box becomes its upright hull. EXIF is not looked at: keep `--upright`.
"""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from . import one_picture, qwen_finetune
from .boxes_text import TextBoxes, Words, labels_of_lines, read_boxes, words_and_boxes
from .grammar import HUMAN_GPT, Grammar, words
from .grammar_tags import check_places
from .grammar_text import FOUR, text_reader
from .one_picture import pictures_first
from .parts import Parts
from .pieces import flat, put_images
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen_finetune import pictures, turns

NAME = "llava"
SUMMARY = "LLaVA-1.5 train.py: one JSON list, human/gpt, boxes on the picture padded to a square"
FRAME = "shares 0–1 in two decimals of the centre-padded square: nearest, halves up; --rounding floor"
LIMITS = (
    "one picture a sample; boxes to a hundredth of the longer side; the trainer cuts at 2048; no quads, system turn"
)
CARRIES_QUADS = False
CUTS_AT = 2048
FORM = "json"
PIXELS = None

BOXES = TextBoxes("{:.2f}", r"(?:0\.\d\d|1\.00)", ("[", ", ", "]"), steps=100, top=100, square=True)
"""Hundredths of the padded square's side, a thing a line, its words before every box."""

PICTURE = 576
"""Tokens of a picture: 24 · 24 patches of CLIP at 336 pixels."""

RESERVED = ("<image>", "<s>", "</s>", "<unk>", "<im_start>", "<im_end>", "<im_patch>", "ASSISTANT: ", "USER: ")
"""The place of a picture, the tokens of Vicuna's vocabulary, and the marks by which train.py finds answers."""

_words = Words(RESERVED, BOXES)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = Grammar(
    HUMAN_GPT,
    hint=re.compile(r"<image>|\["),
    read=text_reader(BOXES, FOUR, "shares"),
    check=check_places,
    frame="shares",
    top=1,
    place="<image>",
    most=1,
    square=True,
    reserved=words("<im_start>", "<im_end>", "<im_patch>"),
    mask=words("ASSISTANT: ", "USER: ", "</s>"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, mask or stop at."""
    return one_picture.refuse(batch, reserved_in, needed=False, first=False) + labels_of_lines(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    return rows(batch, BOXES, options)


def rows(batch: pa.RecordBatch, form: TextBoxes, options: RenderOptions) -> list[bytes]:
    """Rows of this form whatever their boxes are, for the trainers that took LLaVA's file over."""
    if not len(batch):
        return []
    parts = pictures_first(flat(Parts.of(batch)))
    pieces = words_and_boxes(parts, form, options)
    put_images(parts, pieces, rb"<image>\n", numbered=False)
    return qwen_finetune.rows(parts, pieces, options)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a hundredth of the longer side (`floor`: a whole one).

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, BOXES)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, its picture by CLIP's patches."""
    return most_tokens(rows, system=_SYSTEM, turn=_MARKS, picture=PICTURE)


def most_tokens(rows: Sequence[bytes], *, system: int, turn: int, picture: int) -> list[int]:
    """An upper bound of the tokens of rows of this form; see `one_picture.most_tokens`."""
    read = [qwen_finetune.read_row(row, number) for number, row in enumerate(rows)]
    texts = [[each.value for each in row.conversations] for row in read]
    shown = [sum(text.count("<image>") for text in held) for held in texts]
    return one_picture.most_tokens(texts, system=system, turn=turn, picture=picture, shown=shown)


_SYSTEM, _MARKS = 160, 14
"""Bytes of Vicuna's system text with its spaces, and of the marks around a turn."""


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (Vicuna's vocabulary has all bytes), {PICTURE} a picture"


__all__ = ["blunt", "pictures", "reserved_in", "turns"]

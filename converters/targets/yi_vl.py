r"""Yi-VL (01-ai/Yi, head f73194c): LLaVA's file, which ms-swift's template `yi_vl` reads as it is.

File: as `llava`: one JSON list, `image` and `conversations` of human and gpt. Yi published no trainer and so no form of
its own; its model is LLaVA's, and ms-swift trains it from such rows (swift/template/templates/yi.py). ms-swift sets the
system's two-language text itself; a picture stands first.
Boxes: `mug: [228, 320, 961, 970]`, whole numbers of 0 to 999. That they are 999ths is all that its authors have said
(01-ai/Yi #376: x · 999 / width), of "a normalized image"; both its demo and ms-swift pad the picture to a square about
its centre before the model sees it (`expand2square`), so the square is what they lie on here, as LLaVA's do.
Unverified: no trained model was asked. The words before the numbers are ours.
Silent there: rows that ms-swift deletes or fills, see `swift`; `###` ends a turn. `llava`'s marks are not Yi's.
One picture a sample; a turned box becomes its upright hull. EXIF is not looked at: keep `--upright`.
"""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from . import llava, one_picture
from .boxes_text import TextBoxes, Words, labels_of_lines, read_boxes
from .grammar import HUMAN_GPT, Grammar, words
from .grammar_tags import check_places
from .grammar_text import FOUR, text_reader
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen_finetune import pictures, turns

NAME = "yi-vl"
SUMMARY = "Yi-VL by ms-swift's yi_vl: LLaVA's JSON list, boxes in 999ths of the picture padded to a square"
FRAME = "integers 0–999: nearest(v · 999 / side) of the centre-padded square; --rounding floor; unverified (#376)"
LIMITS = "one picture a sample, in the first question; rows over --max_length are dropped; no quads, system turn"
CARRIES_QUADS = False
FORM = "json"
PIXELS = None

BOXES = TextBoxes("{cell}", r"[0-9]{1,3}", ("[", ", ", "]"), steps=999, top=999, square=True)
"""999ths of the padded square's side, a thing a line, its words before every box."""

PICTURE = 1024
"""Tokens of a picture: 32 · 32 patches of 14 pixels at 448."""

RESERVED = (
    "<image>",
    "<image_placeholder>",
    "###",
    "<unk>",
    "<|startoftext|>",
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|im_sep|>",
    "<video>",
    "<audio>",
    "<bbox>",
    "<ref-object>",
)
"""The place of a picture, the marks of Yi-VL's turns, tokens of its vocabulary, and the places that ms-swift fills."""

_words = Words(RESERVED, BOXES)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = Grammar(
    HUMAN_GPT,
    hint=re.compile(r"<image>|\["),
    read=text_reader(BOXES, FOUR, "thousandths"),
    check=check_places,
    frame="thousandths",
    top=BOXES.top,
    place="<image>",
    most=1,
    square=True,
    reserved=words("<image_placeholder>", "<|im_start|>", "<|im_end|>", "<|im_sep|>"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread or stop at."""
    return one_picture.refuse(batch, reserved_in, needed=False) + labels_of_lines(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    return llava.rows(batch, BOXES, options)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a 999th of the longer side (`floor`: a whole one).

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, BOXES)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, its picture by its patches."""
    return llava.most_tokens(rows, system=_SYSTEM, turn=16, picture=PICTURE)


_SYSTEM = 480
"""Bytes of the system text in two languages."""


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (Yi's vocabulary has all bytes), {PICTURE} a picture"


__all__ = ["blunt", "pictures", "reserved_in", "turns"]

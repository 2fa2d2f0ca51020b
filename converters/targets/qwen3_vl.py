r"""Qwen3-VL: what qwen-vl-finetune reads for it; rows and loader as in `qwen_finetune`, boxes as in `boxes_json`.

Boxes: thousandths of the upright picture's own width and height, 0 to 1000, however it is resized (QwenLM/Qwen3-VL
#2008, #1623; its README and evaluation/ODinW-13/run_odinw.py divide by 1000). They look like Qwen2.5-VL's and mean
another thing: data of one is silently wrong for the other. Sides are resized to multiples of 32, which lengths
follow; there is no system turn by default. A turned box becomes its upright hull.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from . import qwen_finetune, qwen_json
from .boxes_json import X_FIRST
from .grammar import HUMAN_GPT, Grammar
from .grammar_tags import CONTROL, check_places
from .grammar_text import json_reader
from .protocol import PLAIN, Decoded, RenderOptions
from .qwen2_tags import ANSWER_MARK
from .qwen2_tokens import count_tokens as count
from .qwen_finetune import PIXELS, pictures, turns
from .qwen_json import RESERVED, blunt, refuse, reserved_in
from .qwen_vl_tokens import text_basis
from .read_back import thousandths

NAME = "qwen3-vl"
SUMMARY = "Qwen3-VL in qwen-vl-finetune: JSON Lines, human/gpt, boxes as JSON in thousandths"
FRAME = "integers 0–1000: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "the trainer cuts at --model_max_length (512 unless stated), mmdata does not; no quads, films, system turn"
CARRIES_QUADS = False
FORM = "jsonl"

FACTOR = 32
"""Sides of resized pictures are multiples of this."""


GRAMMAR = Grammar(
    HUMAN_GPT,
    re.compile('"(?:bbox|point)_2d"|<image>'),
    json_reader(X_FIRST, 1000),
    check_places,
    frame="thousandths",
    family="Qwen's JSON",
    asked=True,
    place="<image>",
    reserved=CONTROL,
    mask=ANSWER_MARK,
    masked=("user",),
)
"""How its rows speak."""


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    return qwen_json.render(batch, options, thousandths, qwen_json.up_to_steps)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side (`floor`: a whole one).

    Raises `InputError`.
    """
    return qwen_json.decode(row, sizes, thousandths)


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row, pictures included."""
    return count(rows, batch, options, factor=FACTOR, default=PIXELS, system=0)


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    return text_basis("Qwen3-VL", "(w / 32) · (h / 32) + 2 tokens a resized picture")


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The trainer's registration entry, with the pixels that the lengths are true for."""
    return qwen_finetune.registration(NAME, PIXELS, manifest)


__all__ = ["PIXELS", "RESERVED", "blunt", "pictures", "refuse", "reserved_in", "turns"]

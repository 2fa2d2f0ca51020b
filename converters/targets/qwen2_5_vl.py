r"""Qwen2.5-VL: what qwen-vl-finetune reads for it; rows and loader as in `qwen_finetune`, boxes as in `boxes_json`.

Boxes: pixels of the *resized* picture, round(v · new / old), 0 to new − 1 (tools/process_bbox.ipynb of QwenLM/Qwen3-VL;
its issues #733, #1094, #1427). So they hold for one setting of the least and most pixels and no other: those of
`--min-pixels` and `--max-pixels`, or else the trainer's own defaults of 12544 and 451584, which its shell scripts
override. The file of arguments beside the data says which were taken; training with others moves every box, silently.
The resize is that of the trainer: ms-swift and LLaMA-Factory resize in other ways, and have targets of their own.
A turned box becomes its upright hull.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
from .read_back import Steps
from .smart_resize import pixel_limits, smart_resize

NAME = "qwen2.5-vl"
SUMMARY = "Qwen2.5-VL in qwen-vl-finetune: JSON Lines, human/gpt, boxes as JSON in resized pixels"
FRAME = "pixels of the picture resized for --min-pixels and --max-pixels: nearest(v · new / old), 0 to new − 1"
LIMITS = (
    "true for one --max_pixels of the trainer only; it cuts at --model_max_length (512); no quads, films, system turn"
)
CARRIES_QUADS = False
FORM = "jsonl"

FACTOR = 28
"""Sides of resized pictures are multiples of this."""


GRAMMAR = Grammar(
    HUMAN_GPT,
    re.compile('"(?:bbox|point)_2d"|<image>'),
    json_reader(X_FIRST, None),
    check_places,
    frame="resized",
    family="Qwen's JSON",
    asked=True,
    place="<image>",
    reserved=CONTROL,
    mask=ANSWER_MARK,
    masked=("user",),
)
"""How its rows speak."""


def _steps(options: RenderOptions) -> Steps:
    """A cell a pixel of the resized picture."""
    limits = pixel_limits(options, PIXELS)

    def steps(sizes: NDArray[np.float64]) -> NDArray[np.int64]:
        return smart_resize(sizes, FACTOR, limits)

    return steps


def _last(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    return steps - 1


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    return qwen_json.render(batch, options, _steps(options), _last)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels of the upright picture, each within a pixel of the resized one.

    Half of one but for what touches the right or bottom edge. Raises `InputError`.
    """
    return qwen_json.decode(row, sizes, _steps(options))


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row, pictures included."""
    return count(rows, batch, options, factor=FACTOR, default=PIXELS)


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    return text_basis("Qwen2.5-VL", "(w / 28) · (h / 28) + 2 tokens a resized picture")


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The trainer's registration entry, with the pixels that the boxes are true for."""
    return qwen_finetune.registration(NAME, PIXELS, manifest)


__all__ = ["PIXELS", "RESERVED", "blunt", "pictures", "refuse", "reserved_in", "turns"]

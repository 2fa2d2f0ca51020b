r"""TRL's SFTTrainer with pictures (huggingface/trl, head f2cd577): Parquet of prompt, completion and images.

Columns: `prompt` and `completion`, messages as in `typed_messages`, and `images`, the files themselves. Never
`messages`: SFTTrainer trains every word of that column, the user's and the pictures' too, and `assistant_only_loss`
raises for models that see (sft_trainer.py, `_collate_language_modeling`, l. 1025).
One answer a row: of a conversation with several answers each becomes the completion of a row of its own, all that was
said before its prompt, so every answer is trained once and nothing else is.
Boxes: TRL has none; they are Qwen3-VL's, see `typed_messages`. A turned box becomes its upright hull.
Silent there: `max_length`, 1024 unless stated, cuts answers away (where it cuts a picture the step raises): set it to
None or by mmdata's lengths. The number of picture parts must be that of the pictures, or the row raises. `datasets`
turns pictures by their EXIF tag: keep `--upright`.
"""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from . import typed_messages
from .boxes_json import X_FIRST, boxes_in
from .carried import MESSAGES, refused_kinds, refused_shapes, refused_words
from .content_parts import refused_places, said_by_part, said_by_turn
from .grammar import Grammar
from .grammar_text import json_reader
from .parts import Parts
from .paths import refused_paths
from .pieces import flat
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen2_tokens import shown_tokens
from .qwen3_vl import FACTOR
from .qwen_json import RESERVED, blunt, reserved_in
from .qwen_vl_tokens import text_basis
from .read_back import in_pixels, thousandths
from .smart_resize import pixel_limits
from .typed_messages import LAST_ANSWER, embedded, messages, pictures

NAME = "trl"
SUMMARY = "TRL SFTTrainer: Parquet of prompt, completion and images, one answer a row; boxes as Qwen3-VL has them"
FRAME = "integers 0–1000: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "the trainer cuts at max_length (1024 unless stated); no picture in an answer, no quads, films"
CARRIES_QUADS = False
CUTS_AT = 1024
FORM = "parquet"
PIXELS = (32 * 32 * 64, 32 * 32 * 16384)
ONE_ANSWER = True


GRAMMAR = Grammar(
    hint=re.compile('"(?:bbox|point)_2d"'),
    read=json_reader(X_FIRST, 1000),
    frame="thousandths",
    family="Qwen's JSON",
    asked=True,
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread or stop at."""
    refusals = refused_kinds(batch, roles=MESSAGES) + refused_places(batch) + refused_words(batch, reserved_in)
    return refusals + refused_shapes(batch) + refused_paths(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    return [_completed(row) for row in typed_messages.rows(flat(Parts.of(batch)), options, "prompt")]


def _completed(row: bytes) -> bytes:
    """The last answer out of the prompt."""
    prompt, _, answer = row.rpartition(LAST_ANSWER)
    return prompt + b'],"completion":[' + LAST_ANSWER[1:] + answer


def columns(_options: RenderOptions) -> pa.Schema:
    """The columns of the rows."""
    return pa.schema(
        [
            pa.field("id", pa.string()),
            pa.field("prompt", typed_messages.MESSAGES),
            pa.field("completion", typed_messages.MESSAGES),
            typed_messages.PICTURES,
        ]
    )


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side (`floor`: a whole one).

    Raises `InputError`.
    """
    said = said_by_part(row, messages(row, "prompt", "completion"), "role", "content")
    return in_pixels(list(boxes_in(said)), sizes, thousandths)


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no messages."""
    return said_by_turn(row, messages(row, "prompt", "completion"), "role", "content")


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row by Qwen3-VL's tokenizer and processor, pictures included."""
    limits = pixel_limits(options, PIXELS)
    shown = None if batch is None else shown_tokens(batch, FACTOR, limits)
    return typed_messages.bound_tokens(rows, ("prompt", "completion"), shown, limits[1] // FACTOR**2)


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    pictures_as = "(w / 32) · (h / 32) + 2 tokens a picture resized within --min-pixels and --max-pixels"
    return text_basis("Qwen3-VL", pictures_as).replace("exact", "upper bound", 1)


__all__ = ["RESERVED", "blunt", "embedded", "pictures", "reserved_in"]

r"""CogVLM2 (THUDM/CogVLM2, head 6700ae7): what finetune_demo/peft_lora.py reads, `ConversationDataset`.

Files: `train/images/NAME.jpg` and `train/labels_en/NAME.json` = {"conversations": [{"role", "content"}, …]}, user and
assistant in turn; roles are not read, only the order. `train/train.json` lists them and is passed over; every file in
`images/` is a sample. The label's name is the picture's with `.jpg` replaced by `.json` wherever it stands (l. 73), so
that of a `.png` would be looked for under `.png`: all pictures bear `.jpg` here, and names hold no other dot.
Boxes: `mug[[228,320,961,970]]` as CogVLM's, see `boxes_words`.
Silent there: each epoch trains one round of each file, drawn at random, half of the time with the one before it as
history (l. 79–84). So every question of a task is a sample of its own here, and all are trained every epoch; a chat
stays whole, and is learnt a round an epoch. Ids beyond 1024 + 1024 + 2303 are cut, the answer's end first
(`pad_to_len`). `labels_en` stands in the code, and Chinese goes there too. Llama 3's control tokens in a text become
real. The picture is squashed to 1344 · 1344; a turned box becomes its hull.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from . import cogvlm_pairs
from .boxes_text import Words
from .boxes_words import FRAME, PAIRED_GRAMMAR, PAIRS
from .cogvlm_pairs import pictures, turns
from .grammar import words
from .protocol import PLAIN, Decoded, Refusal, RenderOptions

NAME = "cogvlm2"
SUMMARY = "CogVLM2 peft_lora.py: images/ and labels_en/, a pair of files a sample"
LIMITS = "one picture, needed; one round of each sample an epoch; the trainer cuts at 4351; no quads, system turn"
CARRIES_QUADS = False
CUTS_AT = 4351
FORM = "folder"
PIXELS = None
ONE_ROUND = True

PICTURE = 2306
"""Tokens of a picture: 1344 pixels in patches of 14, merged two by two, and two around them."""

RESERVED = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    *(f"<|reserved_special_token_{number}|>" for number in range(251)),
)
"""The control tokens of Llama 3's vocabulary."""

_words = Words(RESERVED, PAIRS)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = replace(
    PAIRED_GRAMMAR,
    reserved=words("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, or not find a picture for."""
    return cogvlm_pairs.refuse(batch, reserved_in)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One row a sample, of which the form makes two files: ASCII JSON, no line break."""
    return cogvlm_pairs.render(batch, options, "labels_en")


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its side, at the far edge within a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return cogvlm_pairs.decode(row, sizes)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row with all its rounds: a token a byte of UTF-8."""
    return cogvlm_pairs.most_tokens(rows, around=4, turn=13, picture=PICTURE)


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (Llama 3's vocabulary has all bytes), {PICTURE} a picture"


__all__ = ["FRAME", "blunt", "pictures", "reserved_in", "turns"]

r"""GLM-4V-9B (THUDM/GLM-4, head 3f79b54): what finetune/finetune_vision.py reads.

File: JSON Lines, no other suffix is taken (`_load_datasets`, l. 160). A row has `messages`, turns {"role":
"user"|"assistant", "content"}; the first has `image`, one path that is absolute or relative to the trainer's working
folder (finetune/README.md, l. 188–212; `process_batch`, l. 252). No system's turn, no tools.
Boxes: the model was published without a convention. mmdata's rule is CogVLM's text, `mug[[228,320,961,970]]`, see
`boxes_words`: the picture is squashed to 1120 · 1120, so the numbers stay true, but no boxes were trained before yours.
Silent there: without a picture a black one of 224 · 224 is trained (l. 255), so a sample without one is refused here;
`image` in a later message is passed over; ids beyond max_input_length + max_output_length (512 + 512 in
configs/lora.yaml) are cut, the answer's end first (l. 287), and evaluation cuts both apart (l. 350). A picture takes
three of these ids: it grows to 1602 places in the model, after the cut. The vocabulary's control tokens in a text
become real. A turned box becomes its hull.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from . import one_picture
from .boxes_text import Words, labels_of_lines, read_boxes, words_and_boxes
from .boxes_words import PAIRED_GRAMMAR, PAIRS, UNSPECIFIED
from .grammar import words
from .messages import ROLES, read_row, turns
from .parts import Parts
from .paths import emitted_path
from .pieces import all_escaped, flat, joined, put_images
from .protocol import PLAIN, Decoded, Refusal, RenderOptions

NAME = "glm-4v"
SUMMARY = "GLM-4V-9B finetune_vision.py: JSON Lines, messages, the picture in the first"
FRAME = UNSPECIFIED
LIMITS = "one picture, needed; the trainer cuts at 512 + 512 unless told; paths absolute; no quads, system turn"
CARRIES_QUADS = False
CUTS_AT = 1024
FORM = "jsonl"
PIXELS = None

PICTURE = 3
"""Ids of a picture where the trainer cuts: its begin, its place, its end."""

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
)
"""The control tokens of GLM-4's vocabulary, in the order of their ids from 151329 on."""

_words = Words(RESERVED, PAIRS)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = replace(
    PAIRED_GRAMMAR,
    fewest=1,
    most=1,
    reserved=words("<|user|>", "<|assistant|>", "<|system|>", "<|observation|>", "<|endoftext|>", "[gMASK]"),
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, or show a black picture with."""
    return one_picture.refuse(batch, reserved_in) + labels_of_lines(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = words_and_boxes(parts, PAIRS, options)
    put_images(parts, pieces, b"", numbered=False)
    paths = all_escaped([emitted_path(path, options.image_root) for path in parts.paths])
    heads = [b'{"id":"%s","messages":[' % identity for identity in all_escaped(parts.ids)]
    shown = [b'"image":"%s",' % path for path in one_picture.path_texts(parts, paths)]
    return [
        row[: len(head) + 1] + image + row[len(head) + 1 :]
        for row, head, image in zip(joined(parts, pieces, ROLES, heads, b"]}"), heads, shown, strict=True)
    ]


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its side, at the far edge within a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, PAIRS)


def pictures(row: dict[str, Any]) -> list[str]:
    """The picture of a row, as its first message names it."""
    messages = row.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return [first["image"]] if isinstance(first, dict) and isinstance(first.get("image"), str) else []


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the ids of each row where the trainer cuts: a token a byte of UTF-8, three a picture."""
    read = [[each.content for each in read_row(row, number).messages] for number, row in enumerate(rows)]
    return one_picture.most_tokens(read, system=3, turn=3, picture=PICTURE, shown=[1] * len(read))


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (GLM-4's vocabulary has all bytes), {PICTURE} a picture as it is cut"


__all__ = ["blunt", "reserved_in", "turns"]

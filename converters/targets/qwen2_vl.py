"""Qwen2-VL: what qwen-vl-finetune reads for it; rows and loader as in `qwen_finetune`.

Boxes: `<|object_ref_start|>words<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>`, thousandths of the upright
picture's own width and height, 0 to 1000 (tools/process_bbox.ipynb; QwenLM/Qwen3-VL #105, #866). The notebook rounds
halves to the even number, mmdata up; both are within half a step. `<|quad_start|>` … `<|quad_end|>` holds four
corners. Numbers do not depend on how the picture is resized, lengths do.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ...schemas.errors import InputError
from . import qwen_finetune
from .boxes_tagged import Tags, words_and_boxes
from .grammar_tags import QWEN2_VL as GRAMMAR
from .parts import Parts
from .pieces import put_images
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen2_tags import RESERVED, blunt, reserved_in
from .qwen2_tokens import count_tokens as count
from .qwen_finetune import PIXELS, pictures, turns
from .qwen_vl_tokens import text_basis
from .read_back import Found, in_pixels, thousandths

NAME = "qwen2-vl"
SUMMARY = "Qwen2-VL in qwen-vl-finetune: JSON Lines, human/gpt, box tokens"
FRAME = "integers 0–1000: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = "the trainer cuts at --model_max_length (512 unless stated), mmdata does not; no films, no system turn"
CARRIES_QUADS = True
FORM = "jsonl"

FACTOR = 28
"""Sides of resized pictures are multiples of this."""

TAGS = Tags(
    (b"<|object_ref_start|>", b"<|object_ref_end|>"),
    (b"<|box_start|>", b"<|box_end|>"),
    (b"<|quad_start|>", b"<|quad_end|>"),
    steps=1000,
    top=1000,
)

_POINT = r"\((\d+),(\d+)\)"
_MARKS = re.compile(
    r"<\|object_ref_start\|>(?P<ref>.*?)<\|object_ref_end\|>"
    rf"|<\|box_start\|>(?P<box>{_POINT},{_POINT})<\|box_end\|>"
    rf"|<\|quad_start\|>(?P<quad>{_POINT}(?:,{_POINT}){{3}})<\|quad_end\|>"
    r"|Picture (?P<picture>[1-9]\d{0,8}): |<image>|(?P<broken><\|(?:box|quad)_(?:start|end)\|>)"
    rf"|(?P<point>{_POINT})",
    re.DOTALL,
)


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that the loader would misread, replace or fail on."""
    return qwen_finetune.refuse(batch, options, reserved_in)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = Parts.of(batch)
    parts, pieces = words_and_boxes(parts, TAGS, options)
    put_images(parts, pieces, rb"<image>\n")
    return qwen_finetune.rows(parts, pieces, options)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side (`floor`: a whole one).

    A box's label is the reference right before it, which several boxes in a row share. Raises `InputError`.
    """
    return in_pixels(list(_found(turns(row))), sizes, thousandths)


def _found(said: Sequence[tuple[str, str]]) -> Iterator[Found]:
    shown = 0
    for number, (_, text) in enumerate(said):
        label: str | None = None
        picture, end = shown - 1, 0
        for mark in _MARKS.finditer(text):
            label = label if mark.start() == end else None
            end = mark.end()
            if points := mark["box"] or mark["quad"]:
                yield Found(label, picture, tuple(map(int, re.findall(r"\d+", points))))
            elif mark["point"]:
                if label is not None:  # right after a reference; elsewhere these are words
                    yield Found(label, picture, tuple(map(int, re.findall(r"\d+", mark["point"]))))
            elif mark["broken"]:
                raise _malformed(number, mark)
            else:
                label = mark["ref"]
                if mark["picture"]:
                    picture = int(mark["picture"]) - 1 if int(mark["picture"]) <= shown else picture
                elif label is None:
                    picture, shown = shown, shown + 1


def _malformed(turn: int, mark: re.Match[str]) -> InputError:
    place = f"/conversations/{turn}/value, character {mark.start()}"
    fact = f"TG003: what stands at {mark[0]} is no box: {mark.string[mark.start() :][:80]!r}"
    return InputError(place, fact, "Write (x1,y1),(x2,y2) in whole numbers without spaces.")


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """Tokens of each row, pictures included."""
    return count(rows, batch, options, factor=FACTOR, default=PIXELS)


def token_basis() -> str:
    """One line: the tokenizer that counts, or the bound that is used instead."""
    return text_basis("Qwen2-VL", "(w / 28) · (h / 28) + 2 tokens a resized picture")


def beside(manifest: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The trainer's registration entry."""
    return qwen_finetune.registration(NAME, PIXELS, manifest)


__all__ = ["GRAMMAR", "PIXELS", "RESERVED", "blunt", "pictures", "reserved_in", "turns"]

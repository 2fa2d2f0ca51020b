r"""LLaVA-1.5 (haotian-liu/LLaVA, head c121f04): what llava/train/train.py reads with `--image_aspect_ratio pad`.

File: one JSON list. A row has `image`, one path under `--image_folder`, absent where there is none, and
`conversations`, turns `{"from": "human"|"gpt", "value": text}` in strict turn, no system's. `<image>` and a line break
begin the first question; the loader would move it there anyway, and a second tag shifts the pictures of the batch.
Boxes: `[x1, y1, x2, y2]`, shares from 0 to 1 in two decimals of the picture *padded to a square about its centre*:
x' = (x + (S − W) // 2) / S with S the longer side (train.py, `expand2square`, l. 703; #606, #822). A hundredth of the
longer side is the grid: coarse, ±20 px at 4000. A line a thing, `mug: [0.12, 0.34, 0.56, 0.78]`; a box without words
is its numbers alone. The words before the numbers are ours: LLaVA's own data has the numbers alone.
Silent there: `ASSISTANT: ` or `</s>` in a text masks the whole sample; `model_max_length` (2048 in the scripts) cuts.
One picture a sample; a turned box becomes its upright hull. EXIF is not looked at: keep `--upright`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas import grid
from ...schemas.box import Box
from ...schemas.conversation import BOX, REF, TEXT, USER
from ...schemas.errors import InputError
from . import qwen_finetune
from .carried import refused_kinds, refused_words
from .parts import Ints, Parts
from .paths import local_path_faults
from .pieces import (
    END,
    Bytes,
    Pieces,
    escaped,
    flat,
    glued,
    put_images,
    put_texts,
    role_of_parts,
    run_labels,
    run_starts,
    told_apart,
)
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .qwen_finetune import pictures, turns

NAME = "llava"
SUMMARY = "LLaVA-1.5 train.py: one JSON list, human/gpt, boxes on the picture padded to a square"
FRAME = "shares 0–1 in two decimals of the centre-padded square: nearest, halves up; --rounding floor"
LIMITS = (
    "one picture a sample; boxes to a hundredth of the longer side; the trainer cuts at 2048; no quads, system turn"
)
CARRIES_QUADS = False
FORM = "json"
PIXELS = None

STEPS = 100
"""Cells a side of the padded square: two decimals."""

PICTURE = 576
"""Tokens of a picture: 24 · 24 patches of CLIP at 336 pixels."""

RESERVED = ("<image>", "<s>", "</s>", "<unk>", "<im_start>", "<im_end>", "<im_patch>", "ASSISTANT: ", "USER: ")
"""The place of a picture, the tokens of Vicuna's vocabulary, and the marks by which train.py finds answers."""

_NUMBER = r"(?:0\.\d\d|1\.00)"
_BOX = rf"\[{_NUMBER}, {_NUMBER}, {_NUMBER}, {_NUMBER}\]"
_BOXES = re.compile(_BOX)
_LINE = re.compile(rf"(?:(?P<label>.*): )?(?P<box>{_BOX})")
_RESERVED = re.compile("|".join([*map(re.escape, RESERVED), _BOX]))


def reserved_in(text: str) -> str | None:
    """The first reserved string in a text, or what reads as a box in it; None where there is neither."""
    found = _RESERVED.search(text)
    return found[0] if found else None


def blunt(text: str) -> str:
    """`text` with a space after the first letter of every reserved string, and boxes in round brackets."""

    def broken(found: re.Match[str]) -> str:
        said = found[0]
        return f"({said[1:-1]})" if said[0] == "[" else f"{said[0]} {said[1:]}"

    return _RESERVED.sub(broken, text)


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, mask or stop at."""
    paths = batch.column("media").flatten().field("path")
    sample = np.repeat(np.arange(len(batch)), np.diff(batch.column("media").offsets.to_numpy()))
    refusals = refused_kinds(batch, pictures=1) + refused_words(batch, reserved_in)
    refusals += _labels_of_lines(batch)
    return refusals + [
        Refusal(int(sample[at]), code, paths[at].as_py(), said) for at, (code, said) in local_path_faults(paths).items()
    ]


def _labels_of_lines(batch: pa.RecordBatch) -> list[Refusal]:
    """A label with a line break would be read as words before a line without its head."""
    return refused_words(
        batch,
        lambda text: "\n" if "\n" in text else None,
        of=lambda parts: np.isin(parts.kind, [BOX]),
        said="{text!r} has a line break, and a box with its words is one line",
    )


def _squared(boxes: NDArray[np.float64], sizes: NDArray[np.float64], options: RenderOptions) -> Ints:
    """(n, 4) pixels to hundredths of the padded square."""
    side, offset = _square(sizes)
    shifted = boxes + np.tile(offset, 2)
    return grid.encode(shifted, side[:, None], steps=STEPS, top=STEPS, rounding=options.rounding)


def _square(sizes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The longer side, and how far the picture lies from the left and the top of its square."""
    side = sizes.max(axis=1)
    return side, np.floor((side[:, None] - sizes) / 2)


_SHARES = np.array([b"%d.%02d" % divmod(cell, STEPS) for cell in range(STEPS + 1)])


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = Pieces.of(run_starts(parts))
    _put_boxes(parts, pieces, options)
    put_texts(parts, pieces, TEXT)
    put_texts(parts, pieces, REF)
    put_images(parts, pieces, rb"<image>\n", numbered=False)
    return qwen_finetune.rows(parts, pieces, options)


def _put_boxes(parts: Parts, pieces: Pieces, options: RenderOptions) -> None:
    at = np.flatnonzero(parts.kind == BOX)
    if not len(at):
        return
    cells = _squared(parts.boxes[at], parts.sizes[at], options)
    labels = run_labels(parts, at, pieces.opens)
    ends = np.ones(len(at), np.int64)
    ends[:-1] = pieces.opens[at[1:]]
    asked = (role_of_parts(parts)[at] == USER).astype(np.int64)
    between: tuple[Bytes, Ints] = np.array([b", "]), np.zeros(len(at), np.int64)
    columns = [_heads(parts, labels, pieces.opens[at].astype(np.int64), asked)]
    for column in range(4):
        columns += [(_SHARES, cells[:, column]), between]
    columns[-1] = (np.array([b"]", b"]" + END]), ends)
    pieces.texts[pieces.slot[at[pieces.opens[at]]]] = glued(columns)


def _heads(parts: Parts, labels: Ints, starts: Ints, asked: Ints) -> tuple[Bytes, Ints]:
    """What stands before the numbers of a box: its words, after a line break where it is not the first."""

    def head(key: int) -> bytes:
        code, start, asked = (key >> 2) - 1, key >> 1 & 1, key & 1
        words = b"" if code < 0 else escaped(parts.texts[code]) + b": "
        return (b"" if start else b", " if asked else rb"\n") + words + b"["

    return told_apart(((labels + 1) << 2) + 2 * starts + asked, head)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a hundredth of the longer side (`floor`: a whole one).

    Raises `InputError` where the row has boxes and no picture.
    """
    found = list(_found(turns(row)))
    if found and len(sizes) != 1:
        place = f"row {row.get('id')!r}"
        raise InputError(place, f"boxes on {len(sizes)} pictures", "Give the size of the one picture of the row.")
    decoded: list[Decoded] = []
    for label, numbers in found:
        side, offset = _square(np.array(sizes, np.float64))
        cells = np.array([round(float(each) * STEPS) for each in numbers], np.int64)
        corners = grid.decode(cells, side, steps=STEPS) - np.tile(offset[0], 2)
        decoded.append(Decoded(label, Box(*corners.tolist()), 0))
    return decoded


def _found(said: Sequence[tuple[str, str]]) -> Iterator[tuple[str | None, list[str]]]:
    for role, text in said:
        for line in text.split("\n"):
            whole = _LINE.fullmatch(line) if role != "human" else None
            if whole:
                yield whole["label"], whole["box"][1:-1].split(", ")
            else:
                yield from ((None, mark[0][1:-1].split(", ")) for mark in _BOXES.finditer(line))


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, its picture by CLIP's patches."""
    read = [qwen_finetune.read_row(row, number) for number, row in enumerate(rows)]
    return [
        _SYSTEM
        + sum(_MARKS + len(turn.value.encode()) + PICTURE * turn.value.count("<image>") for turn in row.conversations)
        for row in read
    ]


_SYSTEM, _MARKS = 160, 14
"""Bytes of Vicuna's system text with its spaces, and of the marks around a turn."""


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (Vicuna's vocabulary has all bytes), {PICTURE} a picture"


__all__ = ["pictures", "turns"]

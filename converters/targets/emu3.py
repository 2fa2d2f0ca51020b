"""Emu3 (baaivision/Emu3, head f6ea9aa), stage 1: what emu3/train/prepare_data.py reads before its own tokenizer runs.

File: one JSON list of `{"name", "text", "image"}`; other keys are not read. `name` becomes the file `{name}.pth`, so it
is made of the sample's id and a hash of what it holds: two of one name would be one file, and trained twice.
`image` is opened as a path from the working folder; it is scaled to 720 · 720 pixels of area, and text and picture are
trained as BOS, text, picture, EOS (emu3/train/datasets.py l. 28–95). The tokens of the picture need Emu3's vision
tokenizer and a GPU: mmdata stops before them.
A sample is one picture and its text: of a caption the sentence alone, of a conversation its turns a line each, of a
document its texts. No picture, or a second one, is refused (TG020), and so is a sample without words.
Boxes: none; samples with boxes are refused. Silent there: every `<|…|>` of its vocabulary in a text becomes a token
(tokenization_emu3.py, `allowed_special="all"`); EXIF is not looked at: keep `--upright`. A sample over 9216 tokens is
padded to nothing, and the batch stops.
"""

import json
import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from ...schemas.errors import InputError
from .carried import refused_words
from .file_names import file_name_of
from .paths import emitted_path
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .sequence import refused_sequences, said_of, sequences

NAME = "emu3"
SUMMARY = "Emu3 stage 1: one JSON list of name, text and image for its prepare_data.py"
FRAME = "no boxes"
LIMITS = "one picture a sample and its words; no boxes, films or sounds; the picture's tokens are Emu3's own step"
CARRIES_QUADS = False
CARRIES_BOXES = False
FORM = "json"
PIXELS = None
RESERVED = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|extra_203|>", "<|image start|>", "<|image end|>",
    "<|image token|>",
)  # fmt: skip
"""Tokens of Emu3's vocabulary, of which there are 205 `extra` and 32768 `visual token` as well."""

AREA = 720 * 720
PATCH = 8
"""Pixels of area that a picture is scaled to, and of a side of what becomes one token."""

_RESERVED = re.compile(
    r"<\|(?:endoftext|im_start|im_end|extra_\d+|image start|image end|image token|visual token \d+)\|>"
)


def reserved_in(text: str) -> str | None:
    """The first token of Emu3's vocabulary in a text, or None."""
    found = _RESERVED.search(text)
    return found[0] if found else None


def blunt(text: str) -> str:
    """`text` with a space after the bracket of every such token."""
    return _RESERVED.sub(lambda found: f"< {found[0][1:]}", text)


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that are not one picture and its words."""
    refusals = refused_sequences(batch, pictures=1) + refused_words(batch, reserved_in)
    held = np.diff(batch.column("media").offsets.to_numpy())
    bare = "the sample shows no picture, and a sample is a picture and its words"
    refusals += [Refusal(row, "TG020", 0, bare) for row in np.flatnonzero(held == 0).tolist()]
    known = {each.row for each in refusals}
    silent = [row for row, sample in enumerate(sequences(batch)) if row not in known and not said_of(sample)]
    return refusals + [Refusal(row, "CV005", "", "nothing is said of the picture") for row in silent]


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break. `turns` is how many letters of the text each turn said."""
    rows: list[bytes] = []
    for sample in sequences(batch):
        text, image = said_of(sample), emitted_path(sample.pictures[0].path, options.image_root)
        digest = blake2b(f"{image}\0{text}".encode(), digest_size=6).hexdigest()
        said = [len(turn.words) for turn in sample.turns]
        if sample.task == "caption":
            said[:-1] = [0] * (len(said) - 1)
        turns = [[turn.role, size] for turn, size in zip(sample.turns, said, strict=True)]
        row = {"name": f"{file_name_of(sample.id)}-{digest}", "text": text, "image": image, "turns": turns}
        rows.append(json.dumps(row, separators=(",", ":")).encode())
    return rows


def decode(_row: dict[str, Any], _sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """No boxes: there are none in the text."""
    return []


def pictures(row: dict[str, Any]) -> list[str]:
    """The one picture of a row, as it names it."""
    return [row["image"]]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who said what before it was one text. Raises `InputError`."""
    text = row.get("text")
    if not isinstance(text, str):
        raise InputError(f"row {row.get('name')!r}: /text", f"{text!r:.80} is no text", "Give a row of mmdata's.")
    found: list[tuple[str, str]] = []
    start = 0
    for role, size in row.get("turns") or [("document", len(text))]:
        found.append((str(role), text[start : start + int(size)]))
        start += int(size) + (int(size) > 0)
    return found


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, the picture by its grid."""
    sizes = [sample.pictures[0][1:3] for sample in sequences(batch)] if batch is not None else [(1, 200)] * len(rows)
    texts = (json.loads(row)["text"] for row in rows)
    return [_MARKS + len(text.encode()) + _grid(*size) for text, size in zip(texts, sizes, strict=True)]


_MARKS = 16
"""BOS, EOS, the picture's two marks, its size in digits, the marks before and after its rows."""


def _grid(width: int, height: int) -> int:
    """Tokens of a picture of that shape: its cells, and one at the end of each row."""
    scale = (AREA / max(1, width * height)) ** 0.5
    across, down = (int(round(side * scale) / PATCH) + 1 for side in (width, height))
    return across * down + down


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8, the picture's cells of {PATCH} pixels at {AREA} pixels of area"

r"""VisualGLM-6B (THUDM/VisualGLM-6B, head e314fb9): what finetune_visualglm.py reads, `FewShotDataset`.

File: one JSON list. A row has `img`, one path that is absolute or relative to the trainer's working folder, `prompt`
and `label`: one question, one answer (l. 105–140). The loader puts `<img>`, 32 places and `</img>问：` before the
prompt and a line break and `答：` after it.
Boxes: the model was published without a convention. mmdata's rule is CogVLM's text, `mug[[228,320,961,970]]`, see
`boxes_words`: the picture is squashed to 224 · 224, so the numbers stay true, but no boxes were trained before yours.
Silent there: a question over --max_source_length (64 in the scripts, of which the picture takes 32) loses its end and
`答：` with it, an answer over --max_target_length (256) its end (l. 123–126): give both enough for the data. The
tokenizer writes line breaks, tabs and runs of spaces as `<n>`, `<|tab|>`, `<|blank_2|>` …, so these words in a text
would become white space: they are refused. All pictures are opened at the start and held in memory, and one that is
missing stops the job. Every question of a task is a sample of its own here; a second round of a chat has no place. A
turned box becomes its hull.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pyarrow as pa

from ...schemas.errors import InputError
from . import one_picture
from .boxes_text import Words, labels_of_lines, read_boxes, words_and_boxes
from .boxes_words import PAIRED_GRAMMAR, PAIRS, UNSPECIFIED
from .grammar import words
from .parts import Parts
from .paths import emitted_path
from .pieces import all_escaped, flat, joined, put_images
from .protocol import PLAIN, Decoded, Refusal, RenderOptions
from .read_back import decoded_row

NAME = "visualglm"
SUMMARY = "VisualGLM-6B finetune_visualglm.py: one JSON list, img, prompt and label"
FRAME = UNSPECIFIED
LIMITS = (
    "one picture, needed; one question; the scripts cut it at 64 tokens and the answer at 256; no quads, system turn"
)
CARRIES_QUADS = False
FORM = "json"
PIXELS = None
ONE_ROUND = True

PICTURE = 32
"""Places of a picture (`--image_length`)."""

RESERVED = (
    "<img>",
    "</img>",
    "<n>",
    "<|tab|>",
    *(f"<|blank_{spaces}|>" for spaces in range(2, 81)),
    "[MASK]",
    "[gMASK]",
    "[sMASK]",
    "<sop>",
    "<eop>",
    "<eod>",
    "</s>",
    "<pad>",
    "<unk>",
)
"""Control tokens of ChatGLM-6B's vocabulary, and those that its tokenizer writes for white space."""

_words = Words(RESERVED, PAIRS)
reserved_in, blunt = _words.reserved_in, _words.blunt


GRAMMAR = replace(PAIRED_GRAMMAR, fewest=1, most=1, reserved=words(*RESERVED))
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples that the trainer would misread, or has no place for."""
    return one_picture.refuse(batch, reserved_in, rounds=1) + labels_of_lines(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = words_and_boxes(parts, PAIRS, options)
    put_images(parts, pieces, b"", numbered=False)
    paths = all_escaped([emitted_path(path, options.image_root) for path in parts.paths])
    heads = [
        b'{"id":"%s","img":"%s",' % (identity, path)
        for identity, path in zip(all_escaped(parts.ids), one_picture.path_texts(parts, paths), strict=True)
    ]
    # The two turns are fields of one object here; escaped text never holds the byte that marks where they meet.
    rows = joined(parts, pieces, (b'"prompt":"', _MEETING + b'"label":"'), heads, b"")
    return [row.replace(b"}," + _MEETING, b",") for row in rows]


_MEETING = b"\x02"


def pictures(row: dict[str, Any]) -> list[str]:
    """The picture of a row, as it names it."""
    return [row["img"]] if isinstance(row.get("img"), str) else []


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Question and answer; `InputError` where one is missing."""
    for name in ("prompt", "label"):
        if not isinstance(row.get(name), str):
            fact = f"{row.get(name)!r:.80} is no text"
            raise InputError(f"row {row.get('id')!r}: /{name}", fact, "Give a row as mmdata writes it.")
    return [(name, row[name]) for name in ("prompt", "label")]


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its side, at the far edge within a whole one.

    Raises `InputError` where the row has boxes and no picture.
    """
    return read_boxes(row, turns(row), sizes, PAIRS)


class _Row(msgspec.Struct):
    prompt: str
    label: str


_ROW = msgspec.json.Decoder(_Row)


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row, question and answer together: a token a byte of UTF-8."""
    read = [decoded_row(_ROW, row, number) for number, row in enumerate(rows)]
    texts = [[each.prompt, each.label] for each in read]
    return one_picture.most_tokens(texts, system=_AROUND, turn=0, picture=PICTURE, shown=[1] * len(texts))


_AROUND = len("<img></img>问：\n答：".encode()) + 3
"""Bytes of what stands around the prompt, and the three tokens that begin the answer and end it."""


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 (ChatGLM-6B's vocabulary has all bytes), {PICTURE} a picture"


__all__ = ["blunt", "reserved_in"]

"""Segments: what a native interleaved model reads, in order, with symbolic marks; mmdata's own form.

File: JSON Lines, `{"id", "segments": [{"t": mark, …}, …]}`. Marks: `BOS`, `EOS`; `BOI`, `image` (`file`, `w`, `h` of
the upright picture), `EOI`; `text` and `ref` (`v`: the words); `turn` (`role`) before what somebody says, absent in a
document; `box` (`v`: left, top, right, bottom; `of`: its words or null; `image`: number of the picture, from 0), `quad`
(`v`: four corners).
Boxes: pixels of the upright picture, unrounded: the consumer knows its grid.
Honest about what is not here: Gemini's report, LVM and Chameleon train on ids of their own vision tokenizers, which no
emitter has (LVM 256 a picture, EasyLM/data.py; Chameleon 1024, chameleon/inference/vocab.py l. 15–57). So no numeric
ids and none of a model's literal tokens stand here. Turning marks into tokens is the consumer's step; text that spells
a token is his to escape, since no trainer is meant. A box without words shares those of the box before it in its turn.
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ...schemas.box import Box, hull
from ...schemas.conversation import ROLES
from ...schemas.errors import InputError
from .carried import refused_kinds
from .messages import names_not_utf8
from .paths import emitted_path
from .protocol import PLAIN, Decoded, Refusal, RenderOptions

NAME = "segments"
SUMMARY = "Native interleaved models (Gemini's report, LVM, Chameleon): ordered segments, symbolic marks"
FRAME = "pixels of the upright picture, unrounded; the consumer puts them in the model's grid"
LIMITS = "marks are symbols: tokens are the consumer's step; no films or sounds"
CARRIES_QUADS = True
FORM = "jsonl"
READS_ZSTD = True
PIXELS = None
RESERVED: tuple[str, ...] = ()
"""None: text stands in values of its own, and what its tokens are is not known here."""

PICTURE = 1026
"""Tokens of a picture: 1024 of Chameleon, the most of the models that are meant, and one on either side."""


def reserved_in(_text: str) -> str | None:
    """None: nothing is reserved."""
    return None


def blunt(text: str) -> str:
    """`text` as it is."""
    return text


def refuse(batch: pa.RecordBatch, _options: RenderOptions) -> list[Refusal]:
    """Samples with films, sounds or points, and those with a picture whose name no JSON holds."""
    return refused_kinds(batch, roles=ROLES) + names_not_utf8(batch)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    columns = [batch.column(name).to_pylist() for name in ("id", "media", "turns")]
    return [_row(name, media, turns, options.image_root) for name, media, turns in zip(*columns, strict=True)]


def _row(name: str, media: list[dict[str, Any]], turns: list[dict[str, Any]], root: str) -> bytes:
    segments: list[dict[str, Any]] = [{"t": "BOS"}]
    shown: list[int] = []
    for turn in turns:
        if turn["role"] != "document":
            segments.append({"t": "turn", "role": turn["role"]})
        for part in turn["parts"]:
            if part["kind"] == "image":
                picture = media[part["media"]]
                file = emitted_path(picture["path"], root)
                size = {"w": picture["width"], "h": picture["height"]}
                segments += [{"t": "BOI"}, {"t": "image", "file": file} | size, {"t": "EOI"}]
                shown.append(part["media"])
            else:
                segments.append(_said(part, shown))
    segments.append({"t": "EOS"})
    return json.dumps({"id": name, "segments": segments}, separators=(",", ":")).encode()


def _said(part: dict[str, Any], shown: list[int]) -> dict[str, Any]:
    if part["kind"] in ("text", "ref"):
        return {"t": part["kind"], "v": part["text"] or ""}
    corners = part["quad"] if part["kind"] == "quad" else [part[side] for side in ("x1", "y1", "x2", "y2")]
    place = shown.index(part["media"]) if part["media"] in shown else part["media"]
    return {"t": part["kind"], "v": corners, "of": part["text"], "image": place}


def decode(row: dict[str, Any], _sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, exactly as they were."""
    found: list[Decoded] = []
    label: str | None = None
    for segment in _segments(row):
        if segment["t"] == "turn":
            label = None
        elif segment["t"] in ("box", "quad"):
            label = segment["of"] if segment["of"] is not None else label
            numbers = [float(each) for each in segment["v"]]
            quad = numbers if segment["t"] == "quad" else None
            found.append(Decoded(label, hull(numbers) if quad else Box(*numbers), segment["image"], quad))
    return found


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order, as it names them."""
    return [segment["file"] for segment in _segments(row) if segment["t"] == "image"]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; a document is one turn."""
    found: list[tuple[str, str]] = []
    for segment in _segments(row):
        if segment["t"] == "turn":
            found.append((segment["role"], ""))
        elif segment["t"] in ("text", "ref", "image", "box", "quad"):
            role, said = found.pop() if found else ("document", "")
            found.append((role, said + (segment["v"] if segment["t"] in ("text", "ref") else "")))
    return found


def _segments(row: dict[str, Any]) -> list[dict[str, Any]]:
    held = row.get("segments")
    if not isinstance(held, list) or not all(isinstance(each, dict) and "t" in each for each in held):
        raise InputError(f"row {row.get('id')!r}: /segments", f"{held!r:.80} has no marks", "Give a row of mmdata's.")
    return held


def count_tokens(
    rows: Sequence[bytes], _batch: pa.RecordBatch | None = None, _options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8 and a mark, pictures as Chameleon has them."""
    return [sum(map(_tokens, _segments(json.loads(row)))) for row in rows]


def _tokens(segment: dict[str, Any]) -> int:
    if segment["t"] == "image":
        return PICTURE
    said = json.dumps([segment.get("v", ""), segment.get("of") or ""], ensure_ascii=False)
    return 1 + len(said.encode())


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8 and a mark, {PICTURE} a picture as Chameleon has it"

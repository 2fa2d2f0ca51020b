r"""OpenAI's vision fine-tuning (gpt-4o; Azure and Fireworks read the same file): JSON Lines of chat messages.

File: `{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url", "detail"}}, {"type":
"text", "text"}]}, {"role": "assistant", "content": text}]}`, every assistant's turn trained. Pictures stand in the
file as `data:` addresses, or are http(s) addresses under `--url-prefix`; never in an answer (developers.openai.com,
vision-fine-tuning). The service is closing to new users; the form stays one that others read.
Boxes: OpenAI has no convention, so each sample with boxes says its own in a system's turn before all others: the JSON
of `boxes_json`, thousandths of the upright picture's width and height. Say the same to the tuned model.
Silent there: pictures with people, faces or CAPTCHAs, too large ones, unreachable ones and those that are neither RGB
nor RGBA are passed over, and long samples cut; what can be told of these beforehand is refused here, by the dated
limits of `openai_limits`. People cannot: a set of photographs of them mostly vanishes. The vendor's own types take a
picture in an answer and a `detail` "medium" (openai-python); the published schema does not. A turned box becomes its
upright hull. Whether EXIF is looked at is not documented: keep `--upright`.
"""

import math
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa

from ...schemas.conversation import BOX
from ...schemas.errors import InputError
from ..options import option
from . import openai_limits as most
from .addresses import address, checked_prefix, refused_addresses
from .boxes_json import SHOWN, X_FIRST, boxes_in
from .carried import MESSAGES, refused_kinds, refused_words, shown_pictures
from .content_parts import put_pictures, refused_places, said_by_part, said_by_turn, without_empty
from .grammar import MESSAGES as ROLE_NAMES
from .grammar import Grammar
from .grammar_text import json_reader
from .parts import Parts
from .pieces import escaped, flat, joined, sample_of_parts
from .protocol import PLAIN, Decoded, Refusal, Remark, RenderOptions, own_options
from .qwen_json import up_to_steps, words_and_boxes
from .read_back import in_pixels, thousandths
from .service_files import over_limits
from .vendor import Files, refused_files, refused_length, refused_pictures, shown_tokens

NAME = "openai"
SUMMARY = "OpenAI vision fine-tuning (gpt-4o; Azure): JSON Lines of messages, pictures as data: or by address"
FRAME = "no convention of its own; integers 0–1000 of the upright picture, said in a system's turn; --rounding floor"
LIMITS = (
    f"{most.PICTURES['openai']} pictures (Azure {most.PICTURES['azure']}) and {most.TOKENS} tokens a sample, "
    f"{most.PICTURE_BYTES // 10**6} MB a picture, {most.FEWEST} to {most.EXAMPLES} samples ({most.READ_ON}); no quads"
)
CARRIES_QUADS = False
FORM = "jsonl-data-uri"
PIXELS = None

RESERVED = ('"bbox_2d"',)
"""There are no control tokens in a message; only what reads as a box is kept out of the text."""

reserved_in = X_FIRST.text_in
blunt = X_FIRST.blunt

CONVENTION = (
    'Boxes are given as {"bbox_2d": [x1, y1, x2, y2]}: left, top, right and bottom edge, '
    "in thousandths of the picture's width and height."
)
"""What the system's turn of a sample with boxes says."""


@dataclass(frozen=True)
class Options:
    """Where the pictures are, how closely they are looked at, and whose limits hold."""

    url_prefix: str = option(
        "", "The http(s) address under which the pictures' folder was put; without: pictures inside.", metavar="ADDRESS"
    )
    detail: Literal["auto", "low", "high"] = option(
        "auto", "How closely the model looks at every picture.", choices=("auto", "low", "high")
    )
    service: Literal["openai", "azure"] = option("openai", "Whose limits hold.", choices=("openai", "azure"))

    def __post_init__(self) -> None:
        checked_prefix(self.url_prefix, "--url-prefix", ("https", "http"))


_OPENING = b'{"type":"text","text":"'
_ROLES = (
    b'{"role":"user","content":[' + _OPENING,
    b'{"role":"assistant","content":"',
    b'{"role":"system","content":"',
)
_CLOSES = (b'"}]}', b'"}', b'"}')
_HEAD = b'{"messages":['
_HEAD_WITH_BOXES = _HEAD + _ROLES[2] + escaped(CONVENTION) + _CLOSES[2] + b","


GRAMMAR = Grammar(
    {**ROLE_NAMES, "developer": "system"},
    re.compile('"bbox_2d"'),
    json_reader(X_FIRST, 1000),
    frame="thousandths",
    family="Qwen's JSON",
    asked=True,
    free=True,
    most=most.PICTURES["azure"],
    remote=True,
    tokens=most.TOKENS,
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that the service would refuse, pass over, cut or misread."""
    own = own_options(options, Options)
    files = Files(most.FORMATS, most.PICTURE_BYTES, most.MODES)
    refusals = refused_kinds(batch, roles=MESSAGES) + refused_places(batch) + refused_words(batch, reserved_in)
    refusals += refused_pictures(batch, most.PICTURES[own.service]) + refused_files(batch, options, files)
    refusals += refused_addresses(batch, own.url_prefix, options)
    taken = _picture_tokens(batch, options)
    return refusals + refused_length(batch, options, most.TOKENS, taken, _count, {each.row for each in refusals})


def _count(batch: pa.RecordBatch, options: RenderOptions) -> list[int]:
    return count_tokens(render(batch, options), batch, options)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = words_and_boxes(parts, thousandths, up_to_steps, options)
    put_pictures(parts, pieces, _pictures(parts, options), _OPENING)
    boxed = np.bincount(sample_of_parts(parts)[parts.kind == BOX], minlength=len(batch)) > 0
    heads = [_HEAD_WITH_BOXES if each else _HEAD for each in boxed.tolist()]
    return without_empty(joined(parts, pieces, _ROLES, heads, b"]}", _CLOSES), _OPENING)


def _pictures(parts: Parts, options: RenderOptions) -> list[bytes]:
    """The part of every picture, in the order in which they stand."""
    own = own_options(options, Options)
    form = b'{"type":"image_url","image_url":{"url":%s,"detail":"' + own.detail.encode() + b'"}}'
    urls = [
        b'"%s"' % escaped(address(path, own.url_prefix, options) or path)
        if own.url_prefix
        else b'{"$file":"%s"}' % escaped(path)
        for path in parts.paths
    ]
    return [form % urls[at] for at in shown_pictures(parts).tolist()]


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side (`floor`: a whole one).

    Raises `InputError`.
    """
    return in_pixels(list(boxes_in(_said(row))), sizes, thousandths)


def _said(row: dict[str, Any]) -> list[tuple[str, str]]:
    return said_by_part(row, _turns(row), "role", "content")


def _turns(row: dict[str, Any]) -> list[Any]:
    """The turns but for our own that says what boxes are."""
    held: Any = row.get("messages")
    if not isinstance(held, list):
        raise InputError("row: /messages", f"{held!r:.80} is no list of messages", "Give a row as mmdata writes it.")
    turns: list[Any] = held
    return turns[1:] if turns[:1] == [{"role": "system", "content": CONVENTION}] else turns


def _urls(row: dict[str, Any]) -> list[Any]:
    parts = [part for turn in _turns(row) if isinstance(turn.get("content"), list) for part in turn["content"]]
    return [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures that a row shows, in order: path or address; one that is inside by the hash of its address."""
    return [_shown(url) for url in _urls(row)]


def _shown(url: Any) -> str:
    if isinstance(url, dict):
        return str(url["$file"])
    return f"data:{sha256(url.encode()).hexdigest()[:16]}" if url.startswith("data:") else str(url)


def embedded(row: dict[str, Any]) -> list[bytes]:
    """The bytes of the pictures that are inside a row that was read back, in order."""
    return [b64decode(url.partition(",")[2]) for url in _urls(row) if url.startswith("data:")]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order, but for what boxes are; `InputError` where it has no messages."""
    return said_by_turn(row, _turns(row), "role", "content")


LOW, TILE = 85, 170
"""Tokens of a picture at low detail, and of each tile of 512 pixels beyond them (guides/images-vision)."""
_MOST_TILES = 8


def picture_tokens(width: int, height: int, detail: str) -> int:
    """Tokens of a picture: within 2048 by 2048, its shorter side at most 768, in tiles of 512 pixels."""
    if detail == "low":
        return LOW
    scale = min(1.0, 2048 / max(width, height, 1))
    scale *= min(1.0, 768 / max(1.0, scale * min(width, height)))
    return LOW + TILE * math.ceil(width * scale / 512) * math.ceil(height * scale / 512)


def _picture_tokens(batch: pa.RecordBatch, options: RenderOptions) -> list[int]:
    """What the pictures of every sample take."""
    detail = own_options(options, Options).detail
    return shown_tokens(batch, lambda width, height: picture_tokens(width, height, detail))


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, its pictures by their tiles."""
    read: list[dict[str, Any]] = [msgspec.json.decode(row) for row in rows]
    largest = LOW + TILE * _MOST_TILES if own_options(options, Options).detail != "low" else LOW
    shown = [largest * len(_urls(row)) for row in read] if batch is None else _picture_tokens(batch, options)
    return [
        taken + 8 + len(CONVENTION) + sum(8 + len(text.encode()) for role, text in _said(row) if role != SHOWN)
        for row, taken in zip(read, shown, strict=True)
    ]


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8, {LOW} and {TILE} a tile for a picture ({LOW} with --detail low)"


def remarks(manifest: Mapping[str, Any]) -> Iterable[Remark]:
    """Files that the service does not take: too many samples or too few, or several where it takes one."""
    limits = {"training": most.EXAMPLES, "validation": most.EXAMPLES}
    return over_limits(manifest, limits, most.FILE_BYTES, most.FEWEST)

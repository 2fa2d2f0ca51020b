r"""Gemini, supervised tuning on Vertex AI: JSON Lines of contents, as google-cloud-aiplatform's `GeminiExample`.

File: `{"contents": [{"role": "user", "parts": [{"fileData": {"mimeType", "fileUri"}}, {"text"}]}, {"role": "model",
"parts": [{"text"}]}]}`, `systemInstruction` before it where there is a system's turn, `generationConfig` with
`--media-resolution`. Other keys, an id too, are refused by the service. Pictures are addresses, gs:// or public
http(s): `--bucket` says where their folder was put (Vertex AI docs, gemini-supervised-tuning-prepare).
Boxes: `[{"box_2d": [y1, x1, y2, x2], "label": "mug"}]`, **y first**, thousandths of the upright picture's height and
width, 0 to 1000 (ai.google.dev/gemini-api/docs/image-understanding). A turned box becomes its upright hull.
Silent there: examples that are too long are cut, those with unreadable or too many pictures dropped, and only the
job's SupervisedTuningDataStats has the counts; the limits, with their date, are in `gemini_limits`. The vendor's own
model takes a role "assistant", any resolution and a part with both words and a picture; the published schema does not.
Whether EXIF is looked at is not documented: keep `--upright`.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import pyarrow as pa

from ..options import option
from . import gemini_limits as most
from .addresses import address, checked_prefix, refused_addresses
from .boxes_json import SHOWN, BoxList, boxes_in
from .carried import MESSAGES, refused_kinds, refused_words, shown_pictures
from .content_parts import put_pictures, refused_places, said_by_part, said_by_turn, without_empty
from .grammar import Grammar
from .grammar_text import json_reader
from .parts import Parts
from .pieces import escaped, flat, joined
from .protocol import PLAIN, Decoded, Refusal, Remark, RenderOptions, own_options
from .qwen_json import up_to_steps, words_and_boxes
from .read_back import in_pixels, thousandths
from .service_files import over_limits
from .vendor import Files, picture_format, refused_files, refused_length, refused_pictures, shown_tokens

NAME = "gemini"
SUMMARY = "Gemini, supervised tuning on Vertex AI: JSON Lines, pictures by gs:// address, box_2d with y first"
FRAME = "integers 0–1000, y before x: nearest(v · 1000 / size) of the upright picture, clamped; --rounding floor"
LIMITS = (
    f"{most.PICTURES} pictures and {most.TOKENS} tokens a sample, {most.PICTURE_BYTES // 10**6} MB a picture, "
    f"{most.EXAMPLES} samples (as of {most.READ_ON}); no quads, films"
)
CARRIES_QUADS = False
FORM = "jsonl"
PIXELS = None

Y_FIRST = BoxList("box_2d", (1, 0, 3, 2))
RESERVED = ('"box_2d"',)
"""There are no control tokens in a request; only what reads as a box is kept out of the text."""

reserved_in = Y_FIRST.text_in
blunt = Y_FIRST.blunt


@dataclass(frozen=True)
class Options:
    """Where the pictures will be, and how closely they are looked at."""

    bucket: str = option(
        "",
        "The address under which the pictures' folder was put: gs://bucket/folder or https://host/folder.",
        metavar="ADDRESS",
        needed=True,
    )
    media_resolution: Literal["unset", "low", "medium", "high"] = option(
        "unset", "How closely Gemini looks at every picture.", choices=("unset", "low", "medium", "high")
    )

    def __post_init__(self) -> None:
        checked_prefix(self.bucket, "--bucket", ("gs", "https", "http"))


_OPENING = b'{"text":"'
_ROLES = tuple(b'{"role":"%s","parts":[%s' % (role, _OPENING) for role in (b"user", b"model", b"system"))
_CONFIG = b',"generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_%s"}'
_CLOSES = (b'"}]}',) * 3
_SYSTEM = b'{"contents":[{"role":"system","parts":'
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


GRAMMAR = Grammar(
    {"user": "user", "model": "assistant", "system": "system"},
    re.compile('"box_2d"'),
    json_reader(Y_FIRST, 1000),
    frame="thousandths",
    family="Gemini's JSON",
    asked=True,
    most=most.PICTURES,
    remote=True,
    tokens=most.TOKENS,
)
"""How its rows speak."""


def refuse(batch: pa.RecordBatch, options: RenderOptions) -> list[Refusal]:
    """Samples that the service would drop, cut or misread."""
    files = Files(most.FORMATS, most.PICTURE_BYTES)
    refusals = refused_kinds(batch, roles=MESSAGES) + refused_places(batch) + refused_words(batch, reserved_in)
    refusals += refused_pictures(batch, most.PICTURES) + refused_files(batch, options, files)
    refusals += refused_addresses(batch, own_options(options, Options).bucket, options)
    taken = _picture_tokens(batch, options)
    return refusals + refused_length(batch, options, most.TOKENS, taken, _count, {each.row for each in refusals})


def _count(batch: pa.RecordBatch, options: RenderOptions) -> list[int]:
    return count_tokens(render(batch, options), batch, options)


def render(batch: pa.RecordBatch, options: RenderOptions) -> list[bytes]:
    """One JSON row a sample: ASCII, no line break."""
    if not len(batch):
        return []
    parts = flat(Parts.of(batch))
    pieces = words_and_boxes(parts, thousandths, up_to_steps, options, Y_FIRST)
    put_pictures(parts, pieces, _pictures(parts, options), _OPENING)
    resolution = own_options(options, Options).media_resolution
    config = _CONFIG % resolution.upper().encode() if resolution != "unset" else b""
    heads = [b'{"contents":['] * len(parts.ids)
    rows = joined(parts, pieces, _ROLES, heads, b"]" + config + b"}", _CLOSES)
    return [_with_system(row) for row in without_empty(rows, _OPENING)]


def _pictures(parts: Parts, options: RenderOptions) -> list[bytes]:
    """The part of every picture, in the order in which they stand."""
    bucket = own_options(options, Options).bucket
    texts = [
        b'{"fileData":{"mimeType":"%s","fileUri":"%s"}}'
        % (_media_type(path, options), escaped(address(path, bucket, options) or path))
        for path in parts.paths
    ]
    return [texts[at] for at in shown_pictures(parts).tolist()]


def _media_type(path: str, options: RenderOptions) -> bytes:
    return _MEDIA_TYPES.get(picture_format(path, options), "image/jpeg").encode()


def _with_system(row: bytes) -> bytes:
    """The system's turn as the instruction that it is there; no text holds what is looked for, its quotes escaped."""
    if not row.startswith(_SYSTEM):
        return row
    said, _, rest = row[len(_SYSTEM) :].partition(b',{"role":')
    return b'{"systemInstruction":{"role":"system","parts":%s,"contents":[{"role":%s' % (said, rest)


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels, each within half a thousandth of its picture's side (`floor`: a whole one).

    Raises `InputError`.
    """
    return in_pixels(list(boxes_in(_said(row), Y_FIRST)), sizes, thousandths)


def _said(row: dict[str, Any]) -> list[tuple[str, str]]:
    return said_by_part(row, _turns(row), "role", "parts")


def _turns(row: dict[str, Any]) -> list[Any]:
    held = row.get("contents")
    system = row.get("systemInstruction")
    return ([system] if system else []) + (held if isinstance(held, list) else [held])


def pictures(row: dict[str, Any]) -> list[str]:
    """The addresses of the pictures that a row shows, in order."""
    found = [part.get("fileData") for turn in row.get("contents") or [] for part in turn.get("parts") or []]
    return [each["fileUri"] for each in found if each]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Who says what in a row, in order; `InputError` where it has no turns."""
    return said_by_turn(row, _turns(row), "role", "parts")


TILE = 258
"""Tokens of a tile, and of a picture that is not cut (ai.google.dev/gemini-api/docs/tokens)."""

_FIXED = {"low": 64, "medium": 256}
_MOST_TILES = 700
"""More than a picture of Pillow's most pixels, sides 200 to 1 at most, is cut into."""


def picture_tokens(width: int, height: int, resolution: str) -> int:
    """Tokens of a picture at most: tiles of two thirds of the shorter side, 256 to 768 pixels."""
    if resolution in _FIXED:
        return _FIXED[resolution]
    unit = min(max(min(width, height) // 1.5, 256), 768)
    tiles = math.ceil(width / unit) * math.ceil(height / unit) if max(width, height) > 384 else 1
    return TILE * tiles + (256 if resolution == "high" else 0)


def _picture_tokens(batch: pa.RecordBatch, options: RenderOptions) -> list[int]:
    """What the pictures of every sample take."""
    resolution = own_options(options, Options).media_resolution
    return shown_tokens(batch, lambda width, height: picture_tokens(width, height, resolution))


def count_tokens(
    rows: Sequence[bytes], batch: pa.RecordBatch | None = None, options: RenderOptions = PLAIN
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, its pictures by their tiles."""
    read: list[dict[str, Any]] = [msgspec.json.decode(row) for row in rows]
    resolution = own_options(options, Options).media_resolution
    largest = _FIXED.get(resolution, TILE * _MOST_TILES + 256)
    shown = [largest * len(pictures(row)) for row in read] if batch is None else _picture_tokens(batch, options)
    return [
        taken + sum(8 + len(text.encode()) for role, text in _said(row) if role != SHOWN)
        for row, taken in zip(read, shown, strict=True)
    ]


def token_basis() -> str:
    """One line: the bound that is used."""
    return f"upper bound, a token a byte of UTF-8, {TILE} a tile of a picture (64 or 256 with --media-resolution)"


def remarks(manifest: Mapping[str, Any]) -> Iterable[Remark]:
    """Files that the service does not take: too many samples, too many bytes, or several where it takes one."""
    limits = {"training": most.EXAMPLES, "validation": most.VALIDATION_EXAMPLES}
    return over_limits(manifest, limits, most.FILE_BYTES)

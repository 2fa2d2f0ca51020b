"""Messages with typed content and the pictures in a column of their own, as Hugging Face's libraries pass them on.

A part is `{"type": "image"}` or `{"type": "text", "text": …}`. No part has a key `image`: Arrow gives every part every
key, null where it was not, and chat templates that ask whether the key is there turn words into pictures (TRL,
data_utils; unsloth-zoo #372). A null `text` beside a picture is harmless. `images` are the files, in the order in which
they are shown. Boxes in the words are the JSON of `boxes_json`, thousandths of the upright picture, 0 to 1000, as
Qwen3-VL has them, since a number of pixels is true for one size of the picture alone.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ...schemas.errors import InputError
from .boxes_json import SHOWN
from .carried import shown_pictures
from .content_parts import put_pictures, said_by_part, without_empty
from .parts import Parts
from .pieces import all_escaped, joined
from .protocol import RenderOptions
from .qwen2_tokens import text_tokens
from .qwen_finetune import image_counts
from .qwen_json import up_to_steps, words_and_boxes
from .qwen_vl_tokens import SYSTEM, TURN, piece_counter
from .read_back import thousandths
from .smart_resize import AROUND

FILE = "$file"
PICTURE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
PICTURES = pa.field("images", pa.list_(PICTURE))
MESSAGES = pa.list_(
    pa.struct(
        [
            pa.field("role", pa.string()),
            pa.field("content", pa.list_(pa.struct([pa.field("type", pa.string()), pa.field("text", pa.string())]))),
        ]
    )
)
"""A list of messages as an Arrow column."""

_OPENING = b'{"type":"text","text":"'
_ROLES = tuple(b'{"role":"%s","content":[%s' % (role, _OPENING) for role in (b"user", b"assistant", b"system"))
LAST_ANSWER = b',{"role":"assistant","content":['
"""Where an answer begins in a row; in a text its quotes would be escaped."""


def rows(parts: Parts, options: RenderOptions, column: str, more: Sequence[bytes] = ()) -> list[bytes]:
    """Rows of flat parts: `id`, the messages under the name `column`, `images`; `more` from its comma on."""
    pieces = words_and_boxes(parts, thousandths, up_to_steps, options)
    shown = shown_pictures(parts).tolist()
    put_pictures(parts, pieces, [b'{"type":"image"}'] * len(shown), _OPENING)
    heads = [b'{"id":"%s","%s":[' % (name, column.encode()) for name in all_escaped(parts.ids)]
    paths = all_escaped(parts.paths) if parts.paths else []
    files = [b'{"$file":"%s"}' % paths[at] for at in shown]
    counts = image_counts(parts)
    ends = np.cumsum(counts).tolist()
    images = [b",".join(files[end - count : end]) for count, end in zip(counts.tolist(), ends, strict=True)]
    extra = more or [b""] * len(images)
    tails = [b'],"images":[%s]%s}' % each for each in zip(images, extra, strict=True)]
    return without_empty(joined(parts, pieces, _ROLES, heads, tails, (b'"}]}',) * 3), _OPENING)


def pictures(row: dict[str, Any]) -> list[str]:
    """The pictures of a row in order: their paths while they are outside, then the names that they have inside."""
    return [each if isinstance(each, str) else str(each.get(FILE) or each.get("path")) for each in _images(row)]


def embedded(row: dict[str, Any]) -> list[bytes]:
    """The bytes of the pictures of a row that was read back, in order."""
    return [each["bytes"] for each in _images(row) if isinstance(each, dict) and "bytes" in each]


def _images(row: dict[str, Any]) -> list[Any]:
    held: Any = row.get("images") or row.get("file_names") or []
    return list(held)


def messages(row: dict[str, Any], *columns: str) -> list[Any]:
    """The messages of a row, those of the columns one after the other; `InputError` where they are none."""
    found: list[Any] = []
    for column in columns:
        held: Any = row.get(column)
        if not isinstance(held, list):
            place = f"row {row.get('id')!r}: /{column}"
            raise InputError(place, f"{held!r:.80} is no list of messages", "Give a row as mmdata writes it.")
        found += held
    return found


def bound_tokens(rows: Sequence[bytes], columns: Sequence[str], shown: Sequence[int] | None, largest: int) -> list[int]:
    """Tokens of each row by Qwen's tokenizer and 32 pixels a token's side; `shown` are those of its pictures."""
    piece = piece_counter()
    read: list[dict[str, Any]] = [msgspec.json.decode(row) for row in rows]
    taken = shown or [(largest + AROUND) * len(_images(row)) for row in read]
    return [
        pixels
        + SYSTEM
        + sum(
            TURN + text_tokens(text, piece)
            for role, text in said_by_part(row, messages(row, *columns), "role", "content")
            if role != SHOWN
        )
        for row, pixels in zip(read, taken, strict=True)
    ]

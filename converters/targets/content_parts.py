"""Turns whose content is a list of parts, words and pictures apart: `[{"type": "image"}, {"type": "text", "text": …}]`.

So Gemini, OpenAI's and Hugging Face's messages have it. Words that follow each other are one part, and no part is
empty. Where a sample shows several pictures, `Picture N: ` is a part of words before each, since the boxes of the
answers name them so. A form says how a part of words begins (`opening`), which ends with `"}` in all of them.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from ...schemas.conversation import ASSISTANT, IMAGE, SYSTEM
from ...schemas.errors import InputError
from .boxes_json import SHOWN
from .parts import Parts
from .pieces import Pieces, heading_text, image_numbers, pictures_of_samples, role_of_parts, sample_of_parts
from .protocol import Refusal

CLOSE = b'"}'
"""Ends a part of words."""


def put_pictures(parts: Parts, pieces: Pieces, shown: Sequence[bytes], opening: bytes) -> None:
    """A part for every picture, `shown` in their order, between two parts of words."""
    at = np.flatnonzero(parts.kind == IMAGE)
    if not len(at):
        return
    several = pictures_of_samples(parts)[sample_of_parts(parts)[at]] > 1
    numbers = np.where(several, image_numbers(parts, at), 0).tolist()
    texts = np.empty(len(at), object)
    texts[:] = [
        b"%s%s,%s,%s" % (heading_text(number), CLOSE, picture, opening)
        for number, picture in zip(numbers, shown, strict=True)
    ]
    pieces.texts[pieces.slot[at]] = texts


def without_empty(rows: Sequence[bytes], opening: bytes) -> list[bytes]:
    """The rows without parts of no words; a text cannot be taken for one, since its quotes are escaped."""
    empty = opening + CLOSE
    first, last = empty + b",", b"," + empty
    return [row.replace(first, b"").replace(last, b"") for row in rows]


def refused_places(batch: pa.RecordBatch) -> list[Refusal]:
    """Samples with a picture in an answer, or a system's turn that is not the first."""
    parts = Parts.of(batch)
    sample = sample_of_parts(parts)
    answered = np.flatnonzero((parts.kind == IMAGE) & (role_of_parts(parts) == ASSISTANT))
    rows = dict.fromkeys(sample[answered].tolist(), ("TG013", "image", "the picture is part of an answer"))
    later = parts.role == SYSTEM
    later[parts.turn_starts[:-1][np.diff(parts.turn_starts) > 0]] = False
    of_turn = np.repeat(np.arange(len(batch)), np.diff(parts.turn_starts))
    rows |= dict.fromkeys(
        of_turn[np.flatnonzero(later)].tolist(), ("CV003", "system", "the system's turn is not the first")
    )
    return [Refusal(row, *fault) for row, fault in sorted(rows.items())]


def said_by_part(row: dict[str, Any], turns: Sequence[Any], role: str, content: str) -> list[tuple[str, str]]:
    """The words of every turn in order, each picture a turn of its own by `SHOWN`.

    `turns` are objects with a `role` and a `content` that is a text or a list of parts, each with a `text` or a
    picture. Raises `InputError` where they are not.
    """
    said: list[tuple[str, str]] = []
    for number, turn in enumerate(turns):
        held = turn.get(content) if isinstance(turn, dict) else None
        if not isinstance(held, (str, list)):
            raise _no_turn(row, number, turn)
        who = str(cast(dict[str, Any], turn).get(role, ""))
        parts: list[Any] = [held] if isinstance(held, str) else held
        for part in parts:
            text: Any = cast(dict[str, Any], part).get("text") if isinstance(part, dict) else part
            if text is not None and not isinstance(text, str):
                raise _no_turn(row, number, turn)
            said.append((SHOWN, "") if text is None else (who, text))
    return said


def said_by_turn(row: dict[str, Any], turns: Sequence[Any], role: str, content: str) -> list[tuple[str, str]]:
    """Who says what in every turn, for a person: the words alone. Raises as `said_by_part`."""
    words = ["".join(text for _, text in said_by_part(row, [turn], role, content)) for turn in turns]
    return [(str(turn.get(role, "")), text) for turn, text in zip(turns, words, strict=True)]


def _no_turn(row: dict[str, Any], number: int, turn: Any) -> InputError:
    place = f"row {row.get('id', '')!r}: turn {number}"
    return InputError(place, f"{turn!r:.80} is no turn with words and pictures", "Give a row as mmdata writes it.")

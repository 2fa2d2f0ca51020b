"""Rows of a Qwen-VL file read back: their boxes in pixels, and what is wrong with their turns.

A row is `{"id": …, "conversations": [{"from": "user" | "assistant", "value": TEXT}, …]}`; the tags of TEXT are
those of `qwen_vl_tags`. What is looked at is what finetune.py's `preprocess` does with a row (QwenLM/Qwen-VL):
it knows two roles, drops a first turn that is not the user's, and never checks alternation.

Which picture a box lies on: the last one shown in the conversation so far, unless words of the same turn before
the box name another one as a heading, `Picture 2:`. Pictures are numbered from 1 as they appear, through all turns.
A renderer that points at any but the last picture shown writes that heading before the box.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from ...schemas.box import Box, hull
from ...schemas.errors import InputError
from ...schemas.grid import decode as pixels
from .protocol import PLAIN, Decoded, RenderOptions
from .qwen_vl_tags import RESERVED, Fault, Parsed, Part, blunt, parse, reserved_in

__all__ = ["RESERVED", "Fault", "Parsed", "Part", "blunt", "check_row", "decode", "parse", "reserved_in"]

STEPS = 1000
"""Cells a side of the grid: the tokenizer's own `draw_bbox_on_latest_picture` divides by 1000."""

ROLES = ("user", "assistant")
"""The roles that `preprocess` knows; any other is a KeyError there."""

PATH_BYTES = 254
"""The longest path that trains: of 256 slots the model's forward needs the last two (QwenLM/Qwen-VL #262)."""

UNDECODABLE = frozenset({"TG001", "TG002", "TG003", "TG004", "TG005"})
"""Faults after which a text's boxes are not what was meant."""

_PAIR = re.compile(r"\((0|[1-9][0-9]{0,2}),(0|[1-9][0-9]{0,2})\)")
_POINTS = re.compile(rf"(?:{_PAIR.pattern})+")
_HEADING = re.compile("Picture ([1-9][0-9]{0,8}):")
_NUMBERED = re.compile("Picture (0|[1-9][0-9]{0,8}): ?$")


class _Found(NamedTuple):
    label: str | None
    picture: int
    part: Part


def decode(row: dict[str, Any], sizes: Sequence[tuple[int, int]], _options: RenderOptions = PLAIN) -> list[Decoded]:
    """The boxes of one row in pixels of the upright picture, in the order of the text, those of questions included.

    `sizes` are (width, height) of the pictures in the order in which the row shows them; `Decoded.media` counts them
    from 0. The label is the `<ref>` right before the box; several boxes in a row share it; a box with anything else
    before it has none, as in the tokenizer's own `_fetch_all_box_with_ref`.

    Raises `InputError` where the row has no turns, a text breaks one of `UNDECODABLE`, or a box lies on a picture
    that is not there.
    """
    found: list[_Found] = []
    shown = 0
    for turn, text in enumerate(_values(row)):
        parsed = parse(text)
        _refuse(parsed.faults, turn)
        found += _boxes(parsed.parts, shown)
        shown += _pictures(parsed.parts)
    return _in_pixels(found, sizes)


def check_row(row: dict[str, Any]) -> list[Fault]:
    """What is wrong with one row, by turn and place: the faults of `parse`, and those that need the conversation.

    CV001 empty-conversation, CV002 unknown-role, CV003 roles-out-of-order, CV004 no-answer, CV005 empty-turn;
    in answers TG006 (half a pair of ref and box) and TG013 image-in-answer; TG010 picture-numbers,
    TG011 no-newline-after-image, TG012 image-path-too-long. Never raises.
    """
    turns = row.get("conversations")
    if not isinstance(turns, list) or not turns:
        return [Fault("CV001", 0, 0, repr(turns)[:80], "the row has no turns")]
    faults: list[Fault] = []
    shown = 0
    for index, turn in enumerate(turns):
        role, value = (turn.get("from"), turn.get("value")) if isinstance(turn, dict) else (None, None)
        parsed = parse(value) if isinstance(value, str) else Parsed([], [])
        found = [*_turn_faults(index, role, value), *parsed.faults, *picture_faults(parsed.parts, shown)]
        found += answer_faults(parsed.parts) if role == "assistant" else ()
        faults += [fault._replace(turn=index) for fault in found]
        shown += _pictures(parsed.parts)
    return faults + _end_faults(turns)


def _values(row: dict[str, Any]) -> list[str]:
    turns = row.get("conversations")
    if not isinstance(turns, list) or not all(
        isinstance(turn, dict) and isinstance(turn.get("value"), str) for turn in turns
    ):
        raise InputError(
            f"row {row.get('id')!r}: /conversations",
            f"{turns!r:.80} is not a list of turns with a text 'value' each",
            "Give a row of a Qwen-VL file: {'conversations': [{'from': 'user', 'value': …}, …]}.",
        )
    return [turn["value"] for turn in turns]


def _refuse(faults: list[Fault], turn: int) -> None:
    for fault in faults:
        if fault.code in UNDECODABLE:
            raise InputError(
                f"/conversations/{turn}/value, character {fault.start}",
                f"{fault.code}: {fault.message}: {fault.value[:80]!r}",
                "Correct the tags of this text; its boxes cannot be read.",
            )


def _boxes(parts: list[Part], shown: int) -> Iterator[_Found]:
    """The boxes of one turn with their words and picture; `shown` is how many pictures were shown before it."""
    label: str | None = None
    picture = shown - 1
    for part in parts:
        if part.numbers:
            yield _Found(label, picture, part)
        elif part.kind == "ref":
            label = part.text
        else:
            if label is not None:
                yield from (_Found(label, picture, point) for point in points_in(part))
            label = None
            if part.kind == "image":
                picture, shown = shown, shown + 1
            elif shown > 1:
                picture = _named(part.text, shown, picture)


def points_in(*text: Part) -> list[Part]:
    """The points at the head of a text, which stands right behind a reference: `(x,y)`, several without a gap."""
    if not text or text[0].kind != "text" or not (run := _POINTS.match(text[0].text)):
        return []
    found = [(int(x), int(y)) for x, y in _PAIR.findall(run[0])]
    return [Part("point", run[0], text[0].start, text[0].start + run.end(), pair) for pair in found]


def _named(text: str, shown: int, picture: int) -> int:
    """The picture that the last heading `Picture N:` in `text` names, or `picture` when it names none shown so far."""
    named = [int(number) for number in _HEADING.findall(text) if int(number) <= shown]
    return named[-1] - 1 if named else picture


def _in_pixels(found: list[_Found], sizes: Sequence[tuple[int, int]]) -> list[Decoded]:
    """All points of a row through the grid at once."""
    if not found:
        return []
    per_part = np.array([_size(each, sizes) for each in found], dtype=np.float64)
    per_point = np.repeat(per_part, [len(each.part.numbers) // 2 for each in found], axis=0)
    grid: NDArray[np.int64] = np.array([number for each in found for number in each.part.numbers], dtype=np.int64)
    points = pixels(grid.reshape(-1, 2), per_point, steps=STEPS).ravel().tolist()
    return list(_decoded(found, points))


def _size(found: _Found, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if 0 <= found.picture < len(sizes):
        return sizes[found.picture]
    raise InputError(
        f"a box of the row, {found.part.text}",
        f"it lies on picture {found.picture + 1} of {len(sizes)}",
        "Show the picture before the box, and give the size of every picture shown.",
    )


def _decoded(found: list[_Found], points: list[float]) -> Iterator[Decoded]:
    start = 0
    for label, picture, part in found:
        corners = points[start : start + len(part.numbers)]
        start += len(part.numbers)
        if part.kind == "point":
            yield Decoded(label, Box(*corners, *corners), picture, point=True)
        elif part.kind == "box":
            yield Decoded(label, Box(*corners), picture)
        else:
            yield Decoded(label, hull(corners), picture, corners)


def _turn_faults(index: int, role: object, value: object) -> Iterator[Fault]:
    expected = ROLES[index % len(ROLES)]
    if role not in ROLES:
        yield Fault("CV002", 0, 0, str(role), "the trainer stops at any role but user and assistant")
    elif role != expected:
        yield Fault("CV003", 0, 0, str(role), f"turn {index} should be the {expected}'s")
    if not isinstance(value, str) or not value.strip():
        yield Fault("CV005", 0, 0, repr(value)[:80], "the turn says nothing")


def _end_faults(turns: list[Any]) -> list[Fault]:
    role = turns[-1].get("from") if isinstance(turns[-1], dict) else None
    if role == "assistant":
        return []
    return [Fault("CV004", 0, 0, str(role), "the last turn is not an answer", len(turns) - 1)]


def picture_faults(parts: list[Part], shown: int) -> Iterator[Fault]:
    """TG010, TG011 and TG012 of the pictures of one text; `shown` is how many the conversation showed before it."""
    for position, part in enumerate(parts):
        if part.kind == "image":
            shown += 1
            before = parts[position - 1].text if position else ""
            after = parts[position + 1].text if position + 1 < len(parts) else "\n"
            yield from _one_picture_faults(part, shown, before, after)


def _one_picture_faults(part: Part, number: int, before: str, after: str) -> Iterator[Fault]:
    numbered = _NUMBERED.search(before)
    if not numbered or int(numbered[1]) != number:
        yield _at("TG010", part, f"'Picture {number}: ' should stand right before it")
    if not after.startswith("\n"):
        yield _at("TG011", part, "no line break follows the picture")
    if (size := len(normalize("NFC", part.text).encode(errors="replace"))) > PATH_BYTES:
        yield _at("TG012", part, f"the path has {size} bytes of UTF-8, {PATH_BYTES} is the most")


def answer_faults(parts: list[Part]) -> Iterator[Fault]:
    """TG006 and TG013 in an answer."""
    for position, part in enumerate(parts):
        before = parts[position - 1].kind if position else "text"
        after = parts[position + 1].kind if position + 1 < len(parts) else "text"
        if part.kind == "image":
            yield _at("TG013", part, "a picture stands in an answer")
        elif part.kind == "ref" and after not in ("box", "quad") and not points_in(*parts[position + 1 : position + 2]):
            yield _at("TG006", part, "no box follows the reference")
        elif part.kind in ("box", "quad") and before not in ("ref", "box", "quad"):
            yield _at("TG006", part, "no reference stands before the box")


def _pictures(parts: list[Part]) -> int:
    return sum(part.kind == "image" for part in parts)


def _at(code: str, part: Part, message: str) -> Fault:
    return Fault(code, part.start, part.end, part.text, message)

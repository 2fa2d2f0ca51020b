r"""Boxes as JSON, `[\n\t{"bbox_2d": [x1, y1, x2, y2], "label": "mug"}\n]`: the form of Qwen2.5-VL and Qwen3-VL.

A run of boxes is one list, as in tools/process_bbox.ipynb of QwenLM/Qwen3-VL's qwen-vl-finetune. A box that a question
points with has no label and is `[x1, y1, x2, y2]` alone. Labels stand as they are, other letters than ASCII too, as
these models answer. In conversations about several pictures a list lies on the picture shown last, unless
`Picture N: ` stands before it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...schemas.conversation import BOX, USER
from ...schemas.errors import InputError
from .parts import Ints, Parts
from .pieces import (
    END,
    Bytes,
    Pieces,
    escaped,
    glued,
    heading_text,
    number_texts,
    role_of_parts,
    run_labels,
    told_apart,
)
from .read_back import Found

_BARE = r"\[\s*-?\d+(?:\.\d+)?\s*,\s*-?\d+(?:\.\d+)?\s*,\s*-?\d+(?:\.\d+)?\s*,\s*-?\d+(?:\.\d+)?\s*\]"
_LOOKS_LIKE_A_BOX = re.compile(rf'"bbox_2d"|{_BARE}')
_NUMBERS = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")
_MARKS = re.compile(
    r'(?P<list>\[\s*\{"bbox_2d")|(?P<bare>\[\d+, \d+, \d+, \d+\])|Picture (?P<picture>[1-9]\d{0,8}): |<image>'
)

_FIRST, _NEXT = escaped('[\n\t{"bbox_2d": ['), escaped(',\n\t{"bbox_2d": [')
_LAST = escaped("\n]")


def box_text_in(text: str) -> str | None:
    """What in a text reads as a box of this form, or None: it would point where nothing was drawn."""
    found = _LOOKS_LIKE_A_BOX.search(text)
    return found[0] if found else None


def blunt_boxes(text: str) -> str:
    """`text` with what reads as a box broken: `[1, 2, 3, 4]` becomes `(1, 2, 3, 4)`."""
    return _LOOKS_LIKE_A_BOX.sub(lambda found: f"({found[0][1:-1]})" if found[0][0] == "[" else "bbox 2d", text)


def put_boxes(parts: Parts, pieces: Pieces, heading: Ints, runs: Pieces, cells: Ints) -> None:
    """All runs of boxes: `runs` are those of the conversation, `pieces` those that begin anew after a heading.

    `cells` (n, 4) are the boxes' corners in the target's grid.
    """
    at = np.flatnonzero(parts.kind == BOX)
    if not len(at):
        return
    labels = run_labels(parts, at, runs.opens)
    starts = pieces.opens[at].astype(np.int64)
    ends = np.ones(len(at), np.int64)
    ends[:-1] = starts[1:]
    bare = ((role_of_parts(parts)[at] == USER) & (labels < 0)).astype(np.int64)
    texts = glued(
        [
            _heads(heading[at], starts, bare),
            *(number_texts(cells[:, column], b", ") for column in range(3)),
            number_texts(cells[:, 3], b"]"),
            _tails(parts, labels, ends, bare),
        ]
    )
    pieces.texts[pieces.slot[at[starts > 0]]] = texts


def _heads(heading: Ints, starts: Ints, bare: Ints) -> tuple[Bytes, Ints]:
    """What stands before the numbers of a box, and which of them each box has."""
    line = 2 * np.abs(heading) + (heading < 0)

    def head(key: int) -> bytes:
        line, start, bare = key >> 2, key >> 1 & 1, key & 1
        if not start:
            return b", [" if bare else _NEXT
        return heading_text(-(line >> 1) if line & 1 else line >> 1) + (b"[" if bare else _FIRST)

    return told_apart((line << 2) + 2 * starts + bare, head)


def _tails(parts: Parts, labels: Ints, ends: Ints, bare: Ints) -> tuple[Bytes, Ints]:
    """What stands after the numbers of a box: its label, and the end of the list."""

    def tail(key: int) -> bytes:
        code, end, bare = (key >> 2) - 1, key >> 1 & 1, key & 1
        label = b"" if code < 0 else escaped(', "label": ' + json.dumps(parts.texts[code], ensure_ascii=False))
        close = b"" if bare else label + b"}" + (_LAST if end else b"")
        return close + (END if end else b"")

    return told_apart(((labels + 1) << 2) + 2 * ends + bare, tail)


def boxes_in(turns: Sequence[tuple[str, str]]) -> Iterator[Found]:
    """The boxes of a row's turns in the order of the text, those of questions included.

    Raises `InputError` where a list of boxes is broken.
    """
    shown = 0
    for number, (_, text) in enumerate(turns):
        picture = shown - 1
        position = 0
        while mark := _MARKS.search(text, position):
            position = mark.end()
            if mark["list"]:
                items, position = _list_at(text, mark.start(), number)
                yield from (Found(item.get("label"), picture, tuple(item["bbox_2d"])) for item in items)
            elif mark["bare"]:
                yield Found(None, picture, tuple(int(value) for value in _NUMBERS.fullmatch(mark[0]).groups()))  # type: ignore[union-attr]
            elif mark["picture"]:
                picture = int(mark["picture"]) - 1 if int(mark["picture"]) <= shown else picture
            else:
                picture, shown = shown, shown + 1


def _list_at(text: str, start: int, turn: int) -> tuple[list[dict[str, Any]], int]:
    try:
        items, end = json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as fault:
        raise _broken(turn, start, f"is not JSON: {fault}") from fault
    for item in items:
        box = item.get("bbox_2d") if isinstance(item, dict) else None
        if not isinstance(box, list) or len(box) != 4 or not all(type(value) is int for value in box):
            raise _broken(turn, start, f"{item!r:.80} has no bbox_2d of four whole numbers")
    return items, end


def _broken(turn: int, start: int, fact: str) -> InputError:
    place = f"/conversations/{turn}/value, character {start}"
    return InputError(place, f"the list of boxes {fact}", "Correct the list; its boxes cannot be read.")

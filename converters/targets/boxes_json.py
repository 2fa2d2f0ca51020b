r"""Boxes as JSON, `[\n\t{"bbox_2d": [x1, y1, x2, y2], "label": "mug"}\n]`: the form of Qwen2.5-VL and Qwen3-VL.

Gemini's, `box_2d` with y first, is another `BoxList`; everything said here holds for both.

Points are `{"point_2d": [x, y], "label": "left_eye"}` in a list of the same form (QwenLM/Qwen3-VL at 9658872,
cookbooks/spatial_understanding.ipynb, for Qwen3-VL). Qwen2.5-VL gets the same: its notebook of the time pointed by XML
(`<points x1 y1 alt>`), so there the form is that of your data, not one that the model knew. A run of boxes is one
list, as in tools/process_bbox.ipynb of its qwen-vl-finetune. A box that a question points with has no label and is
`[x1, y1, x2, y2]` alone. Labels stand as they are, other letters than ASCII too, as these models answer. In
conversations about several pictures a list lies on the picture shown last, unless `Picture N: ` stands before it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

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
_NUMBERS = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")
_LAST = escaped("\n]")

SHOWN = "\0picture"
"""In the place of a role: here the next picture stands. So rows say it that have pictures apart from their words."""


class _Form(NamedTuple):
    key: str
    order: tuple[int, int, int, int]
    point: str = ""


class BoxList(_Form):
    """How a list of boxes is written: the `key` of the numbers, and in which `order` x1, y1, x2, y2 stand there.

    `point` is the key of a point's two numbers in the same order, empty where the form has no points.
    """

    @cached_property
    def keys(self) -> str:
        """A pattern of the keys that numbers stand under."""
        return f'"(?:{self.key}|{self.point})"' if self.point else f'"{self.key}"'

    @cached_property
    def _looks_like_a_box(self) -> re.Pattern[str]:
        return re.compile(f"{self.keys}|{_BARE}")

    @cached_property
    def marks(self) -> re.Pattern[str]:
        """Finds lists, single boxes, headings and pictures in a text."""
        return re.compile(
            rf"(?P<list>\[\s*\{{{self.keys})|(?P<bare>\[\d+, \d+, \d+, \d+\])"
            r"|Picture (?P<picture>[1-9]\d{0,8}): |(?P<shown><image>)"
        )

    def text_in(self, text: str) -> str | None:
        """What in a text reads as a box of this form, or None: it would point where nothing was drawn."""
        found = self._looks_like_a_box.search(text)
        return found[0] if found else None

    def blunt(self, text: str) -> str:
        """`text` with what reads as a box broken: `[1, 2, 3, 4]` becomes `(1, 2, 3, 4)`."""
        return self._looks_like_a_box.sub(
            lambda found: f"({found[0][1:-1]})" if found[0][0] == "[" else found[0][1:-1].replace("_", " "), text
        )

    def corners(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Four numbers as they stand there, as x1, y1, x2, y2; two as x, y."""
        return tuple(numbers[at] for at in self.order[: len(numbers)])  # either order is its own inverse

    def numbers_in(self, item: dict[str, Any]) -> Any:
        """What stands under the key of an entry of a list, a box's or a point's."""
        return item[self.key] if self.key in item else item.get(self.point)


X_FIRST = BoxList("bbox_2d", (0, 1, 2, 3), "point_2d")
"""Qwen's."""

box_text_in = X_FIRST.text_in
blunt_boxes = X_FIRST.blunt


def put_boxes(
    parts: Parts,
    pieces: Pieces,
    heading: Ints,
    runs: Pieces,
    cells: Ints,
    form: BoxList = X_FIRST,
    *,
    kind: int = BOX,
) -> None:
    """All runs of boxes, or of points: `runs` are those of the conversation, `pieces` begin anew after a heading.

    `cells` (n, 4) are the boxes' corners in the target's grid, (n, 2) the points.
    """
    at = np.flatnonzero(parts.kind == kind)
    if not len(at):
        return
    labels = run_labels(parts, at, runs.opens)
    starts = pieces.opens[at].astype(np.int64)
    ends = np.ones(len(at), np.int64)
    ends[:-1] = starts[1:]
    bare = ((role_of_parts(parts)[at] == USER) & (labels < 0) & (kind == BOX)).astype(np.int64)
    *columns, last = form.order[: cells.shape[1]]
    texts = glued(
        [
            _heads(heading[at], starts, bare, form.key if kind == BOX else form.point),
            *(number_texts(cells[:, column], b", ") for column in columns),
            number_texts(cells[:, last], b"]"),
            _tails(parts, labels, ends, bare),
        ]
    )
    pieces.texts[pieces.slot[at[starts > 0]]] = texts


def _heads(heading: Ints, starts: Ints, bare: Ints, name: str) -> tuple[Bytes, Ints]:
    """What stands before the numbers of a box, and which of them each box has."""
    opening, following = escaped(f'[\n\t{{"{name}": ['), escaped(f',\n\t{{"{name}": [')
    line = 2 * np.abs(heading) + (heading < 0)

    def head(key: int) -> bytes:
        line, start, bare = key >> 2, key >> 1 & 1, key & 1
        if not start:
            return b", [" if bare else following
        return heading_text(-(line >> 1) if line & 1 else line >> 1) + (b"[" if bare else opening)

    return told_apart((line << 2) + 2 * starts + bare, head)


def _tails(parts: Parts, labels: Ints, ends: Ints, bare: Ints) -> tuple[Bytes, Ints]:
    """What stands after the numbers of a box: its label, and the end of the list."""

    def tail(key: int) -> bytes:
        code, end, bare = (key >> 2) - 1, key >> 1 & 1, key & 1
        label = b"" if code < 0 else escaped(', "label": ' + json.dumps(parts.texts[code], ensure_ascii=False))
        close = b"" if bare else label + b"}" + (_LAST if end else b"")
        return close + (END if end else b"")

    return told_apart(((labels + 1) << 2) + 2 * ends + bare, tail)


def boxes_in(turns: Sequence[tuple[str, str]], form: BoxList = X_FIRST) -> Iterator[Found]:
    """The boxes of a row's turns in the order of the text, those of questions included.

    Where pictures stand apart from the words, each is a turn of its own by `SHOWN`, and `<image>` is a word like any.
    Raises `InputError` where a list of boxes is broken.
    """
    shown, apart = 0, any(role == SHOWN for role, _ in turns)
    for number, (role, text) in enumerate(turns):
        shown += role == SHOWN
        picture = shown - 1
        position = 0
        while mark := form.marks.search(text, position):
            position = mark.end()
            if mark["list"]:
                items, position = _list_at(text, mark.start(), number, form)
                yield from (Found(item.get("label"), picture, form.corners(form.numbers_in(item))) for item in items)
            elif mark["bare"]:
                numbers = _NUMBERS.fullmatch(mark[0]).groups()  # type: ignore[union-attr]
                yield Found(None, picture, form.corners([int(value) for value in numbers]))
            elif mark["picture"]:
                picture = int(mark["picture"]) - 1 if int(mark["picture"]) <= shown else picture
            elif not apart:
                picture, shown = shown, shown + 1


def _list_at(text: str, start: int, turn: int, form: BoxList) -> tuple[list[dict[str, Any]], int]:
    try:
        items, end = json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as fault:
        raise _broken(turn, start, f"is not JSON: {fault}") from fault
    for item in items:
        found = form.numbers_in(item) if isinstance(item, dict) else None
        wanted = 4 if not form.point or (isinstance(item, dict) and form.key in item) else 2
        if not isinstance(found, list) or len(found) != wanted or not all(type(value) is int for value in found):
            key = form.key if wanted == 4 else form.point
            raise _broken(turn, start, f"{item!r:.80} has no {key} of {'four' if wanted == 4 else 'two'} whole numbers")
    return items, end


def _broken(turn: int, start: int, fact: str) -> InputError:
    place = f"/conversations/{turn}/value, character {start}"
    return InputError(place, f"the list of boxes {fact}", "Correct the list; its boxes cannot be read.")

"""Boxes as plain text that a tokenizer knows nothing of: `mug: [0.12, 0.34, 0.56, 0.78]`, `mug[[228,320,961,970]]`.

One `TextBoxes` says how a trainer's data has them: the grid, the brackets, what stands around the words, and whether
several boxes of one thing share one bracket. Encoder and decoder both read it, so they cannot part.

In an answer every thing is a line of its own (MiniGPT-v2's stand in a row, its words have tags); in a question a box
stands among the words, and its words are not told from them when it is read back.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas import grid
from ...schemas.box import Box
from ...schemas.conversation import BOX, REF, TEXT, USER
from ...schemas.errors import InputError
from .carried import refused_words
from .parts import Ints, Parts
from .pieces import (
    END,
    Bytes,
    Pieces,
    escaped,
    glued,
    heading_text,
    put_texts,
    role_of_parts,
    run_labels,
    run_starts,
    told_apart,
)
from .protocol import Decoded, Refusal, RenderOptions

Brackets = tuple[str, str, str]
"""What stands before the first, between two, and after the last."""


class _Form(NamedTuple):
    number: str
    digits: str
    box: Brackets
    steps: int
    top: int
    label: tuple[str, str] = ("", ": ")
    things: Brackets | None = None
    between: str = "\n"
    square: bool = False


class TextBoxes(_Form):
    """How boxes stand in a text.

    `number` formats a cell of the grid of `steps` cells a side up to `top`, `digits` is the pattern it matches, dots in
    it are dropped. `box` are the brackets around four numbers, `things` those around the boxes of one thing, None where
    each has its words again; `label` stands before and after the words, `between` between two things of an answer.
    `square`: the grid lies on the picture padded to a square about its centre, not on its own sides.
    """

    @cached_property
    def pattern(self) -> str:
        """Matches all boxes of one thing, brackets included."""
        box = _bracketed(self.box, self.digits, 4)
        return box if self.things is None else _bracketed(self.things, box, None)

    @cached_property
    def found(self) -> re.Pattern[str]:
        """Finds the boxes of one thing wherever they stand."""
        return re.compile(self.pattern)

    @cached_property
    def thing(self) -> re.Pattern[str]:
        """One thing of an answer: its words as `label`, where it has some, and its `boxes`."""
        before, after = map(re.escape, self.label)
        lines = self.between == "\n"
        words = rf"(?:(?!{self.pattern}).)+" if lines else rf"(?s:(?!{after}).)+"
        thing = rf"(?:{before}(?P<label>{words}){after})?(?P<boxes>{self.pattern})"
        return re.compile(rf"^{thing}$" if lines else thing, re.MULTILINE)

    @cached_property
    def numbers(self) -> re.Pattern[str]:
        """Finds the numbers within what `pattern` matches."""
        return re.compile(self.digits)

    @cached_property
    def table(self) -> Bytes:
        """The text of every cell."""
        return np.array([escaped(self.number.format(cell / self.steps, cell=cell)) for cell in range(self.top + 1)])

    def blunted(self, said: str) -> str:
        """What reads as a box, with round brackets instead of its own."""
        before = len(self.box[0]) + (len(self.things[0]) if self.things else 0)
        after = len(self.box[2]) + (len(self.things[2]) if self.things else 0)
        return f"({said[before : len(said) - after]})"

    def cells(self, boxes: NDArray[np.float64], sizes: NDArray[np.float64], options: RenderOptions) -> Ints:
        """(n, 4) pixels to the grid; `sizes` (n, 2) of the pictures."""
        sides, offset = self._frame(sizes)
        shifted = boxes + np.tile(offset, 2)
        return grid.encode(shifted, np.tile(sides, 2), steps=self.steps, top=self.top, rounding=options.rounding)

    def pixels(self, cells: Ints, size: tuple[int, int]) -> Box:
        """Four numbers of the grid to pixels of a picture of that width and height."""
        sides, offset = self._frame(np.array([size], np.float64))
        return Box(*(grid.decode(cells, np.tile(sides[0], 2), steps=self.steps) - np.tile(offset[0], 2)).tolist())

    def _frame(self, sizes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sides that the grid is cut of, and how far the picture lies from their left and top."""
        if not self.square:
            return sizes, np.zeros(sizes.shape)
        side = np.repeat(sizes.max(axis=1, keepdims=True), 2, axis=1)
        return side, np.floor((side - sizes) / 2)


def _bracketed(brackets: Brackets, item: str, count: int | None) -> str:
    opening, between, closing = map(re.escape, brackets)
    return f"{opening}{item}(?:{between}{item}){'*' if count is None else f'{{{count - 1}}}'}{closing}"


class Words:
    """What must not stand in a text: `tokens` and, where there is a `form`, what reads as a box of it."""

    def __init__(self, tokens: Sequence[str], form: TextBoxes | None = None) -> None:
        self._form = form
        each = sorted(tokens, key=len, reverse=True)
        self._pattern = re.compile("|".join([*map(re.escape, each), *([form.pattern] if form else [])]))
        self._tokens = frozenset(tokens)

    def reserved_in(self, text: str) -> str | None:
        """The first reserved string in a text, or what reads as a box in it; None where there is neither."""
        found = self._pattern.search(text)
        return found[0] if found else None

    def blunt(self, text: str) -> str:
        """`text` with a space after the first letter of every reserved string, and boxes in round brackets."""

        def broken(found: re.Match[str]) -> str:
            said = found[0]
            return f"{said[0]} {said[1:]}" if self._form is None or said in self._tokens else self._form.blunted(said)

        while self._pattern.search(text):  # of `####` the first break leaves `###`
            text = self._pattern.sub(broken, text)
        return text


def words_and_boxes(parts: Parts, form: TextBoxes, options: RenderOptions) -> Pieces:
    """All pieces of flat parts but the pictures, which the target puts where they stand."""
    pieces = Pieces.of(run_starts(parts))
    put_boxes(parts, pieces, form, options)
    put_texts(parts, pieces, TEXT)
    put_texts(parts, pieces, REF)
    return pieces


def put_boxes(
    parts: Parts, pieces: Pieces, form: TextBoxes, options: RenderOptions, heading: Ints | None = None
) -> None:
    """All runs of boxes, each thing after its words, and after the picture's number where `heading` has one."""
    at = np.flatnonzero(parts.kind == BOX)
    if not len(at):
        return
    cells = form.cells(parts.boxes[at], parts.sizes[at], options)
    labels = run_labels(parts, at, run_starts(parts))
    starts = pieces.opens[at]
    same = np.zeros(len(at), np.bool_)
    if form.things is not None:
        same[1:] = (labels[1:] == labels[:-1]) & ~starts[1:]
    asked = role_of_parts(parts)[at] == USER
    between: tuple[Bytes, Ints] = np.array([escaped(form.box[1])]), np.zeros(len(at), np.int64)
    columns = [_headings(heading[at])] if heading is not None else []
    columns.append(_heads(parts, form, labels, 4 * same + 2 * starts + asked))
    for column in range(4):
        columns += [(form.table, cells[:, column]), between]
    columns[-1] = _tails(form, np.append(same[1:], False), np.append(starts[1:], True))
    pieces.texts[pieces.slot[at[starts]]] = glued(columns)


def _headings(heading: Ints) -> tuple[Bytes, Ints]:
    """The number of the picture that a box lies on, where it must be said."""
    line = 2 * np.abs(heading) + (heading < 0)
    return told_apart(line, lambda key: heading_text(-(key >> 1) if key & 1 else key >> 1))


def _heads(parts: Parts, form: TextBoxes, labels: Ints, place: Ints) -> tuple[Bytes, Ints]:
    """What stands before the numbers of a box: the words of its thing, after a break where it is not the first."""
    opening, delimiter, _ = map(escaped, form.things or ("", "", ""))
    before, after = map(escaped, form.label)
    first = escaped(form.box[0])

    def head(key: int) -> bytes:
        code, same, start, asked = (key >> 3) - 1, key >> 2 & 1, key >> 1 & 1, key & 1
        if same:
            return delimiter + first
        words = b"" if code < 0 else before + escaped(parts.texts[code]) + after
        return (b"" if start else b", " if asked else escaped(form.between)) + words + opening + first

    return told_apart(((labels + 1) << 3) + place, head)


def _tails(form: TextBoxes, same: NDArray[np.bool_], ends: NDArray[np.bool_]) -> tuple[Bytes, Ints]:
    """What stands after the numbers of a box: its bracket, that of its thing, the end of the run."""
    last, closing = escaped(form.box[2]), escaped(form.things[2]) if form.things else b""

    def tail(key: int) -> bytes:
        return last + (b"" if key & 2 else closing) + (END if key & 1 else b"")

    return told_apart(2 * same + ends.astype(np.int64), tail)


def read_boxes(
    row: dict[str, Any], said: Sequence[tuple[str, str]], sizes: Sequence[tuple[int, int]], form: TextBoxes
) -> list[Decoded]:
    """The boxes of a row's turns in pixels, each within half a cell (`floor`: a whole one).

    A box lies on the one picture, among several on that of the last `Picture N: ` before it in its turn. Raises
    `InputError` where there are boxes and no picture.
    """
    found = [each for role, text in said for each in _boxes_of(text, form, len(sizes), asked=role in _ASKERS)]
    if found and not sizes:
        place = f"row {row.get('id')!r}"
        raise InputError(place, f"{len(found)} boxes on no picture", "Give the size of every picture of the row.")
    return [
        Decoded(label, form.pixels(np.array(cells, np.int64), sizes[picture]), picture)
        for label, picture, cells in found
    ]


_ASKERS = frozenset({"human", "user", "prompt"})
_HEADING = re.compile(r"Picture ([1-9]\d{0,8}): ")

_Found = tuple[str | None, int, list[int]]


def _boxes_of(text: str, form: TextBoxes, pictures: int, *, asked: bool) -> Iterator[_Found]:
    """The boxes of one turn with their words and pictures."""
    if pictures < 2:
        yield from ((label, 0, cells) for label, cells in _boxes_in(text, form, asked=asked))
        return
    picture = 0
    first, *rest = _HEADING.split(text)
    for number, words in zip([1, *map(int, rest[0::2])], [first, *rest[1::2]], strict=True):
        picture = number - 1 if number <= pictures else picture
        yield from ((label, picture, cells) for label, cells in _boxes_in(words, form, asked=asked))


def _boxes_in(text: str, form: TextBoxes, *, asked: bool) -> Iterator[tuple[str | None, list[int]]]:
    end = 0
    things = [] if asked else list(form.thing.finditer(text))
    for thing in things:
        yield from ((None, cells) for cells in _cells(text[end : thing.start()], form))
        yield from ((thing["label"], cells) for cells in _cells(thing["boxes"], form))
        end = thing.end()
    yield from ((None, cells) for cells in _cells(text[end:], form))


def _cells(text: str, form: TextBoxes) -> Iterator[list[int]]:
    for found in form.found.finditer(text):
        numbers = [int(each.replace(".", "")) for each in form.numbers.findall(found[0])]
        yield from (numbers[start : start + 4] for start in range(0, len(numbers), 4))


def labels_of_lines(batch: pa.RecordBatch) -> list[Refusal]:
    """A label with a line break would be read as words before a line without its head."""
    return refused_words(batch, _line_break_in, of=_boxes, said="{text!r} has a line break, and a thing is one line")


def _line_break_in(text: str) -> str | None:
    return "\n" if "\n" in text else None


def _boxes(parts: Parts) -> NDArray[np.bool_]:
    return np.asarray(parts.kind == BOX)

"""The elements of one JSON array in a large file, chunk by chunk, every byte of them through a real parser.

A block of the file is cut at an element boundary, closed with `]` and decoded by msgspec in one call. If what stands
before the cut parses as a whole array, the cut was a true boundary, so a wrong guess cannot pass in silence; where the
array itself ends the parser says so too ("trailing characters, byte N"). A block that cannot be taken whole (a wrong
type or a NaN in one element, a cut inside an element) is taken element by element.

The guess: in the last few elements' worth of bytes before the block's end, the comma at the lowest depth of brackets.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from .json_value import ANYTHING, Kind, NotJsonError, NotWholeError, end_of_trailing, first_value
from .json_window import Reader

_OPEN, _CLOSE, _COMMA, _BRACE = b"[],{"
_STRING = rb'"(?:[^"\\]|\\.)*"'
_OBJECT_TOKENS = re.compile(_STRING + rb"|\}[ \t\r\n]*,|[][{}]", re.DOTALL)
_OBJECT_START = re.compile(rb'\}[ \t\r\n]*,[ \t\r\n]*\{[ \t\r\n]*"[^"\\]*"[ \t\r\n]*:')  # a key, so that it is no text
_TOKENS = re.compile(_STRING + rb"|[][{},]", re.DOTALL)
_START = re.compile(rb'(?<=[\]}"0-9a-z])[ \t\r\n]*,')

_SMALLEST_LOOK, _LARGEST_LOOK = 4096, 1 << 18
"""Bytes in which a boundary is looked for: eight elements as large as those before, within these limits."""


class Skipped(msgspec.Struct, gc=False):
    """Any object, none of its fields decoded."""


SKIP = object()
"""Stands for elements nobody asked for: they are parsed and thrown away."""


class Broken(NamedTuple):
    """An element that is JSON but not of the wanted type: its place in the array, its value, what msgspec says."""

    place: int
    value: Any
    message: str


@dataclass(slots=True)
class Chunk:
    """Some consecutive elements of one array: `values` decoded, with their `indices`, and the broken ones."""

    key: str
    indices: Sequence[int]
    values: list[Any]
    broken: list[Broken] = field(default_factory=list[Broken])

    @property
    def items(self) -> Iterator[tuple[int, Any]]:
        """(index in the array, element), in order."""
        return zip(self.indices, self.values, strict=True)


class Elements:
    """The elements of the array `key`, the reader standing behind its `[`; `wanted` is their type, or a tuple of types
    of which the next is tried for all that follows when an element does not fit. `count` have been read so far.
    """

    def __init__(self, reader: Reader, key: str, wanted: Any, count: int) -> None:
        self.reader = reader
        self.key = key
        self.count = count
        self.kinds = [Kind(each) for each in (wanted if isinstance(wanted, tuple) else (wanted,)) if each is not SKIP]
        self.ended = False
        self.mean = 0  # bytes an element, of the chunk before

    def chunks(self) -> Iterator[Chunk]:
        """All elements, none of the chunks empty; the reader then stands behind the `]`."""
        reader = self.reader
        first = reader.skip_space()
        if first == _CLOSE:
            reader.skip_to(reader.lo + 1)
            return
        self.kinds = self.kinds or [Kind(Skipped) if first == _BRACE else ANYTHING]
        self.tokens, self.start = (_OBJECT_TOKENS, _OBJECT_START) if first == _BRACE else (_TOKENS, _START)
        while not self.ended:
            reader.fill()
            if reader.skip_space() == _CLOSE:
                raise reader.torn(reader.lo, f"after a ',' another element of {self.key!r} should stand here")
            before = reader.consumed
            chunk = self.whole_block() or self.one_by_one()
            read = len(chunk.values) + len(chunk.broken)
            self.count += read
            self.mean = (reader.consumed - before) // read
            reader.last = f"the last whole element is {self.key}[{self.count - 1}]"
            yield chunk

    def whole_block(self) -> Chunk | None:
        """Everything up to the last boundary seen, or to the array's end, in one decode; None when that fails."""
        reader = self.reader
        for cut in [reader.hi] if reader.done else self.cuts():
            while True:
                try:
                    values, self.ended = self.decode(cut)
                except msgspec.ValidationError:
                    if len(self.kinds) == 1:
                        return None
                    del self.kinds[0]
                    continue
                except msgspec.DecodeError:
                    break  # the cut may be inside an element: look further back
                except (UnicodeDecodeError, RecursionError):
                    return None
                return Chunk(self.key, range(self.count, self.count + len(values)), values)
        return None

    def cuts(self) -> Iterator[int]:
        """Where an element boundary may be: the positions of commas, the likeliest first; at most two."""
        reader, look = self.reader, max(_SMALLEST_LOOK, 8 * self.mean)
        seen = -1
        for size in (look, 16 * look):
            if size > _LARGEST_LOOK:
                return
            low = max(reader.lo, reader.hi - size)
            at = self.shallowest_comma(bytes(reader.buffer[low : reader.hi]), whole=low == reader.lo)
            if at is not None and low + at not in (seen, reader.lo):  # nothing stands before a ',' at once
                seen = low + at
                yield seen

    def shallowest_comma(self, text: bytes, *, whole: bool) -> int | None:
        """The last comma at the lowest depth of brackets; the text starts anywhere, or at an element when `whole`."""
        begin = None if whole else self.start.search(text)
        if begin is None and not whole:
            return None
        depth, lowest, at = 0, 0, None
        for token in self.tokens.finditer(text, begin.start() if begin else 0):
            mark = token.group()
            if mark[0] in b"{[":
                depth += 1
            elif mark[0] in b"}]":
                depth -= 1
            if mark[-1] == _COMMA and depth <= lowest:
                lowest, at = depth, token.end() - 1
        return at

    def decode(self, cut: int) -> tuple[list[Any], bool]:
        """The elements before `cut`, consumed with their comma, and whether the array ended; raises as msgspec does."""
        reader = self.reader
        close = cut < reader.hi
        ended, behind = not close, cut + close
        try:
            values = self.decode_between(cut, close=close)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError as fault:
            end = end_of_trailing(fault)
            if end is None:
                raise
            bracket = reader.buffer.rfind(b"]", reader.lo, reader.lo - 1 + end)
            values = self.decode_between(bracket, close=True)
            ended, behind = True, bracket + 1
        reader.skip_to(behind)
        return values, ended

    def decode_between(self, cut: int, *, close: bool) -> list[Any]:
        """`[`, what stands before `cut`, and `]` when asked to `close` it, as one array."""
        buffer, low = self.reader.buffer, self.reader.lo - 1
        first, behind = buffer[low], buffer[cut] if close else 0
        buffer[low] = _OPEN
        if close:
            buffer[cut] = _CLOSE
        try:
            with memoryview(buffer) as view, view[low : cut + close] as text:
                values: list[Any] = self.kinds[0].many(text)
                return values
        finally:
            buffer[low] = first
            if close:
                buffer[cut] = behind

    def one_by_one(self) -> Chunk:
        """The elements that are whole in the window, each by itself; at least one, or `InputError`."""
        reader, kind = self.reader, self.kinds[-1]
        named = repr(self.key) if self.key else "the list"
        good: list[int] = []
        chunk = Chunk(self.key, good, [])
        place = self.count
        while not self.ended:
            try:
                value, wrong = self.next_element(kind)
            except NotWholeError:
                if place > self.count:
                    break
                if reader.done:
                    raise reader.torn(reader.hi, f"the file ends in the middle of {named}") from None
                reader.grow()
                continue
            except NotJsonError as fault:
                if place > self.count:
                    break
                raise reader.torn(reader.lo + fault.position, fault.fact) from None
            if wrong:
                chunk.broken.append(Broken(place, value, wrong))
            else:
                good.append(place)
                chunk.values.append(value)
            place += 1
        return chunk

    def next_element(self, kind: Kind) -> tuple[Any, str]:
        """One element and what is wrong with it, consumed with the comma or bracket behind it."""
        reader = self.reader
        while reader.lo < reader.hi and reader.buffer[reader.lo] in b" \t\r\n":
            reader.skip_to(reader.lo + 1)
        with memoryview(reader.buffer) as view, view[reader.lo : reader.hi] as rest:
            end, value, wrong = first_value(rest, reader.done, kind)
            while end < len(rest) and rest[end] in b" \t\r\n":
                end += 1
            if end == len(rest):
                raise NotWholeError
            behind = rest[end]
        if behind not in (_COMMA, _CLOSE):
            raise NotJsonError(end, "neither ',' nor ']' follows the element")
        reader.skip_to(reader.lo + end + 1)
        self.ended = behind == _CLOSE
        return value, wrong

"""Large JSON files as a stream of typed array elements, in bounded memory, every byte through a real parser.

A label file is one object whose arrays may be half a gigabyte long, or one array at the top. The file is read in
blocks. A block is cut at its last element boundary (`}`, `,`, `{`), closed with `]` and decoded by msgspec: if what
stands before the cut parses as a whole array, the cut was a true boundary, so a wrong guess cannot pass in silence.
Where the array itself ends the parser says so too ("trailing characters, byte N"). Nothing is guessed by pattern.

What msgspec refuses (NaN and Infinity, which Python writes; a wrong type in one element) is read again, that block
only, by the standard library element by element, so one bad number costs its own element and not the file.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..schemas.accounting import Accounting, Kind
from ..schemas.errors import InputError
from .json_window import Reader

_OPEN, _CLOSE = 0x5B, 0x5D
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_BOUNDARY = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")
_NEXT = re.compile(r"[ \t\r\n]*([,\]]?)[ \t\r\n]*")


_SKIP = object()
"""Stands for elements nobody asked for: they are parsed and thrown away."""


class _Skipped(msgspec.Struct, gc=False):
    """Any object, none of its fields decoded."""


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


def stream(path: Path, types: Mapping[str, Any], accounting: Accounting | None = None) -> Iterator[Chunk]:
    """The elements of the arrays that `types` names, chunk by chunk, in the order of the file.

    `types` maps a key of the top-level object (or "" for a top-level array) to the type of its elements, decoded as
    msgspec does; it must not hold `msgspec.Raw`, whose bytes are gone with the block. Other keys are checked for being
    JSON and skipped. A key that appears twice is streamed twice, its
    indices going on. The file's size and sha256 go to `accounting` once it was read to its end.

    Raises `InputError` with line, column and the last whole element where the text stops being JSON.
    """
    with path.open("rb", buffering=0) as file:
        reader = Reader(path, file.fileno())
        yield from _Document(reader, types).chunks()
    if accounting is not None:
        accounting.input(str(path), reader.offset_of_end, reader.digest.hexdigest())


def reject_broken(kind: Kind, file: Path, chunk: Chunk, accounting: Accounting) -> None:
    """Reject every broken element of a chunk with its pointer, its value and what is wrong with it."""
    for index, value, message in chunk.broken:
        said, _, path = message.partition(" - at `$")
        pointer = f"/{chunk.key}/{index}".replace("//", "/") + re.sub(r"[.\[]", "/", path.rstrip("`")).replace("]", "")
        code = "AN023" if "missing required field" in said else "AN004"
        shown = _value_at(value, pointer.split("/")[3 if chunk.key else 2 :])
        accounting.reject(kind, code, file=str(file), at=pointer, value=shown, message=said[:1].lower() + said[1:])


def _value_at(value: Any, steps: Sequence[str]) -> Any:
    """The value at the end of a pointer, as far as it can be followed; long ones as their first 200 characters."""
    for step in steps:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (LookupError, TypeError, ValueError):
            break
    return value if len(str(value)) <= 200 else str(value)[:200]


def top_level(path: Path, limit: int = 1 << 20) -> dict[str, str] | None:
    """What stands at the top of a JSON file, from its first `limit` bytes: {key: the first bytes of its value}.

    A top-level array is {"": the first bytes of it}. None when the head is not JSON. For sniffing; never raises for
    bad content.
    """
    try:
        with path.open("rb") as file:
            head = file.read(limit)
    except OSError:
        return None
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip(" \t\r\n")
    if text.startswith("["):
        return {"": text[:4096]}
    return _keys_at_top(text) if text.startswith("{") else None


def _keys_at_top(text: str) -> dict[str, str]:
    """Keys of the outermost object as far as the head goes; nesting is followed, strings are skipped."""
    found: dict[str, str] = {}
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"(\s*:)?|[{}\[\]]', text):
        mark = match.group()
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
        elif depth == 1 and match.group(1) is not None:
            try:
                key = json.loads(mark[: mark.rindex('"') + 1])
            except ValueError:
                continue
            found.setdefault(key, text[match.end() : match.end() + 4096].lstrip())
    return found


_REMEDY = "Export or copy the file again: what stands here is not whole JSON."


class _Document:
    """One pass over the top of the file."""

    def __init__(self, reader: Reader, types: Mapping[str, Any]) -> None:
        self.reader = reader
        self.types = types
        self.counts: dict[str, int] = {}
        self.last = "no element was whole"

    def chunks(self) -> Iterator[Chunk]:
        reader = self.reader
        reader.fill()
        if reader.buffer[1:4] == b"\xef\xbb\xbf":
            reader.skip_to(4)
        first = reader.skip_space()
        if first == ord("["):
            reader.skip_to(reader.lo + 1)
            yield from self.array("")
        elif first == ord("{"):
            reader.skip_to(reader.lo + 1)
            yield from self.members()
        else:
            raise self.torn(reader.lo, "neither an object nor an array starts here")
        if reader.skip_space() != -1:
            raise self.torn(reader.lo, "more follows after the end of the JSON")

    def members(self) -> Iterator[Chunk]:
        """The members of the outermost object, its `{` consumed, up to and with its `}`."""
        reader = self.reader
        byte = reader.skip_space()
        if byte == ord("}"):
            reader.skip_to(reader.lo + 1)
            return
        while True:
            key = self.key()
            if reader.skip_space() == _OPEN:
                reader.skip_to(reader.lo + 1)
                yield from self.array(key)
            else:
                self.value()
            byte = reader.skip_space()
            if byte not in (ord(","), ord("}")):
                raise self.torn(reader.lo, f"after {key!r} neither ',' nor '}}' follows")
            reader.skip_to(reader.lo + 1)
            if byte == ord("}"):
                return

    def key(self) -> str:
        """A key and its colon."""
        reader = self.reader
        if reader.skip_space() != ord('"'):
            raise self.torn(reader.lo, "a key in double quotes should stand here")
        key = self.value()
        if reader.skip_space() != ord(":"):
            raise self.torn(reader.lo, f"a ':' should follow the key {key!r}")
        reader.skip_to(reader.lo + 1)
        return str(key)

    def value(self) -> Any:
        """Any one value, decoded and consumed. The parser finds its end."""
        reader = self.reader
        while True:
            with memoryview(reader.buffer) as view, view[reader.lo : reader.hi] as rest:
                end, value = _one_value(rest, reader.done)
            if end is not None:
                reader.skip_to(reader.lo + end)
                return value
            if reader.done:
                raise self.torn(reader.hi, "the file ends in the middle of a value")
            reader.grow()

    def array(self, key: str) -> Iterator[Chunk]:
        """The elements of one array, its `[` consumed, up to and with its `]`."""
        elements = _Elements(self, key, self.types.get(key, _SKIP))
        for chunk in elements.chunks():
            if chunk.values or chunk.broken:
                self.last = f"the last whole element is {key}[{self.counts[key] - 1}]"
            if key in self.types:
                yield chunk

    def torn(self, position: int, fact: str) -> InputError:
        return self.reader.error(position, f"{fact}; {self.last}", _REMEDY)


def _one_value(data: memoryview, done: bool) -> tuple[int | None, Any]:
    """(how many bytes the first value of `data` takes, the value), or (None, None) when it is not whole."""
    try:
        return len(data), msgspec.json.decode(data)
    except msgspec.DecodeError as fault:
        if found := _TRAILING.search(str(fault)):
            end = int(found.group(1)) - 1
            return end, msgspec.json.decode(data[:end])
    except UnicodeDecodeError:
        pass  # read below, its bytes kept apart, so that the error can say where it stands
    except RecursionError:
        return None, None
    return _one_lenient_value(_decoded(bytes(data)), done)


def _one_lenient_value(text: str, done: bool) -> tuple[int | None, Any]:
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None, None
    if end == len(text) and not done and not isinstance(value, (dict, list, str)):
        return None, None  # a number may go on in the next block
    return len(text[:end].encode("utf-8", "surrogateescape")), value


def _decoder(wanted: Any) -> Callable[[memoryview], list[Any]]:
    elements: Any = list[wanted]
    return msgspec.json.Decoder(elements).decode


class _Elements:
    """The elements of one array, from the reader's position on."""

    def __init__(self, document: _Document, key: str, wanted: Any) -> None:
        self.document = document
        self.reader = document.reader
        self.key = key
        self.wanted, *self.looser = wanted if isinstance(wanted, tuple) else (wanted,)
        self.head: bytes | None = None
        self.ended = False
        self.nested = False

    def chunks(self) -> Iterator[Chunk]:
        reader = self.reader
        if reader.skip_space() == _CLOSE:
            reader.skip_to(reader.lo + 1)
            return
        self.document.counts.setdefault(self.key, 0)
        if self.wanted is _SKIP:
            self.wanted = _Skipped if reader.buffer[reader.lo] == ord("{") else Any
        self.decode = _decoder(self.wanted)
        while not self.ended:
            reader.fill()
            yield self.next_chunk()

    def next_chunk(self) -> Chunk:
        """Decode up to the block's last boundary, or to the array's end; never an empty step."""
        if self.nested:
            return self.lenient()
        while True:
            cut = self.boundary()
            if cut is not None or self.reader.done:
                try:
                    return self.typed(self.reader.hi if cut is None else cut)
                except msgspec.ValidationError:
                    if not self.looser:
                        return self.lenient()
                    self.wanted, *self.looser = self.looser
                    self.decode = _decoder(self.wanted)
                    continue
                except _NotWholeError:
                    # What looked like a boundary is inside an element, whose own list has objects that begin alike (a
                    # Label Studio task and its regions): only a parser that walks the elements finds where they end.
                    self.nested = True
                    return self.lenient()
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    return self.lenient()
            self.reader.grow()

    def boundary(self) -> int | None:
        """Where the last whole element of the block ends: the index of its comma. None when none is seen.

        The separator and the first key of an element are learnt from the block, so that objects nested in elements
        (a panoptic segments_info) are not taken for elements.
        """
        reader = self.reader
        if self.head is None:
            first = bytes(reader.buffer[reader.lo : reader.lo + 256])
            self.head = first[: first.find(b":") + 1] if first.startswith(b"{") else b""
            found = _BOUNDARY.search(reader.buffer, reader.lo, reader.hi)
            self.separator = found.group() if found else b"},"
        at = -1
        if self.head:
            at = reader.buffer.rfind(self.separator + self.head, reader.lo, reader.hi)
        if at < 0:
            window = max(reader.lo, reader.hi - 65536)
            at = max((m.start() for m in _BOUNDARY.finditer(reader.buffer, window, reader.hi)), default=-1)
        return reader.buffer.index(b",", at) if at >= 0 else None

    def typed(self, cut: int) -> Chunk:
        """The fast path: one decode of everything before `cut`. Raises what msgspec raises, or `_NotWholeError`."""
        reader = self.reader
        try:
            values, end = self.decode_between(reader.lo, cut, close=cut < reader.hi)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError as fault:
            found = _TRAILING.search(str(fault))
            if found is None:
                if "truncated" in str(fault):
                    raise _NotWholeError from fault
                raise
            self.ended = True
            end_of_array = reader.lo - 1 + int(found.group(1)) - 1
            end_of_array = reader.buffer.rfind(b"]", reader.lo - 1, end_of_array) + 1
            values, end = self.decode_between(reader.lo, end_of_array, close=False)
        if cut == reader.hi:
            self.ended = True
        reader.skip_to(end)
        return self.numbered(values, [])

    def decode_between(self, lo: int, hi: int, *, close: bool) -> tuple[list[Any], int]:
        """Decode `[` + buffer[lo:hi] (+ `]`), and the position after what was consumed (the comma with it)."""
        buffer = self.reader.buffer
        kept = buffer[lo - 1], buffer[hi] if close else 0
        buffer[lo - 1] = _OPEN
        if close:
            buffer[hi] = _CLOSE
        try:
            with memoryview(buffer) as view, view[lo - 1 : hi + close] as text:
                return self.decode(text), hi + close
        finally:
            buffer[lo - 1] = kept[0]
            if close:
                buffer[hi] = kept[1]

    def lenient(self) -> Chunk:
        """The slow path for one block: element by element, as Python reads JSON (NaN and Infinity are numbers)."""
        reader = self.reader
        while True:
            text = _decoded(bytes(reader.buffer[reader.lo : reader.hi]))
            offset = len(text) - len(text.lstrip(" \t\r\n"))
            values: list[Any] = []
            scan = json.JSONDecoder().raw_decode
            fault: Exception | None = None
            while not self.ended:
                try:
                    value, end = scan(text, offset)
                except (ValueError, RecursionError) as error:
                    fault = error
                    break
                after = _NEXT.match(text, end)
                if after is None or not after.group(1):
                    fault = (
                        ValueError("neither ',' nor ']' follows the element")
                        if after and after.end() < len(text)
                        else None
                    )
                    break
                values.append(value)
                offset = after.end(1) if after.group(1) == "]" else after.end()
                self.ended = after.group(1) == "]"
            if values:
                break
            open_string = isinstance(fault, json.JSONDecodeError) and fault.msg.startswith("Unterminated string")
            torn = isinstance(fault, json.JSONDecodeError) and fault.pos < len(text) - 4096 and not open_string
            if reader.done or torn:
                raise self.not_json(text, fault)
            reader.grow()
        reader.skip_to(reader.lo + len(text[:offset].encode("utf-8", "surrogateescape")))
        return self.converted(values)

    def not_json(self, text: str, fault: Exception | None) -> InputError:
        reader = self.reader
        position = fault.pos if isinstance(fault, json.JSONDecodeError) else len(text)
        byte = reader.lo + len(text[:position].encode("utf-8", "surrogateescape"))
        said = "the file ends in the middle of an element" if byte >= reader.hi else f"no JSON: {fault}"
        return self.document.torn(byte, said)

    def converted(self, values: list[Any]) -> Chunk:
        """Python values to the loosest type; those that do not fit are broken, the others are kept."""
        wanted = self.looser[-1] if self.looser else self.wanted
        good: list[Any] = []
        good_at: list[int] = []
        broken: list[Broken] = []
        first = self.document.counts[self.key]
        for index, value in enumerate(values, first):
            try:
                good.append(msgspec.convert(value, wanted))
                good_at.append(index)
            except (msgspec.ValidationError, RecursionError) as fault:
                broken.append(Broken(index, value, str(fault)))
        self.document.counts[self.key] += len(values)
        return Chunk(self.key, good_at, good, broken)

    def numbered(self, values: list[Any], broken: list[Broken]) -> Chunk:
        first = self.document.counts[self.key]
        self.document.counts[self.key] = first + len(values)
        return Chunk(self.key, range(first, first + len(values)), values, broken)


class _NotWholeError(Exception):
    """The cut was inside an element."""


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

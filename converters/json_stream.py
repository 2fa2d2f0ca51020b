"""Large JSON files as a stream of typed array elements, in bounded memory, every byte through a real parser.

A label file is one object whose arrays may be half a gigabyte long, or one array at the top. The arrays that are asked
for are read in blocks (`json_elements`); everything else is parsed and thrown away. What Python writes and JSON does
not know (NaN, Infinity) is read as Python reads it; one bad element costs itself and not the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..schemas.accounting import Accounting, Kind
from ..schemas.errors import InputError
from .json_elements import SKIP, Broken, Chunk, Elements
from .json_top import top_level
from .json_value import take_value
from .json_window import Reader

__all__ = ["Broken", "Chunk", "fault_of", "reject_broken", "stream", "top_level"]

_SHOWN = 200
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a ZIP archive", b"\x1f\x8b": "compressed with gzip"}


def stream(path: Path, types: Mapping[str, Any], accounting: Accounting | None = None) -> Iterator[Chunk]:
    """The elements of the arrays that `types` names, chunk by chunk, in the order of the file.

    `types` maps a key of the top-level object (or "" for a top-level array) to the type of its elements, decoded as
    msgspec does; it must not hold `msgspec.Raw`, whose bytes are gone with the block. A tuple of types is tried in
    turn: the next one takes over, for all that follows, where an element does not fit. Other keys are checked for
    being JSON and skipped. A key that appears twice is streamed twice, its indices going on. The file's size and
    sha256 go to `accounting` once it was read to its end.

    Raises `InputError` with line, column (of bytes) and the last whole element where the text stops being JSON, and
    where something else than an array stands at one of the places.
    """
    try:
        with path.open("rb", buffering=0) as file:
            reader = Reader(path, file.fileno())
            for chunk in _Document(reader, types).chunks():
                yield chunk
                if accounting is not None:
                    accounting.input_so_far(str(path), reader.consumed)
    except OSError as error:
        raise InputError(str(path), f"not readable: {error.strerror}", "Check the path and its permissions.") from None
    if accounting is not None:
        accounting.input(str(path), reader.offset_of_end, reader.digest.hexdigest())


def reject_broken(kind: Kind, file: Path, chunk: Chunk, accounting: Accounting) -> None:
    """Reject every broken element of a chunk with its pointer, its value and what is wrong with it."""
    for broken in chunk.broken:
        code, at, value, said = fault_of(chunk.key, broken)
        accounting.reject(kind, code, file=str(file), at=at, value=value, message=said)


def fault_of(key: str, broken: Broken) -> tuple[str, str, Any, str]:
    """A broken element of the array `key`: the rule, the pointer to what is wrong in it, its value, what is wrong."""
    said, _, path = broken.message.partition(" - at `$")
    steps = re.sub(r"[.\[]", "/", path.rstrip("`")).replace("]", "")
    pointer = f"/{key}/{broken.place}".replace("//", "/") + steps
    code = "AN023" if "missing required field" in said else "AN004"
    return code, pointer, _value_at(broken.value, pointer.split("/")[3 if key else 2 :]), said[:1].lower() + said[1:]


def _value_at(value: Any, steps: Sequence[str]) -> Any:
    """The value at the end of a pointer, as far as it can be followed; long or odd ones as their first characters."""
    for step in steps:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (LookupError, TypeError, ValueError):
            break
    try:
        msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError, RecursionError):
        return ascii(value)[:_SHOWN]
    return value if len(str(value)) <= _SHOWN else str(value)[:_SHOWN]


class _Document:
    """One pass over the top of the file."""

    def __init__(self, reader: Reader, types: Mapping[str, Any]) -> None:
        self.reader = reader
        self.types = types
        self.counts: dict[str, int] = {}

    def chunks(self) -> Iterator[Chunk]:
        """All that is asked for."""
        reader = self.reader
        reader.fill()
        if reader.buffer.startswith(b"\xef\xbb\xbf", 1):
            reader.skip_to(4)
        byte = reader.skip_space()
        if byte == ord("["):
            if "" not in self.types:
                raise self.unlike(f"a list stands at the top, where an object with {self.wanted()} should")
            reader.skip_to(reader.lo + 1)
            yield from self.array("", asked=True)
        elif byte == ord("{"):
            if "" in self.types and len(self.types) == 1:
                raise self.unlike("an object stands at the top, where a list should")
            reader.skip_to(reader.lo + 1)
            yield from self.members()
        else:
            raise self.no_document(byte)
        if reader.skip_space() != -1:
            raise reader.torn(reader.lo, "more follows after the end of the JSON")

    def no_document(self, byte: int) -> InputError:
        reader = self.reader
        if byte == -1:
            return reader.torn(reader.lo, "the file is empty")
        head = bytes(reader.buffer[reader.lo : reader.lo + 2])
        what = f"this is {_MARKS[head]}: " if head in _MARKS else ""
        return reader.torn(reader.lo, f"{what}neither an object nor a list starts here")

    def unlike(self, fact: str) -> InputError:
        remedy = "Give the file of the format that was named; `mmdata sources` lists the formats."
        return self.reader.error(self.reader.lo, fact, remedy)

    def wanted(self) -> str:
        return " and ".join(repr(key) for key in self.types)

    def members(self) -> Iterator[Chunk]:
        """The members of the outermost object, its `{` consumed, up to and with its `}`."""
        reader = self.reader
        byte = reader.skip_space()
        if byte == ord("}"):
            reader.skip_to(reader.lo + 1)
            return
        while True:
            key = self.key()
            byte = reader.skip_space()
            if byte == ord("["):
                reader.skip_to(reader.lo + 1)
                yield from self.array(key, asked=bool(key) and key in self.types)
            elif key and key in self.types and byte != -1:
                raise self.unlike(f"something else than a list stands under {key!r}")
            else:
                take_value(self.reader)
            byte = reader.skip_space()
            if byte not in (ord(","), ord("}")):
                raise reader.torn(reader.lo, f"after {key!r} neither ',' nor '}}' follows")
            reader.skip_to(reader.lo + 1)
            if byte == ord("}"):
                return

    def key(self) -> str:
        """A key and its colon."""
        reader = self.reader
        if reader.skip_space() != ord('"'):
            raise reader.torn(reader.lo, "a key in double quotes should stand here")
        key = str(take_value(self.reader))
        if reader.skip_space() != ord(":"):
            raise reader.torn(reader.lo, f"a ':' should follow the key {key!r}")
        reader.skip_to(reader.lo + 1)
        return key

    def array(self, key: str, *, asked: bool) -> Iterator[Chunk]:
        """The elements of one array, its `[` consumed, up to and with its `]`."""
        elements = Elements(self.reader, key, self.types[key] if asked else SKIP, self.counts.get(key, 0))
        for chunk in elements.chunks():
            self.counts[key] = elements.count
            if asked:
                yield chunk

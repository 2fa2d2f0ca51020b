"""Raw: some values of a JSON file as they stand there, before any reader takes them for something.

What a parser swallows without a word (a key that stands twice, NaN, an id of nought) is seen here and nowhere else.
Every JSON file that was read goes by once more, part by part, in bounded memory: the elements of each list at its top,
the other members of its outermost object, or the lines of JSON Lines. Places are those of findings.
"""

import gc
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from ...converters.json_elements import Chunk, Elements, Skipped
from ...converters.json_pointer import step
from ...converters.json_value import ANYTHING, NotJsonError, NotWholeError, first_value, take_value
from ...converters.json_window import BLOCK, Reader
from ...converters.sources.json_rows import form_of
from ...schemas.errors import InputError

SUFFIXES = (".json", ".jsonl", ".ndjson")
"""Names of files that are looked at so."""

_SHALLOW = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode

_DIGITS_ALIKE = bytes.maketrans(b"123456789+E", b"0000000000e")
_HUGE = (b"0e000", b"0" * 200)  # 199 digits and an exponent of two are still a number

LINES = 1 << 20
"""Bytes of the lines of JSON Lines that are looked at together."""


@dataclass(frozen=True)
class Raw:
    """Consecutive values of one file: `values` as parsers take them, `text` the JSON list that they stand in.

    Of a long list of objects only the text is there until a rule asks: to take everything apart costs more than all
    rules together. `count` is how many values there are, `ats` their places; `key` is the list's name at the top of
    the file, empty for a list that is the file, for lines, and for members that are no lists. `sound` says that a
    strict parser read them: there is no NaN. `twice` are the keys of the outermost object that stood twice, said
    behind everything else. `source` reads the file.
    """

    file: str
    source: str
    key: str
    ats: Sequence[str] | range
    read: list[Any] | None
    text: bytes
    sound: bool
    twice: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.ats)

    @cached_property
    def values(self) -> list[Any]:
        """The values, taken apart."""
        whole: list[Any] = ANYTHING.one(self.text) if self.read is None else self.read
        return whole

    @cached_property
    def shallow(self) -> list[dict[str, msgspec.Raw]] | None:
        """The members of each value, themselves not taken apart; None where the values are no objects."""
        try:
            return _SHALLOW(self.text)
        except (ValueError, RecursionError):
            return None

    def at(self, place: int) -> str:
        """Where a value stands."""
        place_ = self.ats[place]
        if isinstance(place_, str):
            return place_
        return f"{step(self.key)}/{place_}" if self.key else f"/{place_}"


def raw_parts(path: Path, source: str = "") -> Iterator[Raw]:
    """The parts of a JSON file in order; ends without a word where the file stops being JSON, as its reader said."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return
    with suppress(InputError, OSError):
        yield from _lines(path, source) if _has_lines(path) else _Top(path, source).parts()


def _has_lines(path: Path) -> bool:
    """Whether these are JSON Lines; one object alone on the one line of a file is looked at member by member."""
    if form_of(path) != "lines":
        return False
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            _, broken, rest = block.partition(b"\n")
            if broken:
                return bool((rest + file.read(BLOCK)).strip())
    return False


class _Top:
    """One pass over what stands at the top of a file."""

    def __init__(self, path: Path, source: str) -> None:
        self.path, self.source = path, source

    def parts(self) -> Iterator[Raw]:
        with self.path.open("rb", buffering=0) as file:
            reader = Reader(self.path, file.fileno())
            reader.fill()
            if reader.buffer.startswith(b"\xef\xbb\xbf", 1):
                reader.skip_to(4)
            byte = reader.skip_space()
            if byte not in b"[{":
                return
            reader.skip_to(reader.lo + 1)
            yield from self.elements(reader, "", 0) if byte == ord("[") else self.members(reader)

    def members(self, reader: Reader) -> Iterator[Raw]:
        counts: dict[str, int] = {}
        twice: dict[str, None] = {}
        more = reader.skip_space() == ord('"')
        while more:
            key = str(take_value(reader))
            if key in counts:
                twice[key] = None
            if reader.skip_space() != ord(":"):
                return
            reader.skip_to(reader.lo + 1)
            if reader.skip_space() == ord("["):
                reader.skip_to(reader.lo + 1)
                for part in self.elements(reader, key, counts.get(key, 0)):
                    yield part
                    counts[key] = counts.get(key, 0) + part.count
            else:
                yield self.member(reader, key)
            counts.setdefault(key, 0)
            more = reader.skip_space() == ord(",")
            reader.skip_to(reader.lo + 1)
            more = more and reader.skip_space() == ord('"')
        yield Raw(str(self.path), self.source, "", (), [], b"[]", True, tuple(twice))

    def member(self, reader: Reader, key: str) -> Raw:
        before = reader.consumed
        value = take_value(reader)
        text = _behind(reader, before)
        return Raw(str(self.path), self.source, "", (step(key),), [value], b"[" + text + b"]", _strict(text))

    def elements(self, reader: Reader, key: str, count: int) -> Iterator[Raw]:
        before = reader.consumed
        chunks = Elements(reader, key, (Skipped, Any), count).chunks()
        above = step(key) if key else ""
        while (chunk := _next(chunks)) is not None:
            text = _behind(reader, before).rstrip(b" \t\r\n")
            sound = isinstance(chunk.indices, range)
            ats = chunk.indices if isinstance(chunk.indices, range) else [f"{above}/{each}" for each in chunk.indices]
            text = b"[" + text[:-1] + b"]"
            read: list[Any] | None = chunk.values
            if chunk.values and isinstance(chunk.values[0], Skipped):
                sound = sound and (not _may_be_huge(text) or _strict(text))
                read = None if sound else json.loads(text)
            yield Raw(str(self.path), self.source, key, ats, read, text, sound)
            before = reader.consumed


def _next(chunks: Iterator[Chunk]) -> Chunk | None:
    """The next chunk, the collector of cycles left out: values of JSON have none, and to look for them costs as much
    as to parse them.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        return next(chunks, None)
    finally:
        if running:
            gc.enable()


def _may_be_huge(text: bytes) -> bool:
    """Whether a number may be beyond all numbers, which what passes over values does not see."""
    digits = text.translate(_DIGITS_ALIKE)
    return any(huge in digits for huge in _HUGE)


def _strict(text: bytes) -> bool:
    """Whether a strict parser takes the value: a number that is none it does not."""
    try:
        ANYTHING.one(text)
    except (ValueError, RecursionError):
        return False
    return True


def _behind(reader: Reader, before: int) -> bytes:
    """What was consumed since, which is still in the window but for white space at its beginning."""
    return bytes(reader.buffer[max(1, reader.lo - (reader.consumed - before)) : reader.lo])


def _lines(path: Path, source: str) -> Iterator[Raw]:
    ats: list[str] = []
    texts: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if not text:
                continue
            ats.append(f"{number}:1")
            texts.append(text)
            size += len(text)
            if size > LINES:
                yield _of_lines(path, source, ats, texts)
                ats, texts, size = [], [], 0
    if texts:
        yield _of_lines(path, source, ats, texts)


def _of_lines(path: Path, source: str, ats: list[str], texts: list[bytes]) -> Raw:
    text = b"[" + b",\n".join(texts) + b"]"
    try:
        return Raw(str(path), source, "", ats, ANYTHING.one(text), text, True)
    except (ValueError, RecursionError):
        pass
    read = [(at, text, value[0]) for at, text in zip(ats, texts, strict=True) if (value := _value(text))]
    whole = b"[" + b",\n".join(text for _, text, _ in read) + b"]"
    return Raw(str(path), source, "", [at for at, _, _ in read], [value for _, _, value in read], whole, False)


def _value(text: bytes) -> tuple[Any] | None:
    """The value of a line in a tuple; none where it is no JSON, which its reader said."""
    try:
        with memoryview(text) as view:
            read = first_value(view, last=True)
    except (NotJsonError, NotWholeError):
        return None
    return (read.value,) if read.end == len(text) else None

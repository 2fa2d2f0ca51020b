"""Rows of JSON: the elements of a list, the lines of JSON Lines, or the members of an object; in bounded memory.

The ending of a file says nothing: JSON Lines stand under .json as often as under .jsonl. The first bytes decide.
"""

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..json_pointer import step
from ..json_stream import stream
from ..json_value import take_value
from ..json_window import Reader
from ..sendable import sendable
from .object_error import ObjectError
from .text_lines import json_in, text_lines

Form = Literal["list", "lines", "object"]

_HEAD = 1 << 20
_SHOWN = 200
_FIRST_KEY = re.compile(r'\{\s*"((?:[^"\\]|\\.)*)"\s*:\s*')


class JsonRow(NamedTuple):
    """One value and its place: a pointer, or in JSON Lines the line and a column. `key` is a member's name."""

    at: str
    value: Any
    fault: ObjectError | None = None
    key: str = ""


def form_of(path: Path) -> Form | None:
    """What stands at the top: a list, an object, or an object a line; None for what is none of them. Never raises.

    One object alone on the one line of a file is taken for a line.
    """
    text = _head(path)
    if text[:1] == "[":
        return "list"
    if text[:1] != "{":
        return None
    first, broken, rest = text.partition("\n")
    if not _whole(first):
        return "object" if broken or len(text) < _HEAD else "lines"
    return "lines" if not rest.strip() or rest.lstrip()[:1] == "{" else "object"


def first_row(path: Path) -> Any:
    """The first element, line or member's value, as far as the first MiB holds it whole; None where there is none.

    For recognising a format by the keys of what it holds. Never raises.
    """
    form, text = form_of(path), _head(path)
    start = 0
    if form == "list":
        start = len(text) - len(text[1:].lstrip())
    elif form == "object" and (key := _FIRST_KEY.match(text)):
        start = key.end()
    return _whole_value(text[start:])


def json_rows(path: Path, accounting: Accounting) -> Iterator[JsonRow]:
    """Every element, line or member, in order; the file's size and sha256 go to `accounting` once it was read.

    A line that is no JSON is a row with a fault (AN001). Raises `InputError` where there is no such file, where a list
    or an object stops being JSON, and for what is neither.
    """
    form = form_of(path)
    if form == "lines":
        yield from _lines(path, accounting)
    elif form == "object":
        yield from json_members(path, accounting)
    elif path.is_file():
        yield from _elements(path, accounting)
    else:
        raise InputError(str(path), "there is no such file", "Check the path of the labels.")


def _elements(path: Path, accounting: Accounting) -> Iterator[JsonRow]:
    for chunk in stream(path, {"": Any}, accounting):
        for index, value in chunk.items:
            yield JsonRow(f"/{index}", sendable(value)[0])


def _lines(path: Path, accounting: Accounting) -> Iterator[JsonRow]:
    for line in text_lines(path, accounting):
        at = f"{line.number}:1"
        try:
            yield JsonRow(at, json_in(line))
        except ObjectError as fault:
            yield JsonRow(at, None, fault.with_traceback(None))


def json_members(path: Path, accounting: Accounting) -> Iterator[JsonRow]:
    """The members of the outermost object, one at a time; raises as `json_rows`."""
    with path.open("rb", buffering=0) as file:
        reader = Reader(path, file.fileno())
        reader.fill()
        if reader.buffer.startswith(b"\xef\xbb\xbf", 1):
            reader.skip_to(4)
        _expect(reader, b"{")
        more = reader.skip_space() != ord("}")
        while more:
            key = take_value(reader)
            if not isinstance(key, str):
                raise reader.torn(reader.lo, f"a key in double quotes should stand before {str(key)[:_SHOWN]}")
            _expect(reader, b":")
            reader.skip_space()
            value, key = sendable(take_value(reader))[0], str(sendable(key)[0])
            yield JsonRow(step(key), value, None, key)
            more = reader.skip_space() == ord(",")
            if more:
                _expect(reader, b",")
                reader.skip_space()
        _expect(reader, b"}")
        if reader.skip_space() != -1:
            raise reader.torn(reader.lo, "more follows after the end of the JSON")
    accounting.input(str(path), reader.offset_of_end, reader.digest.hexdigest())


def _expect(reader: Reader, mark: bytes) -> None:
    if reader.skip_space() != mark[0]:
        raise reader.torn(reader.lo, f"a {mark.decode()!r} should stand here")
    reader.skip_to(reader.lo + 1)


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD)
    except OSError:
        return ""
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip(" \t\r\n")


def _whole(text: str) -> bool:
    """Whether the text is one JSON value and nothing else."""
    try:
        _, end = JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return not text[end:].strip()


def _whole_value(text: str) -> Any:
    try:
        return JSONDecoder().raw_decode(text)[0]
    except (JSONDecodeError, ValueError, RecursionError):
        return None

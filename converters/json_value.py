"""The first JSON value in some bytes: what it is, and where it ends, as a parser says and not as a pattern guesses.

msgspec reads it. What msgspec refuses and Python writes or takes (NaN and Infinity, a number beyond its range, half of
a surrogate pair, bytes that are no UTF-8) is read again by the standard library, that value only.
"""

import json
import re
from typing import Any, NamedTuple

import msgspec

from .json_window import Reader

_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_WORDS = ("NaN", "Infinity", "-Infinity", "true", "false", "null")
_NUMBER_GOES_ON = re.compile(r"\.|[eE][+-]?")
_DIGITS = 4000
"""An integer of more digits is read as a float: Python turns none of 4300 or more, and no label has one."""
_FIRST_PIECE = 4096
_NO_UNICODE = "Expected Unicode text, got bytes that are no UTF-8 or half of a surrogate pair"
TOO_DEEP = "brackets are nested too deep to be read"


class NotWholeError(Exception):
    """The bytes end before the value does."""


class NotJsonError(Exception):
    """What stands at `position` (bytes from the start) is no JSON; `fact` says why."""

    def __init__(self, position: int, fact: str) -> None:
        super().__init__(fact)
        self.position = position
        self.fact = fact


class Value(NamedTuple):
    """A value and its `end`, past the white space behind it; `wrong` says what is wrong with it when it is not of the
    wanted type, and it is then as JSON has it.
    """

    end: int
    value: Any
    wrong: str


class Kind:
    """A type that values are read as: msgspec's, for one value and for a list of them."""

    def __init__(self, wanted: Any) -> None:
        self.wanted = wanted
        self.one = msgspec.json.Decoder(wanted).decode
        many: Any = list[wanted]
        self.many = msgspec.json.Decoder(many).decode


ANYTHING = Kind(Any)


def end_of_trailing(fault: msgspec.DecodeError) -> int | None:
    """Where the first value ends of which msgspec says that more follows it; None when it says something else."""
    found = _TRAILING.search(str(fault))
    return int(found.group(1)) - 1 if found else None


def first_value(data: memoryview, last: bool, kind: Kind = ANYTHING) -> Value:
    """The value that `data` begins with; `last` when nothing follows `data` in the file.

    Raises `NotWholeError` when it may go on behind `data` (of the last bytes: when they are torn), `NotJsonError`.
    """
    wrong = ""
    try:
        return _strict(data, last, kind, wrong)
    except msgspec.ValidationError as fault:
        wrong = str(fault)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        if not last and "truncated" in str(fault) and not _HALF_A_PAIR.search(data):
            raise NotWholeError from None
    except RecursionError:
        raise NotJsonError(0, TOO_DEEP) from None
    if wrong:
        try:
            return _strict(data, last, ANYTHING, wrong)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        except RecursionError:
            raise NotJsonError(0, TOO_DEEP) from None
    return _converted(*_as_python_reads(data, last), kind.wanted)


def _strict(data: memoryview, last: bool, kind: Kind, wrong: str) -> Value:
    try:
        value, end = kind.one(data), len(data)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as fault:
        found = end_of_trailing(fault)
        if found is None:
            raise
        return Value(found, kind.one(data[:found]), wrong)
    if not last:
        raise NotWholeError  # a number may go on, and what follows the value is not seen
    return Value(end, value, wrong)


def _as_python_reads(data: memoryview, last: bool) -> tuple[int, Any]:
    """The end and the value, by the standard library; only as much of `data` as it needs becomes text."""
    size = _FIRST_PIECE
    while True:
        text = str(data[:size], "utf-8", "surrogateescape")
        whole = size >= len(data)
        try:
            value, end = _decoder.raw_decode(text)
            rest = text[end:]
            if (rest or (whole and last)) and not _NUMBER_GOES_ON.fullmatch(rest):
                return len(text[:end].encode("utf-8", "surrogateescape")), value
        except RecursionError:
            raise NotJsonError(0, TOO_DEEP) from None
        except json.JSONDecodeError as fault:
            if whole and (last or fault.pos < len(text) - 16) and not _torn(text, fault):
                position = len(text[: fault.pos].encode("utf-8", "surrogateescape"))
                raise NotJsonError(position, f"no JSON: {fault.msg}") from None
        if whole:
            raise NotWholeError
        size *= 8


def _torn(text: str, fault: json.JSONDecodeError) -> bool:
    """Whether the fault is that the text ends here."""
    rest = text[fault.pos :]
    return (
        fault.msg.startswith("Unterminated string")
        or any(word.startswith(rest) for word in _WORDS)
        or _NUMBER_GOES_ON.fullmatch(rest) is not None
        or (fault.msg.startswith("Invalid \\u") and len(rest) < 6)
        or not rest.strip(" \t\r\n")
    )


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


_decoder = json.JSONDecoder(parse_int=_integer)


def _converted(end: int, value: Any, wanted: Any) -> Value:
    try:
        typed = msgspec.convert(value, wanted)
    except msgspec.ValidationError as fault:
        return Value(end, value, str(fault))
    except UnicodeEncodeError:  # where a text is half of a surrogate pair and no text should stand
        return Value(end, value, _NO_UNICODE)
    wrong = _no_unicode(typed) if isinstance(typed, msgspec.Struct) else ""
    return Value(end, value if wrong else typed, wrong)


def _no_unicode(typed: msgspec.Struct) -> str:
    """What is wrong with a text that UTF-8 cannot hold. Untyped values keep theirs: who reads them must look."""
    for name in typed.__struct_fields__:
        try:
            msgspec.json.encode(getattr(typed, name))
        except UnicodeEncodeError:
            return f"{_NO_UNICODE} - at `$.{name}`"
    return ""


def take_value(reader: Reader) -> Any:
    """The value that begins at the reader's position, decoded and consumed.

    Raises `InputError` with its place where no whole value stands there.
    """
    while True:
        try:
            with memoryview(reader.buffer) as view, view[reader.lo : reader.hi] as rest:
                end, value, _ = first_value(rest, reader.done)
        except NotWholeError:
            if reader.done:
                raise reader.torn(reader.hi, "the file ends in the middle of a value") from None
        except NotJsonError as fault:
            raise reader.torn(reader.lo + fault.position, fault.fact) from None
        else:
            reader.skip_to(reader.lo + end)
            return value
        if reader.lo > 1:
            reader.fill()
        else:
            reader.grow()

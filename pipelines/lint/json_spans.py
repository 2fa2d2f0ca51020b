"""Where values stand in JSON text, by their pointers: for edits that leave every other byte alone, and for lines.

One walk serves all pointers of a document. What no pointer leads into is passed over by the decoder's own scanner, so
a walk costs about a decode, and holds one value at a time.
"""

import re
from collections.abc import Iterable
from json import JSONDecodeError
from json.decoder import JSONDecoder
from typing import NamedTuple

from ...converters.json_pointer import key_of

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = JSONDecoder(strict=False).raw_decode


class Span(NamedTuple):
    """A value's place in the text, from `start` up to `end`; `key` is where its member begins, -1 in a list."""

    start: int
    end: int
    key: int = -1


class _Branch:
    """Pointers as a tree: which are wanted below a value, and whether it is itself."""

    __slots__ = ("below", "wanted")

    def __init__(self) -> None:
        self.wanted: str | None = None
        self.below: dict[str, _Branch] = {}


_NONE = _Branch()


def spans(text: str, pointers: Iterable[str]) -> dict[str, Span]:
    """The span of every pointer (RFC 6901, "" the whole) that leads to a value; others are not in the result.

    Of keys that stand twice the last counts, as for decoders. Raises `JSONDecodeError` where the text is no JSON.
    """
    root = _Branch()
    for pointer in pointers:
        branch = root
        for step in pointer.split("/")[1:]:
            branch = branch.below.setdefault(key_of(step), _Branch())
        branch.wanted = pointer
    found: dict[str, Span] = {}
    _value(text, _skip(text, int(text.startswith("\ufeff"))), root, found)
    return found


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and column, both from 1, of a place in a text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, start: int, branch: _Branch, found: dict[str, Span], key: int = -1) -> int:
    """The end of the value that begins at `start`; the wanted spans in it are put into `found`."""
    opening = text[start : start + 1]
    if branch.below and opening == "{":
        end = _object(text, start, branch, found)
    elif branch.below and opening == "[":
        end = _array(text, start, branch, found)
    else:
        end = _decode(text, start)[1]
    if branch.wanted is not None:
        found[branch.wanted] = Span(start, end, key)
    return end


def _object(text: str, start: int, branch: _Branch, found: dict[str, Span]) -> int:
    at = _skip(text, start + 1)
    while text[at : at + 1] == '"':
        name, end = _decode(text, at)
        colon = _skip(text, end)
        if text[colon : colon + 1] != ":":
            raise JSONDecodeError("no colon after a key", text, colon)
        end = _value(text, _skip(text, colon + 1), branch.below.get(name, _NONE), found, at)
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            break
        at = _skip(text, at + 1)
    return _closed(text, at, "}")


def _array(text: str, start: int, branch: _Branch, found: dict[str, Span]) -> int:
    at, index = _skip(text, start + 1), 0
    while text[at : at + 1] != "]":
        at = _skip(text, _value(text, at, branch.below.get(str(index), _NONE), found))
        if text[at : at + 1] != ",":
            break
        at, index = _skip(text, at + 1), index + 1
    return _closed(text, at, "]")


def _closed(text: str, at: int, bracket: str) -> int:
    if text[at : at + 1] != bracket:
        raise JSONDecodeError(f"no {bracket} where it should stand", text, at)
    return at + 1

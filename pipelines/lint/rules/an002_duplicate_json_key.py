"""A key that stands twice in one JSON object.

What
    One object of a JSON file has the same key two times or more. Every JSON file is looked at: labels, and the rows
    of training files.

Why it hurts training
    Parsers take the last one and say nothing, some the first: two people who read the file see two sets of boxes.

Example
    `{"id": 7, "bbox": [1, 2, 3, 4], "bbox": [5, 6, 7, 8]}`

Instead
    Keep the one that is meant. Files joined as text, and dictionaries written by hand, have such keys.

Fix safety
    None: nobody can tell which of the two is meant.

Sources
    RFC 8259 §4 leaves open what it means; four of four conversion tools take the last without a word (measured).

"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from ....converters.json_pointer import step
from ..hits import Located
from ..raw import Raw

_SPACED = re.compile(rb'"[ \t\r\n]+:')
_OPENS = (b'":{', b'": {')
_SHOWN = 100


def check_raw(raw: Raw) -> Iterator[Located]:
    """Keys that stand twice: looked for closely only where a text has more keys than what was parsed of it."""
    for key in raw.twice:
        yield _said(raw.file, step(key), key)
    if not raw.count or not _has_more_keys(raw):
        return
    try:
        values = json.JSONDecoder(object_pairs_hook=_Object, strict=False).decode(raw.text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return  # a number of a million digits, say: its reader says what is wrong
    for place, value in enumerate(values):
        for at, key in _twice(value):
            yield _said(raw.file, raw.at(place) + at, key)


def _said(file: str, at: str, key: str) -> Located:
    return Located(file, at, key[:_SHOWN], f"{key[:_SHOWN]!r} stands twice in one object")


def _has_more_keys(raw: Raw) -> bool:
    """Whether more keys seem to stand in the text than in the values; never False where one stands twice."""
    if _SPACED.search(raw.text):
        return True
    written, objects = raw.text.count(b'":'), raw.text.count(b"{")
    if raw.shallow is not None:
        known, keys = len(raw.shallow), sum(map(len, raw.shallow))
        if known < objects:
            nested = _nested(raw.shallow, _holders(raw.text))
            known, keys = known + len(nested), keys + sum(map(len, nested))
        if known == objects:
            return written > keys
    try:
        return written > msgspec.json.encode(raw.values).count(b'":')
    except (ValueError, OverflowError, RecursionError):
        return True


def _holders(text: bytes) -> set[bytes]:
    """The names of members that are objects, as they are mostly written; others make a closer look."""
    names: set[bytes] = set()
    for opens in _OPENS:
        at = text.find(opens)
        while at >= 0:
            names.add(text[text.rfind(b'"', 0, at) + 1 : at])
            at = text.find(opens, at + 1)
    return names


def _nested(values: list[dict[str, msgspec.Raw]], names: set[bytes]) -> list[dict[str, msgspec.Raw]]:
    """The objects that stand right below the values, under these names."""
    found: list[dict[str, msgspec.Raw]] = []
    for name in sorted(names):
        try:
            key = msgspec.json.decode(b'"' + name + b'"', type=str)
        except ValueError:
            continue
        held = (value[key] for value in values if key in value)
        found += [_OBJECT(below) for below in held if bytes(below)[:1] == b"{"]
    return found


_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _Object(dict[str, Any]):
    """A JSON object that knows which of its keys stood twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        more = len(pairs) > len(self)
        self.twice = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1] if more else []


def _twice(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, _Object):
        for key in value.twice:
            yield at + step(key), key
        for key, below in value.items():
            yield from _twice(below, at + step(key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _twice(below, f"{at}/{number}")

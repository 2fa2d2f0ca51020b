"""Renumbering: an id that stands twice becomes the whole number behind the largest of those beside it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ....schemas.finding import Edit
from ..json_spans import spans

_DIGITS = 18  # of an id that a 64-bit integer holds whatever they are


def numbered(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits, each `renumber` of `/annotations/3/id` as a `replace` by a number no element of that list has there.

    Where all ids stand in quotes the new one does. What leads to nothing is left out.
    """
    lists = {_list_and_key(edit.at)[0] for edit in edits if edit.op == "renumber"}
    rows = {at: json.loads(text[span.start : span.end]) for at, span in spans(text, lists).items()}
    return _replaced(edits, rows)


def numbered_lines(lines: Sequence[str], edits: Sequence[Edit]) -> list[Edit]:
    """As `numbered`, the elements being the lines of JSON Lines; `12:1/id` is the id of one."""
    return _replaced(edits, {"": [_row(line) for line in lines if line.strip()]})


def _replaced(edits: Sequence[Edit], rows: dict[str, Any]) -> list[Edit]:
    """The edits with numbers, by the elements of each list."""
    ids: dict[tuple[str, str], list[Any]] = {}
    free: dict[tuple[str, str], int] = {}
    made: list[Edit] = []
    for edit in edits:
        if edit.op != "renumber":
            made.append(edit)
            continue
        where = _list_and_key(edit.at)
        if where not in ids:
            held = rows.get(where[0])
            ids[where] = [row.get(where[1]) for row in held if isinstance(row, dict)] if isinstance(held, list) else []
            free[where] = max(_numbers(ids[where]), default=0) + 1
        if ids[where]:
            quoted = all(isinstance(each, str) for each in ids[where])
            made.append(Edit(edit.file, edit.at, "replace", str(free[where]) if quoted else free[where]))
            free[where] += 1
    return made


def _list_and_key(at: str) -> tuple[str, str]:
    above, _, key = at.rpartition("/")
    return above.rpartition("/")[0], key


def _numbers(ids: Iterable[Any]) -> Iterable[int]:
    for each in ids:
        if isinstance(each, str) and each.isdecimal() and len(each) <= _DIGITS:
            yield int(each)
        elif isinstance(each, int):
            yield each
        elif isinstance(each, float) and each.is_integer():
            yield int(each)


def _row(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None

"""Edits of JSON text: values replaced, removed and added where they stand, every other byte left alone."""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from ....converters.json_pointer import key_of
from ....schemas.finding import Edit
from ..json_spans import Span, spans
from .renumber import numbered, numbered_lines

_WHITE = 1 << 16  # more white space than that stands before no value
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_LINE = re.compile(r"(\d+)(?::\d+)?(/.*)?", re.DOTALL)


class _Splice(NamedTuple):
    """Text that takes the place of what stands from `start` up to `end`."""

    start: int
    end: int
    text: str


def edit_json(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made; those whose place is not there, or within another's, are left for the next round.

    `add` is of a member, `/0/id`, or at a list's end, `/turns/-`. Raises `JSONDecodeError` for what is no JSON.
    """
    if any(edit.op == "renumber" for edit in edits):
        edits = numbered(text, edits)
    where = spans(text, {edit.at for edit in edits} | {_parent(edit.at) for edit in edits})
    thinned = {_parent(edit.at) for edit in edits if edit.op == "remove"}
    known = [(place, edit) for edit in edits if (place := _place(text, edit, where, thinned))]
    splices: list[_Splice] = []
    taken = -1
    for span, edit in sorted(known, key=lambda each: each[0][:2]):
        if span.start < taken:
            continue
        splices.append(_removed(text, span, taken) if edit.op == "remove" else _written(text, span, edit))
        taken = max(splices[-1].end, span.start + 1)
    return _spliced(text, splices)


def edit_json_lines(text: str, edits: Sequence[Edit]) -> str:
    """JSON Lines with the edits made; `12:1` is a whole line, `12:1/conversations/0` a value in it."""
    lines = text.split("\n")
    if any(edit.op == "renumber" for edit in edits):
        edits = numbered_lines(lines, edits)
    by_line: dict[int, list[Edit]] = {}
    for edit in edits:
        if place := _LINE.fullmatch(edit.at):
            by_line.setdefault(int(place[1]), []).append(Edit(edit.file, place[2] or "", edit.op, edit.value))
    gone: set[int] = set()
    for number, own in by_line.items():
        if number > len(lines):
            continue
        if any(edit.op == "remove" and not edit.at for edit in own):
            gone.add(number)
        else:
            lines[number - 1] = edit_json(lines[number - 1], own)
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in gone)


def _place(text: str, edit: Edit, where: dict[str, Span], thinned: set[str]) -> Span | None:
    """What an edit is about; for an `add` the empty place behind its parent's last member."""
    span = where.get(edit.at)
    if edit.op != "add":
        return span if edit.at or edit.op == "replace" else None
    parent = where.get(_parent(edit.at))
    if span is not None or parent is None or text[parent.end - 1] not in "}]" or _parent(edit.at) in thinned:
        return None
    place = parent.start + 1 + len(text[parent.start + 1 : parent.end - 1].rstrip())
    return Span(place, place, 0 if text[parent.end - 1] == "}" else -1)


def _removed(text: str, span: Span, taken: int) -> _Splice:
    """The value with its key and one comma: the one before it, or, where that is gone or there is none, that behind."""
    start = span.key if span.key >= 0 else span.start
    before = start - len(text[max(0, start - _WHITE) : start]) + len(text[max(0, start - _WHITE) : start].rstrip())
    if before > taken and text[before - 1] == ",":
        return _Splice(before - 1, span.end, "")
    behind = _COMMA.match(text, span.end)
    return _Splice(start, behind.end() if behind else span.end, "")


def _written(text: str, span: Span, edit: Edit) -> _Splice:
    if edit.op == "replace":
        return _Splice(span.start, span.end, _dumped(edit.value, text))
    comma = "" if text[span.start - 1] in "[{" else ", "
    key = f"{_dumped(_name(edit.at), text)}: " if span.key >= 0 else ""
    return _Splice(span.start, span.end, f"{comma}{key}{_dumped(edit.value, text)}")


def _spliced(text: str, splices: Sequence[_Splice]) -> str:
    pieces: list[str] = []
    at = 0
    for splice in splices:
        pieces += (text[at : splice.start], splice.text)
        at = splice.end
    return "".join((*pieces, text[at:]))


def _dumped(value: object, text: str) -> str:
    """A value as JSON, with letters as they are where the text has such letters too."""
    return json.dumps(value, ensure_ascii=text.isascii())


def _parent(pointer: str) -> str:
    return pointer.rpartition("/")[0]


def _name(pointer: str) -> str:
    return key_of(pointer.rpartition("/")[2])

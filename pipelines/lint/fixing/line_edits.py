"""Edits of text by lines: a line replaced or removed by its number, line ends kept."""

import re
from collections.abc import Sequence

from ....schemas.finding import Edit

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def edit_lines(text: str, edits: Sequence[Edit]) -> str:
    """The text with whole lines replaced or removed; places are line numbers from 1, with or without a column.

    A line ends with a line feed, a carriage return or both, and with nothing else: other separators of Unicode stand in
    cells of tables. Of two edits of one line the first is made.
    """
    wanted: dict[int, Edit] = {}
    for edit in edits:
        wanted.setdefault(_number(edit), edit)
    lines = (line for line in _LINE.findall(text) if line)
    return "".join(_edited(line, wanted.get(number)) for number, line in enumerate(lines, 1))


def _edited(line: str, edit: Edit | None) -> str:
    if edit is None or edit.op not in ("remove", "replace"):
        return line
    return "" if edit.op == "remove" else f"{edit.value}{line[len(line.rstrip(chr(13) + chr(10))) :]}"


def _number(edit: Edit) -> int:
    number = edit.at.partition(":")[0]
    return int(number) if number.isdecimal() else 0

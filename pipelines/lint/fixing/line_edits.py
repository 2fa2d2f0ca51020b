"""Edits of text by lines: a line replaced or removed by its number, line ends kept."""

from collections.abc import Sequence

from ....schemas.finding import Edit


def edit_lines(text: str, edits: Sequence[Edit]) -> str:
    """The text with whole lines replaced or removed; places are line numbers from 1, with or without a column."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=_number, reverse=True):
        at = _number(edit) - 1
        if not 0 <= at < len(lines):
            continue
        body = lines[at].rstrip("\r\n")
        if edit.op == "remove":
            del lines[at]
        elif edit.op == "replace":
            lines[at] = f"{edit.value}{lines[at][len(body) :]}"
    return "".join(lines)


def _number(edit: Edit) -> int:
    number = edit.at.partition(":")[0]
    return int(number) if number.isdecimal() else 0

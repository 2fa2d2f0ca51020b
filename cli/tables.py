"""Small tables of numbers for the end of a command: by rich on a terminal, else in plain columns."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from .terminal import visible

NUMBER = 12
"""The width of a column of numbers in plain text."""

LONGEST = 40
"""Characters of a name that are shown."""


@dataclass(frozen=True)
class Table:
    """A header and rows of text; the first column holds names, the others numbers."""

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def shown(table: Table) -> str:
    """The table as this stderr takes it; empty without rows."""
    if not table.rows:
        return ""
    return drawn(table) if sys.stderr.isatty() else plain(table)


def plain(table: Table) -> str:
    """Aligned columns, one line a row."""
    lines = [table.header, *table.rows]
    names = [cut(line[0]) for line in lines]
    width = max(map(len, names))
    rest = [" ".join(f"{cell:>{NUMBER}}" for cell in line[1:]) for line in lines]
    return "\n".join(f"{name:<{width}} {cells}".rstrip() for name, cells in zip(names, rest, strict=True))


def drawn(table: Table, width: int | None = None) -> str:
    """By rich: as wide as the terminal at most, names cut before numbers are."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Rich
    from rich.text import Text

    console = Console(file=sys.stderr, width=width)
    made = Rich(box=SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(table.header):  # names give way, numbers do not
        made.add_column(
            Text(visible(name)),
            justify="right" if number else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=max(len(row[number]) for row in (table.header, *table.rows)) if number else 8,
        )
    for row in table.rows:
        made.add_row(*(Text(visible(cell) if number else cut(cell)) for number, cell in enumerate(row)))
    with console.capture() as said:
        console.print(made)
    lines = [line.rstrip() for line in said.get().split("\n")]
    return "\n".join(line for line in lines if line)


def cut(name: str) -> str:
    """A name on one line, harmless, its middle left out where it is long."""
    from .terminal import shortened

    return shortened(visible(name), LONGEST)

"""CSV and TSV: JSON_MIN's rows as a table, a column a data key or control, in the order of the alphabet.

Cells of several values or of regions are JSON, those of one choice or text are bare, empty ones are nothing. TSV is
delivered as `.csv` too; the first line tells the delimiter. Known lies, beside those of JSON_MIN
(`label_studio_min.py`): the order of the columns tells answers from data no more, so without the configuration only
cells that look like answers are taken, and a column of bare texts is said to be unknown (AN031); a control of a data
key's name gets a column with `_1` behind it, and which of the two is which is lost.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ...schemas.accounting import Accounting
from .csv_rows import csv_rows, head_rows
from .label_studio_config import Labelling
from .label_studio_min import FIXED, is_transcript

SUFFIXES = (".csv", ".tsv")
_KNOWN = {"annotation_id", "annotator", "lead_time"}


class TableRow(dict[str, Any]):
    """A row of JSON_MIN that stood in a table; `cells` are the places of its columns, as line:column."""

    cells: dict[str, str]


def table_rows(path: Path, accounting: Accounting | None) -> Iterator[tuple[str, object]]:
    """(line:1, row) of each row of a table; one that has other columns than the first line is a list.

    Raises `InputError` where the text is no table.
    """
    names: list[str] = []
    for line, cells in csv_rows(path, accounting):
        if not names:
            names = cells
        elif len(cells) != len(names):
            yield f"{line}:1", cells
        else:
            row = TableRow(zip(names, map(_value, cells), strict=True))
            row.cells = {name: f"{line}:{number}" for number, name in enumerate(names, 1)}
            yield f"{line}:1", row


def _value(cell: str) -> object:
    """What a cell holds: JSON where it is a list or an object, its text, None where it is empty."""
    if cell[:1] in ("[", "{"):
        try:
            return msgspec.json.decode(cell)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return cell
    return cell or None


def unknown_columns(row: TableRow, labelling: Labelling) -> set[str]:
    """Columns of a row with a bare text that may be an answer: nothing tells, where no configuration was given."""
    if labelling.controls:
        return set()
    bare = {key for key, held in row.items() if key not in FIXED and isinstance(held, str) and "/" not in held}
    return {key for key in bare if not is_transcript(key, row)}


def sniff_table(path: Path) -> str | None:
    """Why a table looks like Label Studio's, from its first line; None when it does not."""
    rows = head_rows(path, 1)
    return "columns 'annotation_id', 'annotator' and 'lead_time'" if rows and set(rows[0]) >= _KNOWN else None

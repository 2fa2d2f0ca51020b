"""Tables of boxes, CSV or TSV: a row a box, its columns known by their names; also keras-retinanet's without names.

The columns are the picture (filename, image, path …), the box's corners (xmin or x1 or left …) or its left top corner
and sides (x, y, w, h), and the label (label, class, name …); `csv_columns.py` lists them, `--columns label=kind` names
one. Numbers are pixels of the upright picture. Rows of one picture may be scattered; a row without a box is a picture
without objects. One file, or every table of boxes below a folder. Source: what VoTT, TensorFlow, Roboflow, keras-
retinanet and spreadsheets write; there is no specification.

Known lies, and what is done about them:

- `width` and `height` are the picture's where there is an xmax, else the box's.
- The delimiter is a comma, semicolon, tab or bar, whichever the first line has most of; where it is no comma, numbers
  may have decimal commas.
- Names of pictures are relative to the table, to the folder of the pictures, or to nothing; all are looked for.
- Tables of shares (0 to 1) look like this: when no number of a file is above 1 it is refused.
- A spreadsheet in a national code page: `--encoding gb18030`, `--encoding cp1252`.

Other columns are kept as attributes, as text. Not carried: rows of what is no box (polygons, masks, several labels a
picture), the ids of keras-retinanet's class list. Held until a file ends: `gathered.py` says what.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.box import Box
from ...schemas.errors import ConfigError, InputError
from ..file_names import text
from ..options import option
from ..pictures.find import Pictures
from ..records import Media
from . import openimages
from .beside import PicturesBeside, first_files, label_files
from .csv_columns import ROLES, ColumnError, Columns, NoSuchColumnError, columns_of
from .csv_rows import Rows, csv_chunks, has_decimal_commas, head_rows
from .drawn import number_in, plain_numbers, side_of
from .gathered import Gathered, attributes_text
from .object_error import ObjectError
from .picture_sizes import size_in, sizes_by_name
from .via_files import COLUMNS as VIA_COLUMNS

NAME = "csv"
SUMMARY = "Tables of boxes, CSV or TSV, by the names of their columns; keras-retinanet's without names"
FRAME = "pixels of the upright picture: two corners, or the left top corner and the sides"

_ENDINGS = (".csv", ".tsv")


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading a table."""

    columns: tuple[str, ...] = option((), "Which column is what, such as label=kind.", metavar="ROLE=NAME")
    encoding: str = option("utf-8", "The encoding of the file.", metavar="NAME")
    sizes: Path | None = option(None, "A CSV of file,width,height, for sets without pictures.")


def sniff(path: Path) -> str | None:
    """Why this looks like a table of boxes: its columns, or its six cells, here or among the first in the folder."""
    for file in first_files(path, _ENDINGS):
        if columns := _columns_of(file, {}, "utf-8"):
            how = "columns of picture, box and label" if columns.header else "rows of path,x1,y1,x2,y2,class"
            return f"{text(file.name)} has {how}"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture of each file, in order of first appearance.

    Raises `InputError` when no table there has boxes, is torn, or holds shares instead of pixels; `ConfigError` for a
    column or encoding that there is not.
    """
    return _batches(path, options, pictures, accounting)


def _batches(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    named = _named(options.columns)
    _check_encoding(options.encoding)
    files = label_files(path, _ENDINGS, accounting)
    tables = [file for file in files if _columns_of(file, named, options.encoding)]
    if not tables:
        raise _no_table(path, files, named, options.encoding)
    sizes = sizes_by_name(options.sizes, accounting) if options.sizes else {}
    beside = PicturesBeside(pictures)
    for file in files:
        if file in tables:
            yield from _Reader(file, named, options.encoding, sizes, beside, accounting).batches()
        else:
            fact = "no table of boxes"
            accounting.remark("AN026", file=text(str(file)), at="", value=None, message=fact)


def _named(given: tuple[str, ...]) -> dict[str, str]:
    named: dict[str, str] = {}
    for each in given:
        role, sign, name = each.partition("=")
        if not sign or role not in ROLES:
            raise ConfigError(f"--columns {each}", f"is not ROLE=NAME with a ROLE of {', '.join(ROLES)}", "Correct it.")
        named[role] = name
    return named


def _check_encoding(encoding: str) -> None:
    try:
        "a".encode(encoding)
    except (LookupError, ValueError):
        fact = "there is no such encoding of text"
        raise ConfigError(f"--encoding {encoding[:40]}", fact, "Say utf-8, gb18030, cp1252 or the like.") from None


def _columns_of(file: Path, named: dict[str, str], encoding: str) -> Columns | None:
    """The columns of a table of boxes; None for other tables, and for those that have sources of their own."""
    rows = head_rows(file, 1, encoding)
    if not rows:
        return None
    names = {cell.lstrip("#") for cell in rows[0]}
    if names >= VIA_COLUMNS or names >= set(openimages.COLUMNS):
        return None
    try:
        return columns_of(rows[0], named)
    except ColumnError:
        return None


def _no_table(path: Path, files: list[Path], named: dict[str, str], encoding: str) -> InputError | ConfigError:
    """Why the first file is none."""
    rows = head_rows(files[0], 1, encoding)
    shown = text(str(files[0])) if files[0] != path else str(path)
    why = f"no row of it can be read as {encoding}"
    if rows:
        why = "that is VIA's or Open Images': use `mmdata convert via` or `mmdata convert openimages`"
        try:
            columns_of(rows[0], named)
        except NoSuchColumnError as fault:
            return ConfigError("--columns", f"{shown} {fault}", "Correct the name.")
        except ColumnError as fault:
            why = str(fault)
    remedy = "Name the columns with --columns, such as --columns label=kind, or the encoding with --encoding."
    return InputError(shown, f"no table of boxes: {why}", remedy)


class _Reader:
    """Reads one table."""

    def __init__(
        self,
        path: Path,
        named: dict[str, str],
        encoding: str,
        sizes: dict[str, tuple[int, int]],
        beside: PicturesBeside,
        accounting: Accounting,
    ) -> None:
        self.path = path
        self.file = text(str(path))
        self.named = named
        self.encoding = encoding
        self.sizes = dict(sizes)
        self.beside = beside
        self.accounting = accounting
        self.largest = 0.0
        self.commas = has_decimal_commas(path, encoding)

    def batches(self) -> Iterator[pa.RecordBatch]:
        gathered = self._gathered()
        if gathered.corners and self.largest <= 1:
            fact = f"no coordinate is above {self.largest:g}: these are shares of the picture's sides, not pixels"
            raise InputError(str(self.path), fact, "Multiply them by width and height, or convert with openimages.")
        yield from gathered.batches(self.file, self._place)

    def _place(self, name: str, _line: int, _lines: object) -> Media:
        self.accounting.read("images")
        return Media(self.beside.name(self.path, [name]), *size_in(self.sizes, name))

    def _gathered(self) -> Gathered:
        gathered = Gathered()
        columns: Columns | None = None
        for rows in csv_chunks(self.path, self.accounting, self.encoding):
            if columns is None:
                _, first = next(rows.each())  # which comes alone
                columns = columns_of(first, self.named)
                if columns.header:
                    continue
            if not self._gather_plain(gathered, columns, rows):
                self._gather_each(gathered, columns, rows)
        return gathered

    def _gather_plain(self, gathered: Gathered, columns: Columns, rows: Rows) -> bool:
        """All the rows at once, column by column; False, and nothing gathered, where one of them is not quite plain."""
        if set(map(len, rows.cells)) != {columns.width}:
            return False
        cells = [list(map(str.strip, column)) for column in zip(*rows.cells, strict=True)]
        names = [name.replace("\\", "/") for name in cells[columns.places["image"]]]
        labels = cells[columns.places["label"]]
        corners = plain_numbers([cells[columns.places[role]] for role in _roles_of(columns)])
        if corners is None or not all(names) or not all(labels):
            return False
        self.largest = max(self.largest, float(np.abs(corners).max()))
        if "x2" not in columns.places:
            corners[:, 2:] += corners[:, :2]
        self._size_all(columns, cells, names)
        others = [cells[place] for place in columns.others]
        said = _texts_of(tuple(columns.others.values()), others) if others else [""] * len(names)
        gathered.add_many(names, rows.lines, labels, corners, said, [False] * len(names))
        self.accounting.read("annotations", len(names))
        return True

    def _size_all(self, columns: Columns, cells: list[list[str]], names: list[str]) -> None:
        width, height = (columns.places.get(role) for role in ("image_width", "image_height"))
        if width is None or height is None:
            return
        for name, *sides in dict.fromkeys(zip(names, cells[width], cells[height], strict=True)):
            across, down = map(side_of, sides)
            if across and down:
                self.sizes.setdefault(name, (across, down))

    def _gather_each(self, gathered: Gathered, columns: Columns, rows: Rows) -> None:
        for line, cells in rows.each():
            try:
                self._gather(gathered, columns, cells, line)
            except ObjectError as fault:
                self.accounting.read("annotations")
                fault.reject(self.accounting, self.file)

    def _gather(self, gathered: Gathered, columns: Columns, cells: list[str], line: int) -> None:
        at = f"{line}:1"
        name = columns.cell(cells, "image").replace("\\", "/")
        if not name:
            raise ObjectError("AN023", at, ",".join(cells)[:200], "the row names no picture")
        if any(cells[columns.width :]):  # what an unquoted comma does
            raise ObjectError(
                "AN004", at, ",".join(cells)[:200], f"the row has {len(cells)} cells, not {columns.width}"
            )
        picture = gathered.picture(name, line)
        self._size(columns, cells, name)
        if not any(columns.cell(cells, role) for role in ("x1", "y1", "x2", "y2", "label")):
            return  # a picture without objects
        box = self._box(columns, cells, at)
        label = columns.cell(cells, "label")
        if not label:
            raise ObjectError("AN012", at, label, "the row has no label")
        said: dict[str, Any] = {
            key: cells[place] for place, key in columns.others.items() if place < len(cells) and cells[place]
        }
        gathered.add(picture, line, label, box, said)
        self.accounting.read("annotations")

    def _size(self, columns: Columns, cells: list[str], name: str) -> None:
        width, height = (side_of(columns.cell(cells, role)) for role in ("image_width", "image_height"))
        if width and height:
            self.sizes.setdefault(name, (width, height))

    def _box(self, columns: Columns, cells: list[str], at: str) -> Box:
        numbers = [
            number_in(columns.cell(cells, role), role, at, decimal_comma=self.commas) for role in _roles_of(columns)
        ]
        self.largest = max(self.largest, *(abs(number) if isfinite(number) else inf for number in numbers))
        x1, y1, right, bottom = numbers
        return Box(x1, y1, right, bottom) if "x2" in columns.places else Box(x1, y1, x1 + right, y1 + bottom)


def _roles_of(columns: Columns) -> tuple[str, str, str, str]:
    return ("x1", "y1", "x2", "y2") if "x2" in columns.places else ("x1", "y1", "width", "height")


def _texts_of(names: tuple[str, ...], columns: list[list[str]]) -> list[str]:
    """The attributes of each row, those of equal rows made once."""
    made: dict[tuple[str, ...], str] = {}
    rows = list(zip(*columns, strict=True))
    for row in rows:
        if row not in made:
            made[row] = attributes_text({name: cell for name, cell in zip(names, row, strict=True) if cell})
    return [made[row] for row in rows]

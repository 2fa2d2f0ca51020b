"""Open Images boxes: a CSV with `ImageID, LabelName, XMin, XMax, YMin, YMax`, a row a box.

Corners are shares (0 to 1) of the upright picture's width and height, x before y: XMin, XMax, YMin, YMax. Read: one
CSV, or every CSV of boxes below a folder. Source: storage.googleapis.com/openimages, "Data formats".
Known lies, and what is done about them:

- The file names no size: it is taken from the picture's own header, or from `--sizes` (file,width,height).
- ImageID is a name without an ending in the original, with one in other tools' exports: pictures of that name with
  .jpg, .jpeg, .png and others are looked for in the whole tree of the pictures.
- LabelName is a code (/m/01g317): its words stand in class-descriptions.csv, looked for beside the file and above it.
  A code without words is rejected (AN010); codes without any list of words are an error.
- Decimal commas, quoted (`"0,358"`), from spreadsheets; -1 for "not said"; rows of one picture that are scattered.
- Shares beyond -1 to 2 are no shares but pixels: rejected (AN004).

IsGroupOf is `crowd`; the other flags that are 1, Confidence other than 1, and Source are attributes. Not carried: the
clicks of extreme points, image labels, segmentation masks, relationships (other CSVs: remarked, AN026).
Held until a file ends: `gathered.py` says what.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from ...schemas.box import Box, upright_size
from ...schemas.errors import ConfigError, InputError
from ..file_names import absolute, text
from ..options import option
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from ..pictures.tree import is_picture
from ..records import Media
from .beside import first_files, label_files
from .csv_rows import Rows, csv_chunks, head_rows
from .drawn import number_in, plain_numbers
from .gathered import Gathered, attributes_text
from .object_error import ObjectError
from .openimages_names import ClassNames, find_descriptions, is_code
from .picture_sizes import size_in, sizes_by_name

NAME = "openimages"
SUMMARY = "Open Images boxes CSV with its class descriptions; also with decimal commas"
FRAME = "XMin, XMax, YMin, YMax as shares (0 to 1) of the upright picture's width and height"

COLUMNS = ("ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax")
FLAGS = ("IsOccluded", "IsTruncated", "IsDepiction", "IsInside")

_ENDINGS = (".jpg", ".png", ".jpeg", ".webp")
_SHARES = (-1.0, 2.0)
_TRUE = ("1", "1.0")

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading Open Images."""

    class_descriptions: Path | None = option(None, "The CSV of label codes and their words.")
    sizes: Path | None = option(None, "A CSV of file,width,height, for sets without pictures.")


def sniff(path: Path) -> str | None:
    """Why this looks like Open Images: the columns of a boxes CSV, here or among the first in the folder."""
    for file in first_files(path, (".csv",)):
        if _is_boxes(file):
            return f"{text(file.name)} has the columns {', '.join(COLUMNS)}"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture of each file, in order of first appearance.

    A picture whose size is not to be had is rejected with its boxes. Raises `InputError` when nothing there is Open
    Images boxes or a table is torn; `ConfigError` where the words of the codes, or all sizes, are missing.
    """
    return _batches(path, options, pictures, accounting)


def _is_boxes(file: Path) -> bool:
    rows = head_rows(file, 1)
    return bool(rows) and set(COLUMNS) <= set(rows[0])


def _batches(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    files = label_files(path, (".csv",), accounting)
    boxes = [file for file in files if _is_boxes(file)]
    if not boxes:
        fact = f"no CSV with the columns {', '.join(COLUMNS)}"
        raise InputError(str(path), fact, "Name a boxes CSV such as train-annotations-bbox.csv, or its folder.")
    if not pictures.check and options.sizes is None:
        fact = "the file has shares of the picture's size, and pictures are not opened"
        raise ConfigError("--no-check-images", fact, "Give their sizes with --sizes FILE, or let them be opened.")
    sizes = sizes_by_name(options.sizes, accounting) if options.sizes else {}
    measure = _Measure(sizes, pictures)
    for file in boxes:
        descriptions = options.class_descriptions or find_descriptions(file, path)
        names = ClassNames(descriptions, accounting) if descriptions else None
        yield from _Reader(file, names, measure, accounting).batches()
    for other in files:
        if other not in boxes and not is_descriptions_or_list(other):
            fact = "no boxes: another of Open Images' tables, or another format"
            accounting.remark("AN026", file=text(str(other)), at="", value=None, message=fact)


def is_descriptions_or_list(file: Path) -> bool:
    """Whether a CSV is one that comes with the boxes: the words of the codes, the list of pictures."""
    rows = head_rows(file, 1)
    return bool(rows) and (len(rows[0]) == 2 or "OriginalURL" in rows[0])


class _Measure:
    """Where a picture is, and its upright size."""

    def __init__(self, sizes: dict[str, tuple[int, int]], pictures: Pictures) -> None:
        self.sizes = sizes
        self.pictures = pictures
        self.root = absolute(pictures.root)

    def media(self, name: str) -> Media:
        """The picture of that id. Raises `PictureFault` when it has no size, there or in the table."""
        declared = size_in(self.sizes, name)
        if not self.pictures.check:
            if not all(declared):
                raise PictureFault("AN023", name, f"--sizes has no size of {name}")
            return Media(self._names(name)[0], *declared)
        if all(declared):
            return Media(self._shown(self._find(name)) if self._is_there(name) else self._names(name)[0], *declared)
        path = self._find(name)
        facts = self.pictures.facts(path)
        return Media(self._shown(path), *upright_size(facts.orientation, facts.width, facts.height))

    def _names(self, name: str) -> list[str]:
        return [name] if is_picture(name) else [f"{name}{ending}" for ending in _ENDINGS]

    def _find(self, name: str) -> Path:
        fault: PictureFault | None = None
        for each in self._names(name):
            try:
                return self.pictures.find(each)
            except PictureFault as error:
                fault = fault or error
        raise fault or PictureFault("IM001", name, "the row names no picture")

    def _is_there(self, name: str) -> bool:
        try:
            self._find(name)
        except PictureFault:
            return False
        return True

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


class _Reader:
    """Reads one CSV of boxes."""

    def __init__(self, path: Path, names: ClassNames | None, measure: _Measure, accounting: Accounting) -> None:
        self.path = path
        self.file = text(str(path))
        self.names = names
        self.measure = measure
        self.accounting = accounting

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield from self._gathered().batches(self.file, self._place, shares=True)

    def _place(self, name: str, line: int, lines: Ints) -> Media | None:
        self.accounting.read("images")
        try:
            return self.measure.media(name)
        except PictureFault as fault:
            self._reject_picture(f"{line}:1", fault, lines)
        return None

    def _gathered(self) -> Gathered:
        gathered = Gathered()
        columns: dict[str, int] = {}
        for rows in csv_chunks(self.path, self.accounting):
            if not columns:
                _, first = next(rows.each())  # which comes alone
                columns = {name: i for i, name in enumerate(first)}
            elif not self._gather_plain(gathered, columns, rows):
                self._gather_each(gathered, columns, rows)
        return gathered

    def _gather_plain(self, gathered: Gathered, columns: dict[str, int], rows: Rows) -> bool:
        """All the rows at once, column by column; False, and nothing gathered, where one of them is not quite plain."""
        if min(map(len, rows.cells), default=0) < len(columns):
            return False
        held = list(zip(*(row[: len(columns)] for row in rows.cells), strict=True))
        cells = {name: list(map(str.strip, held[i])) for name, i in columns.items()}
        names = [name.replace("\\", "/") for name in cells["ImageID"]]
        corners = plain_numbers([list(map(_with_point, cells[key])) for key in ("XMin", "YMin", "XMax", "YMax")])
        if corners is None or not all(names) or corners.min() < _SHARES[0] or corners.max() > _SHARES[1]:
            return False
        try:
            label = {code: self._label(code, "1:1") for code in dict.fromkeys(cells["LabelName"])}
        except (ObjectError, ConfigError):  # said with its line by whoever reads row by row
            return False
        crowd = [cell in _TRUE for cell in cells["IsGroupOf"]] if "IsGroupOf" in cells else [False] * len(names)
        labels = [label[code] for code in cells["LabelName"]]
        gathered.add_many(names, rows.lines, labels, corners, _texts_of(cells, len(names)), crowd)
        self.accounting.read("annotations", len(names))
        return True

    def _gather_each(self, gathered: Gathered, columns: dict[str, int], rows: Rows) -> None:
        for line, cells in rows.each():
            row = {name: cells[i] if i < len(cells) else "" for name, i in columns.items()}
            self.accounting.read("annotations")
            try:
                self._gather(gathered, row, line)
            except ObjectError as fault:
                self._reject(fault.code, fault.at, fault.value, fault.message)

    def _gather(self, gathered: Gathered, row: dict[str, str], line: int) -> None:
        at = f"{line}:1"
        name = row["ImageID"].replace("\\", "/")
        if not name:
            raise ObjectError("AN023", at, None, "ImageID is empty")
        picture = gathered.picture(name, line)
        x1, x2, y1, y2 = (number_in(row[key], key, at, decimal_comma=True) for key in COLUMNS[2:])
        if wrong := [value for value in (x1, x2, y1, y2) if value < _SHARES[0] or value > _SHARES[1]]:
            raise ObjectError("AN004", at, str(wrong[0]), f"{wrong[0]:g} is no share of a picture's side")
        crowd = row.get("IsGroupOf") in _TRUE
        gathered.add(picture, line, self._label(row["LabelName"], at), Box(x1, y1, x2, y2), _said(row), crowd=crowd)

    def _label(self, code: str, at: str) -> str:
        if not code:
            raise ObjectError("AN012", at, code, "LabelName is empty")
        if not is_code(code):
            return code
        if self.names is None:
            fact = f"the label {code} is a code, and there is no class-descriptions CSV beside the file"
            raise ConfigError(f"{self.path}:{at}", fact, "Name it with --class-descriptions FILE.")
        words = self.names.words(code)
        if not words:
            raise ObjectError("AN010", at, code, f"{self.names.path.name} has no words for {code}")
        return words

    def _reject_picture(self, at: str, fault: PictureFault, lines: Ints) -> None:
        self.accounting.reject("images", fault.code, file=self.file, at=at, value=fault.value, message=fault.message)
        for line in lines.tolist():
            self._reject(fault.code, f"{line}:1", fault.value, fault.message)

    def _reject(self, code: str, at: str, value: object, message: str) -> None:
        self.accounting.reject("annotations", code, file=self.file, at=at, value=value, message=message)


def _texts_of(cells: dict[str, list[str]], count: int) -> list[str]:
    """The attributes of each row, those of equal rows made once."""
    names = [name for name in (*FLAGS, "Confidence", "Source") if name in cells]
    if not names:
        return [""] * count
    made: dict[tuple[str, ...], str] = {}
    rows = list(zip(*(cells[name] for name in names), strict=True))
    for row in rows:
        if row not in made:
            made[row] = attributes_text(_said(dict(zip(names, row, strict=True))))
    return [made[row] for row in rows]


def _with_point(cell: str) -> str:
    """A number with a decimal comma, as spreadsheets write it."""
    return cell.replace(",", ".") if "," in cell and cell.count(",") == 1 and "." not in cell else cell


def _said(row: dict[str, str]) -> dict[str, object]:
    said: dict[str, object] = {flag: 1 for flag in FLAGS if row.get(flag) in _TRUE}
    if (confidence := row.get("Confidence", "")) not in ("", "1", "1.0"):
        said["Confidence"] = confidence
    if source := row.get("Source"):
        said["Source"] = source
    return said

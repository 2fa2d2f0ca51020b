"""The sizes of pictures as a table says them, for labels whose pictures are elsewhere: file, width, height a line."""

import csv
import hashlib
import io
from pathlib import Path

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError

_LARGEST_SIDE = 2**31 - 1
_REMEDY = "Write lines such as train/0001.jpg,640,480; a first line file,width,height may stand before them."

Size = tuple[int, int]


class Sizes:
    """Upright sizes in pixels by file name; a name is found by its longest end that only one line has."""

    def __init__(self, sizes: dict[str, Size]) -> None:
        self._by_end: dict[str, str | None] = {}
        self._by_stem: dict[str, str | None] = {}
        self._sizes = sizes
        for name in sizes:
            self._enter(self._by_end, name, name)
            self._enter(self._by_stem, name.rpartition(".")[0] or name, name)

    def of(self, picture: str) -> Size | None:
        """The size of the picture of that name, or None."""
        name = self._only(self._by_end, picture)
        return self._sizes[name] if name else None

    def named(self, key: str) -> str | None:
        """The full name of the picture whose path without its ending is `key`, or None."""
        return self._only(self._by_stem, key)

    @staticmethod
    def _enter(index: dict[str, str | None], name: str, full: str) -> None:
        """Every end of the name; one that two names have stands for neither, unless it is one of them whole."""
        parts = name.split("/")
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            index[end] = full if end not in index or start == 0 else None

    @staticmethod
    def _only(index: dict[str, str | None], name: str) -> str | None:
        if name in index:
            return index[name]
        parts = name.split("/")
        ends = ("/".join(parts[start:]) for start in range(len(parts)))
        return next((index[end] for end in ends if end in index), None)


def read_sizes(file: Path, accounting: Accounting) -> Sizes:
    """The sizes in a CSV file. Raises `InputError` with the line that is no name and two whole numbers over 0."""
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(str(file), f"cannot be read: {error.strerror}", "Correct --sizes.") from None
    except UnicodeDecodeError as error:
        raise InputError(str(file), f"byte {error.start} is no UTF-8", "Save the file as UTF-8.") from None
    accounting.input(str(file), len(data), hashlib.sha256(data).hexdigest())
    sizes: dict[str, Size] = {}
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if any(row) and not (not sizes and [each.strip().lower() for each in row[1:3]] == ["width", "height"]):
                sizes[_name(row)] = _size(row, f"{file}:{reader.line_num}:1")
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}:1", f"no CSV: {error}", _REMEDY) from None
    return Sizes(sizes)


def _name(row: list[str]) -> str:
    return row[0].strip().replace("\\", "/").removeprefix("./")


def _size(row: list[str], place: str) -> Size:
    sides = [
        int(each) if each.strip().isascii() and each.strip().isdigit() and len(each) < 15 else 0 for each in row[1:3]
    ]
    if len(sides) < 2 or not row[0].strip() or not all(0 < side <= _LARGEST_SIDE for side in sides):
        raise InputError(place, f"{','.join(row)[:60]!r} is no file, width and height", _REMEDY)
    return sides[0], sides[1]

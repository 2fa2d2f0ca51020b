"""A table of picture sizes for sets without their pictures: `file,width,height`, a row a picture, upright pixels."""

from collections.abc import Iterator
from pathlib import Path

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from .csv_rows import csv_rows
from .drawn import side_of

_REMEDY = "Write lines such as train/0001.jpg,640,480; a first line file,width,height may stand before them."

Size = tuple[int, int]
"""Width and height."""


def read_sizes(path: Path, accounting: Accounting) -> Iterator[tuple[str, Size]]:
    """The name and the size of every row. The first row is a header where neither side has a digit.

    Raises `InputError`, with the line where there is one, when there is no such file or a row has no size.
    """
    if not path.is_file():
        raise InputError(f"--sizes {path}", "there is no such file", "Give a CSV of file,width,height.")
    for number, (line, cells) in enumerate(csv_rows(path, accounting)):
        size = (side_of(cells[1]), side_of(cells[2])) if len(cells) > 2 else (0, 0)
        if cells[0] and all(size):
            yield cells[0].replace("\\", "/").removeprefix("./"), size
        elif number or len(cells) < 3 or any(map(str.isdigit, "".join(cells[1:3]))):
            fact = f"{','.join(cells)[:80]!r} is no file, width and height"
            raise InputError(f"{path}:{line}", fact, _REMEDY)


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


def sizes_by_name(path: Path, accounting: Accounting) -> dict[str, Size]:
    """Sizes by file name, by its base name and by its stem; a name that means two sizes is left out.

    Raises as `read_sizes`.
    """
    sizes: dict[str, Size] = {}
    torn: set[str] = set()
    for name, size in read_sizes(path, accounting):
        for each in _spellings(name):
            if sizes.setdefault(each, size) != size:
                torn.add(each)
    return {name: size for name, size in sizes.items() if name not in torn}


def size_in(sizes: dict[str, Size], name: str) -> Size:
    """The size of the picture of that name; (0, 0) where the table has none."""
    if (found := sizes.get(name)) is not None:
        return found
    return next((sizes[each] for each in _spellings(name) if each in sizes), (0, 0))


def _spellings(name: str) -> list[str]:
    base = name.rpartition("/")[2]
    return list(dict.fromkeys((name, base, base.rpartition(".")[0] or base)))

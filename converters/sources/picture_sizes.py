"""A table of picture sizes for sets without their pictures: `file,width,height`, a row a picture, upright pixels."""

from collections.abc import Iterator
from pathlib import Path

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError
from .csv_rows import csv_rows
from .drawn import side_of


def read_sizes(path: Path, accounting: Accounting) -> dict[str, tuple[int, int]]:
    """Width and height by file name, by its base name and by its stem; a name that means two sizes is left out.

    Raises `ConfigError` when there is no such file, or a row has no size; the header row needs none.
    """
    if not path.is_file():
        raise ConfigError(f"--sizes {path}", "there is no such file", "Give a CSV of file,width,height.")
    sizes: dict[str, tuple[int, int]] = {}
    torn: set[str] = set()
    for name, size in _rows(path, accounting):
        for each in _spellings(name):
            if sizes.setdefault(each, size) != size:
                torn.add(each)
    return {name: size for name, size in sizes.items() if name not in torn}


def size_in(sizes: dict[str, tuple[int, int]], name: str) -> tuple[int, int]:
    """The size of the picture of that name; (0, 0) where the table has none."""
    if (found := sizes.get(name)) is not None:
        return found
    return next((sizes[each] for each in _spellings(name) if each in sizes), (0, 0))


def _rows(path: Path, accounting: Accounting) -> Iterator[tuple[str, tuple[int, int]]]:
    for number, (line, cells) in enumerate(csv_rows(path, accounting)):
        size = (side_of(cells[1]), side_of(cells[2])) if len(cells) > 2 else (0, 0)
        if all(size):
            yield cells[0].replace("\\", "/"), size
        elif number:
            fact = f"{','.join(cells)[:80]!r} has no width and height"
            raise ConfigError(f"{path}:{line}", fact, "Write file,width,height with whole numbers of pixels.")


def _spellings(name: str) -> list[str]:
    base = name.rpartition("/")[2]
    return list(dict.fromkeys((name, base, base.rpartition(".")[0] or base)))

"""Where a picture came from that a conversion wrote anew under OUT/images: rows name it, and the tasks show the first.

`mmdata convert` turns what EXIF turns and copies what no trainer can be given, to OUT/images/STEM-HASH.jpg, the hash
being of the picture's path below `--images` (`house_name`). So the names of what lies below this `--images` are hashed
alike and compared: the same path below it is the same picture. Boxes in pixels hold for both where both have one size;
a picture that OUT/pictures.parquet says was made smaller is not taken, nor one whose OUT is no longer there to ask.
"""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from pyarrow.lib import ArrowException

from ..converters.pictures.header import PICTURE_SUFFIXES
from ..converters.pictures.upright import DIGITS, house_name

_HOUSED = re.compile(rf"[A-Za-z0-9_-]+-[0-9a-f]{{{DIGITS}}}\Z")


class Originals:
    """The pictures below one folder, by the name that a conversion would give each."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._named: dict[str, str] | None = None
        self._smaller: dict[Path, set[str] | None] = {}

    def of(self, name: str) -> str | None:
        """What was written anew as `name`, relative to the folder; None where it cannot be told."""
        path = Path(name)
        if path.parent.name != "images" or not _HOUSED.match(path.stem) or not path.is_file():
            return None
        smaller = self._made_smaller(path.parent.parent)
        if smaller is None or path.name in smaller:
            return None
        if self._named is None:
            self._named = {house_name(each, ""): each for each in self._pictures()}
        return self._named.get(path.stem)

    def _pictures(self) -> list[str]:
        found: list[str] = []
        for folder, _, names in os.walk(self._root):
            here = Path(folder)
            pictures = (each for each in names if Path(each).suffix.lower() in PICTURE_SUFFIXES)
            found += [(here / each).relative_to(self._root).as_posix() for each in pictures]
        return found

    def _made_smaller(self, out: Path) -> set[str] | None:
        """The pictures of a data set that have another size than at first; None where its list cannot be read."""
        if out not in self._smaller:
            self._smaller[out] = _smaller(out / "pictures.parquet")
        return self._smaller[out]


def _smaller(listed: Path) -> set[str] | None:
    if not listed.exists():
        return set()  # it is written wherever pictures are made smaller
    parquet: Any = import_module("pyarrow.parquet")
    columns = ["path", "width", "height", "new_width", "new_height"]
    try:
        rows: list[dict[str, Any]] = parquet.read_table(listed, columns=columns).to_pylist()
    except (ArrowException, OSError, ValueError):
        return None
    return {
        Path(row["path"]).name for row in rows if (row["width"], row["height"]) != (row["new_width"], row["new_height"])
    }

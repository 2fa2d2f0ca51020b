"""File names as they are shown, and paths as they are compared."""

import os
from pathlib import Path


def absolute(path: Path) -> Path:
    """The path from the file system's root, without `.` and `..`, symbolic links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps `..`


def text(name: str) -> str:
    r"""A file name as text; bytes of it that are no UTF-8 as `\xNN`."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")

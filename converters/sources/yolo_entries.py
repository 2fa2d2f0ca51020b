"""Where the folders and lists are that a data set's file names: written on another machine as often as not.

A name is tried below the data set's `path`, below the folder of the file that says it, and below the folder of the
pictures; then without a leading `../`, which Roboflow writes and Ultralytics passes over; then its longest end that is
there. Nothing outside the folder of that file and the folder of the pictures is read.
"""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .yolo_tree import label_of

_DRIVE = re.compile(r"[A-Za-z]:/")


def clean(name: str) -> str:
    """A name with slashes, without `./` before it."""
    name = name.strip().strip("\"'").replace("\\", "/")
    return name.removeprefix("./")


def candidates(name: str, bases: Sequence[str], shortest: int) -> Iterator[str]:
    """The absolute paths that a name may mean, the likeliest first; its ends of `shortest` parts at least."""
    name = clean(name)
    absolute = name.startswith("/") or bool(_DRIVE.match(name))
    if name.startswith("/"):
        yield os.path.normpath(name)
    if not absolute:
        yield from (os.path.normpath(f"{base}/{name}") for base in bases)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    parts = parts[1:] if parts and _DRIVE.match(f"{parts[0]}/") else parts
    while parts and parts[0] == "..":
        parts.pop(0)
    if ".." in parts:
        return
    for start in range(max(len(parts) - shortest + 1, 1 if parts else 0)):
        yield from (f"{base}/{'/'.join(parts[start:])}" for base in bases)


def is_below(path: str, folder: str) -> bool:
    """Whether an absolute path is the folder or stands in it; links are not looked at."""
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


class Lines:
    """Turns the lines of a list of pictures into paths: what the last line meant is tried first for the next."""

    def __init__(self, bases: Sequence[str], *, check: bool) -> None:
        self.bases = list(dict.fromkeys(bases))
        self.check = check
        self._last: tuple[str, int] | None = None  # base, and how many parts of the name were left out

    def place(self, name: str) -> tuple[str, str | None]:
        """The absolute path of the picture that a line names, and that of its label file, if there is one.

        The picture itself is looked for unless pictures are not to be touched.
        """
        name = clean(name)
        if self._last and (found := self._try(*self._last, name)):
            return found
        parts = name.split("/")
        for cut in range(len(parts)):
            for base in self.bases:
                if found := self._try(base, cut, name):
                    self._last = (base, cut)
                    return found
        base, cut = self._last or (self.bases[0], 0)
        return os.path.normpath(f"{base}/{_cut(name, cut)}"), None

    def _try(self, base: str, cut: int, name: str) -> tuple[str, str | None] | None:
        rest = _cut(name, cut)
        if not rest:
            return None
        path = os.path.normpath(f"{base}/{rest}")
        if not any(is_below(path, each) for each in self.bases) or "\0" in path:
            return None
        label = label_of(path)
        there = label is not None or (self.check and Path(path).is_file())
        return (path, label) if there else None


def _cut(name: str, cut: int) -> str:
    return "/".join(name.lstrip("/").split("/")[cut:])

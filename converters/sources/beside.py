"""Label files below an input, and the names of the pictures beside them, relative to the folder of the pictures."""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import absolute, text
from ..pictures.find import Pictures

BESIDE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")
"""Lower-case endings of the pictures that are looked for beside a file of labels, the likelier first."""

_LOOK = 20_000
"""Files that a look at an input goes through."""
_FEW = 8
_SIMPLE = re.compile(r"(?!\.\.?\Z)[^/\\:\0]+")
"""A name that leads into no other folder."""


def label_files(path: Path, endings: tuple[str, ...], accounting: Accounting | None = None) -> list[Path]:
    """The file itself, or every file below the folder with such an ending (lower case), sorted by path.

    Hidden files and folders and macOS's `__MACOSX` are passed over; links to folders are not followed. Pipes and
    devices are passed over too, and remarked (AN026). Raises `InputError` when there is no such path, or no such file
    below it.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(str(path), "there is no such file or folder", "Check the path of the labels.")
    named = sorted(file for file in _walk(path) if file.name.lower().endswith(endings))
    found = [file for file in named if not is_pipe(file)]
    if accounting is not None and len(found) < len(named):
        remark_pipes([file for file in named if is_pipe(file)], accounting)
    if not found:
        wanted = " or ".join(endings)
        raise InputError(str(path), f"no {wanted} file below this folder", "Name the folder or file of the labels.")
    return found


def first_files(path: Path, endings: tuple[str, ...]) -> list[Path]:
    """A few of them, for a look at what they are; never raises."""
    if path.is_file():
        return [path]
    some = (file for file in islice(_walk(path), _LOOK) if file.name.lower().endswith(endings))
    return list(islice((file for file in some if not is_pipe(file)), _FEW))


def is_pipe(path: Path) -> bool:
    """Whether this is a pipe, a device or a socket, which nobody may ever write into: to open it may be to wait.

    A name that leads nowhere is none: who reads it says what is wrong with it.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  once a label file: Path costs more than the call
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def remark_pipes(files: Iterable[Path], accounting: Accounting) -> None:
    """Say that these are not read."""
    for file in files:
        fact = "this is a pipe or a device, and no file"
        accounting.remark("AN026", file=text(str(file)), at="", value=None, message=fact)


def _walk(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each != "__MACOSX")
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name)


class PicturesBeside:
    """Turns a picture's name as a label file says it into one that `Pictures.find` takes.

    Tools write names relative to the label file, or to a folder of theirs; `Pictures` looks below its root. A name is
    tried beside the label file, then below the root; what is there is taken, else the first that stays inside the
    root. Absolute paths and addresses go on as they stand: `Pictures` knows what to do with them.
    """

    def __init__(self, pictures: Pictures) -> None:
        self.check = pictures.check
        self.root = str(absolute(pictures.root))
        self._file: Path | None = None
        self._known: tuple[Path, str | None] = (Path(), None)

    def name(self, file: Path, names: Sequence[str]) -> str:
        """The picture that the label file means by one of `names`, the likeliest first. At least one is needed."""
        if len(names) == 1 and not self._below(file) and _SIMPLE.fullmatch(names[0]):
            return names[0]
        places = self._places(file, names)
        # where there is one place alone, `Pictures` looks there anyway
        return (self._standing(places) if len(places) > 1 else None) or next(iter(places), names[0])

    def find(self, file: Path, names: Sequence[str]) -> str | None:
        """As `name`, but None where none of them is a file, or pictures are not looked for."""
        return self._standing(self._places(file, names)) if self.check else None

    def _places(self, file: Path, names: Sequence[str]) -> dict[str, None]:
        """Where the names may stand below the root, in order."""
        below = self._below(file)
        bases = dict.fromkeys(base for base in (below, "") if base is not None)
        found = (_joined(base, name) for name in names for base in bases)
        return dict.fromkeys(place for place in found if place is not None)

    def _standing(self, places: dict[str, None]) -> str | None:
        if self.check:
            for place in places:
                if os.path.isfile(f"{self.root}/{place}"):  # noqa: PTH113  once a picture: Path costs more than the call
                    return place
        return None

    def _below(self, file: Path) -> str | None:
        """The label file's folder below the root, "" for the root itself, None where it is elsewhere."""
        if file is not self._file:
            self._file = file
            if self._known[0] != file.parent or self._known[1] is None:
                folder = absolute(file).parent
                inside = folder == Path(self.root) or Path(self.root) in folder.parents
                below = folder.relative_to(self.root).as_posix() if inside else None
                self._known = (file.parent, "" if below == "." else below)
        return self._known[1]


def _joined(base: str, name: str) -> str | None:
    """The normal form of the name below `base`, or None where it is no relative path or leaves the root."""
    name = name.replace("\\", "/")
    if not name or name.startswith("/") or name[1:3] == ":/" or "://" in name or "\0" in name:
        return None
    path = os.path.normpath(f"{base}/{name}" if base else name)
    return None if path == ".." or path.startswith("../") else path

"""What readers say, as lint passes it on: files by names that can be opened, nothing about files that are read besides.

A reader of a folder names files from the folder's own name on (`shelf/labels/a.txt`), which is right for a manifest;
who looks for a finding, an editor or lint's own fixes, wants the path from where they stand. And a reader of a folder
says of files that it does not know that it passed them over (AN026); where another reader reads them, that is no news.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from ...schemas.accounting import Accounting, Kind
from ...schemas.finding import Fix

_FOREIGN = "AN026"


class FileNames:
    """The names of files below one path, as they can be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._named_so = bool(path.name)
        name = os.path.basename(os.path.abspath(path))  # noqa: PTH100, PTH119  links stay as they are
        self._prefix = f"{name}/" if name and path.is_dir() else ""

    def __call__(self, file: str) -> str:
        """The name from where the user stands; what is no name below the folder's own stays as it is."""
        if not self._prefix or not file.startswith(self._prefix):
            return file
        if not self._named_so and os.path.exists(file):  # noqa: PTH110  of `.`, some readers say no name
            return file
        return os.path.normpath(os.path.join(self._path, file[len(self._prefix) :]))  # noqa: PTH118  often asked


@dataclass
class Hearing(Accounting):
    """Accounting for one reader of a run of lint; `besides` are the files that other readers of the run read."""

    named: FileNames = field(default_factory=lambda: FileNames(Path()))
    besides: frozenset[str] = frozenset()
    _picture: tuple[str, object] = ("", None)  # what was last said of a picture

    def reject(self, kind: Kind, code: str, *, file: str, at: str, value: object = None, message: str) -> None:
        """Pass it on by the file's name; what is wrong with a picture once, and not with each of its annotations."""
        if kind == "annotations" and code.startswith(("IM", "SE")) and (code, value) == self._picture:
            return
        if kind == "images":
            self._picture = (code, value)
        super().reject(kind, code, file=self.named(file), at=at, value=value, message=message)

    def remark(
        self,
        code: str,
        *,
        file: str,
        at: str,
        value: object = None,
        message: str,
        count: int = 1,
        fix: Fix | None = None,
    ) -> None:
        """Pass it on by the file's name, unless it is that another reader's file was passed over."""
        file = self.named(file)
        if code == _FOREIGN and count == 1 and file in self.besides:
            return
        if fix is not None:
            fix = replace(fix, edits=tuple(replace(edit, file=self.named(edit.file)) for edit in fix.edits))
        super().remark(code, file=file, at=at, value=value, message=message, count=count, fix=fix)

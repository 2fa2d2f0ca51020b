"""A picture file as bytes at an offset, read in few and small pieces; and what a format's reader makes of them."""

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from .fault import PictureFault

READ = 16 * 1024  # one read that holds the header of nearly every picture
LONGEST = 64 * 1024  # no reader asks for more at once; JPEG's longest segment


class Head(NamedTuple):
    """What a header says. `width`, `height` are stored pixels; `orientation` is EXIF's 1..8; `mode` is Pillow's word.

    `doubt` is empty where the bytes prove the file whole, else why a decoder has to be asked.
    `located` says whether EXIF tells where it was taken.
    """

    format: str
    width: int
    height: int
    mode: str = "RGB"
    orientation: int = 1
    animated: bool = False
    doubt: str = ""
    located: bool = False


class Window:
    """A regular file, open for reading: `size` in bytes, `start` its first 16 KiB, `take` for any other place."""

    def __init__(self, path: str | Path) -> None:
        self._fd = _open(path)
        try:
            self.size = _regular_size(self._fd)
            self.start = os.read(self._fd, READ)
        except BaseException:
            os.close(self._fd)
            raise
        self._at, self._piece = 0, self.start

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        os.close(self._fd)

    def take(self, at: int, count: int) -> bytes:
        """`count` bytes from offset `at`; fewer at the end of the file, never more than 64 KiB."""
        begin = at - self._at
        if begin < 0 or begin + count > len(self._piece):
            self._read(at, min(count, LONGEST))
            begin = 0
        return self._piece[begin : begin + min(count, LONGEST)]

    def _read(self, at: int, count: int) -> None:
        """Move to `at`; a hop along the file reads one page."""
        try:
            self._piece = os.pread(self._fd, max(count, 4096), at) if 0 <= at < self.size else b""
        except OSError as error:
            raise PictureFault("IM014", error.strerror, f"it cannot be read: {error.strerror}") from None
        self._at = at


def _open(path: str | Path) -> int:
    try:
        # Without O_NONBLOCK a named pipe would keep us waiting for ever.
        return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise PictureFault("IM001", str(path), f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PictureFault("IM014", reason, f"it cannot be opened: {reason}") from None


def _regular_size(fd: int) -> int:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise PictureFault("IM014", kind, f"it is {kind}, not a picture")
    return status.st_size

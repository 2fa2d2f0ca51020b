"""Pictures whose bytes stand in the labels themselves, each put into a file of its own as it is read.

The name that such a picture gets, `embedded://cup-` and the hash of its bytes, goes through the annotation table like
any other; `Pictures.find` knows it again, and what settles the pictures moves the file to where trainers find it. So
bytes are never in the table, and no more than one picture's are in memory; one that stands in several rows is one file,
and in whichever row and file of a table it stands tomorrow, it is the same picture.
"""

import re
import tempfile
import weakref
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree

from ...schemas.errors import OutputError
from .fault import PictureFault
from .upright import tidy_stem

LARGEST = 256 << 20
"""Bytes of one embedded picture; Pillow's own limit of pixels is reached by fewer."""

SCHEME = "embedded://"
"""Begins the name of every such picture; no file under `--images` can be meant by it."""

DIGITS = 32
"""Of the hash in such a name. Two pictures of one hash would be one file, so there are more than other names have."""

_NAME = re.compile(r"[A-Za-z0-9_-]+\.[a-z0-9]+")
_CONTENT = re.compile(rf"-([0-9a-f]{{{DIGITS}}})\.[a-z0-9]+\Z")
_SUFFIXES = (
    (b"\xff\xd8\xff", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"GIF8", ".gif"),
    (b"BM", ".bmp"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
)


class Embedded:
    """A folder of unpacked pictures: `folder`, or a temporary one that goes with this object."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where the pictures are; made when it is first asked for."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="mmdata-"))
            weakref.finalize(self, rmtree, self._folder, ignore_errors=True)
        self._folder.mkdir(exist_ok=True)
        return self._folder

    def keep(self, called: str, data: bytes) -> str:
        """Put the bytes into a file and return the name of the picture: the same for the same bytes, in every run.

        `called` is what the picture was called, if anything: the name begins as that does. Raises `PictureFault` for
        no bytes (IM002) and more than 256 MiB (IM005), `OutputError` where the disk does not take them.
        """
        if not data:
            raise PictureFault("IM002", 0, "the picture that stands in the row has no bytes")
        if len(data) > LARGEST:
            fact = f"the picture that stands in the row has {len(data)} bytes, more than {LARGEST >> 20} MiB"
            raise PictureFault("IM005", len(data), fact)
        name = f"{tidy_stem(called)}-{blake2b(data, digest_size=DIGITS // 2).hexdigest()}{_suffix(data, called)}"
        try:
            (self.folder / name).write_bytes(data)
        except OSError as error:
            fact = f"{error.strerror}, while a picture of {len(data)} bytes is unpacked"
            raise OutputError(str(self.folder.parent), fact, "Free some space, or choose another disk.") from error
        return SCHEME + name

    def path(self, name: str) -> Path | None:
        """The file of an embedded picture; None where the name is none of ours, or it was settled already."""
        own = name.removeprefix(SCHEME)
        if self._folder is None or own == name or not _NAME.fullmatch(own):
            return None
        file = self._folder / own
        return file if file.is_file() else None

    def holds(self, path: Path) -> bool:
        """Whether the file is one of these."""
        return self._folder is not None and path.parent == self._folder

    def drop(self, name: str) -> None:
        """Remove the picture's file, where it was not moved from here."""
        file = self.path(name)
        if file is not None:
            with suppress(OSError):  # what stays goes with the folder
                file.unlink()

    def remove(self) -> None:
        """Remove the folder and what was not settled."""
        if self._folder is not None:
            rmtree(self._folder, ignore_errors=True)


def content_of(name: str) -> str | None:
    """The hash of the bytes of an embedded picture, by the name of its file; None for the name of another picture."""
    found = _CONTENT.search(name)
    return found[1] if found else None


def _suffix(data: bytes, called: str) -> str:
    """By the bytes; by the name where they are of a rarer format."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    own = Path(called).suffix.lower()
    known = (suffix for magic, suffix in _SUFFIXES if data.startswith(magic))
    return next(known, own if re.fullmatch(r"\.[a-z0-9]{1,5}", own) else ".bin")

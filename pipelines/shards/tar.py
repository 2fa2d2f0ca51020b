"""Tar files as loaders of samples read them: USTAR headers without owner, time or mode of the day.

A member is a header of 512 bytes and its bytes, padded to 512; two empty blocks end the file, which is padded to
10,240 bytes as tar itself does. Every name here is ASCII and at most 100 bytes, so no extension (PAX, GNU) is needed.
"""

from collections.abc import Iterator
from pathlib import Path
from tarfile import BLOCKSIZE, RECORDSIZE, USTAR_FORMAT, TarError, TarInfo
from typing import BinaryIO, NamedTuple

from ...schemas.errors import InputError

LARGEST = 0o77777777777
"""Bytes of a member at most: eleven octal digits."""


class Member(NamedTuple):
    """One file of a tar: its name, where its header begins, where its bytes begin, and how many there are."""

    name: str
    header: int
    start: int
    size: int

    @property
    def end(self) -> int:
        """Where the next header begins."""
        return self.start + padded(self.size)


def header(name: str, size: int) -> bytes:
    """The 512 bytes before a member; the same whoever writes it and whenever."""
    info = TarInfo(name)
    info.size, info.mode = size, 0o644
    return info.tobuf(USTAR_FORMAT, "ascii", "strict")


def padded(size: int) -> int:
    """The room that so many bytes take."""
    return -(-size // BLOCKSIZE) * BLOCKSIZE


def taken(size: int) -> int:
    """The room of a member with so many bytes, its header included."""
    return BLOCKSIZE + padded(size)


def ending(written: int) -> bytes:
    """What comes after so many bytes of members."""
    whole = written + 2 * BLOCKSIZE
    return bytes(-(-whole // RECORDSIZE) * RECORDSIZE - written)


def members(file: BinaryIO, path: Path) -> Iterator[Member]:
    """The members of an open tar in order; `InputError` where it is torn. The file may be read in between."""
    at = 0
    file.seek(0, 2)
    length = file.tell()
    while True:
        file.seek(at)
        block = file.read(BLOCKSIZE)
        if not block.strip(b"\0"):
            if len(block) < BLOCKSIZE:
                raise _torn(path, at, "its end is missing")
            return
        try:
            info = TarInfo.frombuf(block, "ascii", "strict")
        except (TarError, UnicodeDecodeError) as error:
            raise _torn(path, at, f"no header of a member ({error})") from None
        found = Member(info.name, at, at + BLOCKSIZE, info.size)
        if info.size < 0 or found.end > length:
            raise _torn(path, at, f"{info.name} should have {info.size} bytes, and the file ends before")
        yield found
        at = found.end


def _torn(path: Path, at: int, fact: str) -> InputError:
    return InputError(f"{path}: byte {at}", fact, "Write the folder again with mmdata convert.")

"""Tar files as loaders of samples read them: USTAR headers without owner, time or mode of the day.

A member is a header of 512 bytes and its bytes, padded to 512; two empty blocks end the file, which is padded to
10,240 bytes as tar itself does. Every name here is ASCII and at most 100 bytes, so no extension (PAX, GNU) is needed.
"""

from collections.abc import Iterator
from pathlib import Path
from tarfile import BLOCKSIZE, RECORDSIZE, TarError, TarInfo
from typing import BinaryIO, NamedTuple

from ...schemas.errors import InputError, InternalError

LARGEST = 0o77777777777
"""Bytes of a member at most: eleven octal digits."""

LONGEST = 100
"""Letters of its name at most."""


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


_MODE_AND_OWNER = b"0000644\0" + b"0000000\0" * 2
_TIME = b"00000000000\0"
_UNSUMMED = b" " * 8
_REST = (b"0" + bytes(100) + b"ustar\x0000").ljust(BLOCKSIZE - 156, b"\0")
_FIXED = sum(_MODE_AND_OWNER + _TIME + _UNSUMMED + _REST)


def header(name: str, size: int) -> bytes:
    """The 512 bytes before a member, name ASCII and at most 100 letters; the same whoever writes it and whenever.

    Put together by hand, since `TarInfo` takes longer for it than the disk for a small picture.
    """
    own, length = name.encode("ascii"), b"%011o\0" % size
    if len(own) > LONGEST or size > LARGEST:
        raise InternalError(name, f"with {size} bytes fits no header", "Please report this fault of mmdata's.")
    summed = b"%06o\0 " % (_FIXED + sum(own) + sum(length))
    return own.ljust(LONGEST, b"\0") + _MODE_AND_OWNER + length + _TIME + summed + _REST


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

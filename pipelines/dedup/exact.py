"""Exact duplicates: pictures whose files are the same byte for byte.

Three sieves, each reading only what the one before could not tell apart: the size from the file system, the last
4 KiB (pictures of one camera share their heads, not their ends), the whole file's sha256 in blocks of 1 MiB.
"""

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b, sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 20
TAIL = 4096

Places = NDArray[np.int64]


def duplicates(paths: Sequence[Path | None]) -> Places:
    """For each path the position of the first whose file has the same bytes; its own position where there is none.

    `None`, missing, unreadable and special files (a pipe would never end) are each alone: what is wrong with them is
    said elsewhere. Holds a few numbers a path and one block, whatever the size of the files.
    """
    first: Places = np.arange(len(paths), dtype=np.int64)
    known: dict[bytes, int] = {}
    for place in _shared(_shared(first, paths, _size), paths, _tail).tolist():
        path = paths[place]
        with suppress(OSError):
            if path is not None:
                first[place] = known.setdefault(_digest(path), place)
    return first


def _shared(places: Places, paths: Sequence[Path | None], trait: Callable[[Path], int | None]) -> Places:
    """Those of `places`, in order, that share a trait with another; one of None, or that cannot be read, is alone."""
    told, able = np.zeros(len(places), np.uint64), np.zeros(len(places), np.bool_)
    for at, place in enumerate(places.data):  # numbers one by one, and no list of them
        path = paths[place]
        with suppress(OSError):
            if path is not None and (found := trait(path)) is not None:
                told[at], able[at] = found, True
    _, which, count = np.unique(told[able], return_inverse=True, return_counts=True)
    return places[able][count[which] > 1]


def _size(path: Path) -> int | None:
    facts = path.stat()
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def _tail(path: Path) -> int:
    """64 bits of the size and the last bytes."""
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        end = os.pread(file.fileno(), TAIL, max(size - TAIL, 0))
    return int.from_bytes(blake2b(end, digest_size=8, key=size.to_bytes(8, "little")).digest(), "little")


def _digest(path: Path) -> bytes:
    digest = sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.digest()

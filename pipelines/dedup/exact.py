"""Exact duplicates: pictures whose files are the same byte for byte.

Three sieves, each reading only what the one before could not tell apart: the size from the file system, the last
4 KiB (pictures of one camera share their heads, not their ends), the whole file's sha256 in blocks of 1 MiB.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 20
TAIL = 4096


def duplicates(paths: Sequence[Path | None]) -> NDArray[np.int64]:
    """For each path the position of the first whose file has the same bytes; its own position where there is none.

    `None`, missing, unreadable and special files (a pipe would never end) are each alone: what is wrong with them is
    said elsewhere. Holds a few numbers a path and one block, whatever the size of the files.
    """
    first = np.arange(len(paths), dtype=np.int64)
    known = {place: path for place, path in enumerate(paths) if path is not None}
    for same_size in _alike(known, known, _size):
        for same_end in _alike(same_size, known, _tail):
            for same in _alike(same_end, known, _digest):
                first[same] = same[0]
    return first


def _alike(places: Iterable[int], paths: dict[int, Path], trait: Callable[[Path], Hashable]) -> list[list[int]]:
    """Those of `places` that share a trait, as groups of two and more, each in order; a trait of None is unlike any."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place in places:
        try:
            found = trait(paths[place])
        except OSError:
            continue
        if found is not None:
            groups[found].append(place)
    return [group for group in groups.values() if len(group) > 1]


def _size(path: Path) -> int | None:
    facts = path.stat()
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def _tail(path: Path) -> bytes:
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        end = os.pread(file.fileno(), TAIL, max(size - TAIL, 0))
    return sha256(end).digest()


def _digest(path: Path) -> bytes:
    digest = sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.digest()

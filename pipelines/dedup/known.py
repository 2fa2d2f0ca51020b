"""Files of hashes: what a benchmark's pictures look like, for those who may have its hashes and not its pictures.

A line a picture: its sha256, the two hashes of `hashing` as 16 hexadecimal digits each with `-` between them (`plain`
for one that has no look), its name, with two spaces between. That is a file of sha256sum with something more before
the name, so that programs for those read it, and theirs are read here: they find the same bytes and no look-alikes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import numpy as np

from ...schemas.errors import InputError
from ..lint.cache import Cache
from .hashing import Looks, looks
from .how import How
from .search import Hashes, near_pairs

SURE = 4
"""Bits in which both hashes may differ where there is no picture to look at: fewer than for candidates."""

_LINE = re.compile(r"([0-9a-fA-F]{64})(?:  ([0-9a-f]{16})-([0-9a-f]{16})|  plain)?(?:[ \t]+\*?(.*))?")


@dataclass(frozen=True, slots=True)
class Known:
    """Pictures by their names: where each has a look its hashes, else `looked` is False; `bytes` by sha256."""

    names: tuple[str, ...]
    bytes: dict[str, int]
    looked: tuple[int, ...]
    difference: Hashes
    frequency: Hashes

    def among(self, paths: Sequence[Path | None], cache: Cache | None = None) -> dict[int, tuple[str, How]]:
        """Which of the pictures are in here, by place: the name in here, and `bytes` or `look`."""
        found: dict[int, tuple[str, How]] = {
            place: (self.names[self.bytes[digest]], "bytes")
            for place, path in enumerate(paths)
            if path is not None and (digest := sha256_of(path)) in self.bytes
        }
        seen = looks(paths, cache)
        mine = np.flatnonzero(seen.known)
        one, other = near_pairs(np.concatenate([self.difference, seen.difference[mine]]), SURE)
        crossing = (one < len(self.looked)) & (other >= len(self.looked))
        one, other = one[crossing], mine[other[crossing] - len(self.looked)]
        alike = np.bitwise_count(self.frequency[one] ^ seen.frequency[other]) <= SURE
        for theirs, place in zip(one[alike].tolist(), other[alike].tolist(), strict=True):
            found.setdefault(place, (self.names[self.looked[theirs]], "look"))
        return dict(sorted(found.items()))


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal digits; empty where it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def hash_lines(names: Sequence[str], paths: Sequence[Path], seen: Looks) -> str:
    """The file of hashes of pictures; those that cannot be read are not in it."""
    lines: list[str] = []
    for place, (name, path) in enumerate(zip(names, paths, strict=True)):
        look = f"{seen.difference[place]:016x}-{seen.frequency[place]:016x}" if seen.known[place] else "plain"
        if digest := sha256_of(path):
            lines.append(f"{digest}  {look}  {_on_one_line(name)}\n")
    return "".join(lines)


def read_known(path: Path) -> Known:
    """The pictures of a file of hashes. Raises `InputError` for a line that is none."""
    names: list[str] = []
    digests: dict[str, int] = {}
    looked: list[tuple[int, int, int]] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.strip())
            if found is None:
                said = f"{line.strip()[:80]!r} is no line of hashes"
                raise InputError(f"{path}:{number}", said, "Write it with mmdata dedup --write-hashes, or sha256sum.")
            digests.setdefault(found[1].lower(), len(names))
            if found[2]:
                looked.append((len(names), int(found[2], 16), int(found[3], 16)))
            names.append(found[4] or "")
    difference, frequency = (np.array([each[at] for each in looked], np.uint64) for at in (1, 2))
    return Known(tuple(names), digests, tuple(each[0] for each in looked), difference, frequency)


def _on_one_line(name: str) -> str:
    return re.sub(r"[\r\n]", "?", name).encode("utf-8", "replace").decode()

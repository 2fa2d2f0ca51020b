"""Files of hashes: what a benchmark's pictures look like, for those who may have its hashes and not its pictures.

A line a picture: its sha256, the two hashes of `hashing` as 16 hexadecimal digits each with `-` between them (`plain`
for one that has no look), its name, with two spaces between. That is a file of sha256sum with something more before
the name, so that programs for those read it, and theirs are read here: they find the same bytes and no look-alikes.

A data set that mmdata built is held against others by its own pictures, and so is a folder of pictures: there is
something to look at, so that candidates lie as far apart as within one set and are confirmed.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import InputError
from ..lint.cache import Cache
from ..lint.hashes import read_hashes
from .built import Shown, elsewhere, is_built, parts, pictures_below, pictures_elsewhere
from .find import DISTANCE, same_look
from .hashing import Looks, looks
from .how import How
from .search import Hashes, near_pairs

Ints = NDArray[np.int64]

SURE = 4
"""Bits in which both hashes may differ where there is no picture to look at: fewer than for candidates."""

_BATCH = 1024

_OURS = re.compile(rb"[0-9a-f]{64}  (?:plain|[0-9a-f]{16}-[0-9a-f]{16})  ")


@dataclass(frozen=True, slots=True)
class Known:
    """Pictures by their names: where each has a look its hashes, else `looked` is False; `bytes` by sha256."""

    names: tuple[str, ...]
    bytes: dict[str, int]
    looked: tuple[int, ...]
    difference: Hashes
    frequency: Hashes
    paths: tuple[Path | None, ...] = ()
    """Where each can be looked at; empty where there is nothing but hashes."""

    def among(self, paths: Sequence[Path | None], cache: Cache | None = None) -> dict[int, tuple[str, How]]:
        """Which of the pictures are in here, by place: the name in here, and `bytes` or `look`."""
        found: dict[int, tuple[str, How]] = {
            place: (self.names[self.bytes[digest]], "bytes")
            for place, path in enumerate(paths)
            if path is not None and (digest := sha256_of(path)) in self.bytes
        }
        seen = looks(paths, cache)
        mine = np.flatnonzero(seen.known)
        for theirs, place in self._candidates(seen, mine):
            if place not in found and (by := self._how(theirs, paths[place], seen, place)):
                found[place] = self.names[self.looked[theirs]], by
        return dict(sorted(found.items()))

    def _candidates(self, seen: Looks, mine: Ints) -> list[tuple[int, int]]:
        """(place in `looked`, place in `seen`) of pictures whose hashes, either of them, are near, in order."""
        pairs: set[tuple[int, int]] = set()
        kinds = ((self.difference, seen.difference), (self.frequency, seen.frequency))
        for own, others in kinds[: 2 if self.paths else 1]:
            one, other = near_pairs(np.concatenate([own, others[mine]]), DISTANCE if self.paths else SURE)
            crossing = (one < len(own)) & (other >= len(own))
            pairs.update(zip(one[crossing].tolist(), mine[other[crossing] - len(own)].tolist(), strict=True))
        return sorted(pairs)

    def _how(self, theirs: int, path: Path | None, seen: Looks, place: int) -> How | None:
        """By what a picture of ours is one in here; without a picture to look at both hashes must be all but equal."""
        at = self.paths[self.looked[theirs]] if self.paths else None
        if at is not None and path is not None:
            kinds = ((self.difference, seen.difference), (self.frequency, seen.frequency))
            return same_look(at, path, equal=all(own[theirs] == other[place] for own, other in kinds))
        apart = self.difference[theirs] ^ seen.difference[place], self.frequency[theirs] ^ seen.frequency[place]
        return "look" if all(int(each).bit_count() <= SURE for each in apart) else None


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal digits; empty where it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def is_hashes(head: bytes) -> bool:
    """Whether a file that begins so has lines of `hash_lines`."""
    return _OURS.match(head) is not None


def hash_lines(names: Sequence[str], paths: Sequence[Path], seen: Looks) -> str:
    """The file of hashes of pictures; those that cannot be read are not in it."""
    lines: list[str] = []
    for place, (name, path) in enumerate(zip(names, paths, strict=True)):
        look = f"{seen.difference[place]:016x}-{seen.frequency[place]:016x}" if seen.known[place] else "plain"
        if digest := sha256_of(path):
            lines.append(f"{digest}  {look}  {_on_one_line(name)}\n")
    return "".join(lines)


def read_known(path: Path, cache: Cache | None = None) -> Known:
    """The pictures of a file of hashes, of a data set of ours, or of a folder.

    Raises `InputError` for a line that is none of hashes, where there are no hashes or pictures at all, and where
    pictures of the data set are not to be found.
    """
    return _of_folder(path, cache) if path.is_dir() else _of_file(path)


def _of_folder(path: Path, cache: Cache | None) -> Known:
    """By sha256 and look; those from inside shards are looked at now, and are no more to be seen later."""
    names: dict[str, str] = {}
    facts: list[tuple[int, int, int]] = []
    paths: list[Path | None] = []
    missing: list[str] = []
    with TemporaryDirectory(prefix="mmdata-") as folder:
        for shown in _shown(path, Path(folder)):
            missing += [each.name for each in shown if each.path is None]
            fresh = {sha256_of(each.path): each for each in shown if each.path is not None}
            fresh = {digest: each for digest, each in fresh.items() if digest and digest not in names}
            seen = looks([each.path for each in fresh.values()], cache)
            for at, (digest, each) in enumerate(fresh.items()):
                if seen.known[at]:
                    facts.append((len(names), int(seen.difference[at]), int(seen.frequency[at])))
                names[digest] = each.name
                inside = each.path is not None and each.path.is_relative_to(folder)
                paths.append(None if inside else each.path)
    _check_found(path, missing, names)
    looked, difference, frequency = _columns(facts)
    digests = {digest: place for place, digest in enumerate(names)}
    return Known(tuple(names.values()), digests, looked, difference, frequency, tuple(paths))


def _check_found(path: Path, missing: Sequence[str], found: Collection[str]) -> None:
    """Raise `InputError` where pictures could not be looked at, or there are none."""
    if away := [name for name in missing if elsewhere(name)]:
        raise pictures_elsewhere(path, away)
    if missing or not found:
        count = (
            f"{len(missing):,} of its pictures are not there, such as {missing[0]}" if missing else "it has no pictures"
        )
        raise InputError(str(path), count, "Bring them back, or name a file that mmdata dedup --write-hashes wrote.")


def _shown(path: Path, folder: Path) -> Iterator[list[Shown]]:
    if is_built(path):
        yield from (part.pictures for part in parts(path, folder, keep=False))
        return
    found = iter(pictures_below(path))
    while some := list(islice(found, _BATCH)):
        yield [Shown(str(each), each) for each in some]


def _columns(facts: list[tuple[int, int, int]]) -> tuple[tuple[int, ...], Hashes, Hashes]:
    difference, frequency = (np.array([each[at] for each in facts], np.uint64) for at in (1, 2))
    return tuple(each[0] for each in facts), difference, frequency


def _of_file(path: Path) -> Known:
    names: list[str] = []
    digests: dict[str, int] = {}
    looked: list[tuple[int, int, int]] = []
    for each in read_hashes(path):
        digests.setdefault(each.sha256, len(names))
        if each.look:
            looked.append((len(names), *each.look))
        names.append(each.name)
    if not names:
        fact = "there are no hashes in it, so that nothing could be found"
        raise InputError(str(path), fact, "Write it with sha256sum, or mmdata dedup --write-hashes.")
    return Known(tuple(names), digests, *_columns(looked))


def _on_one_line(name: str) -> str:
    return re.sub(r"[\r\n]", "?", name).encode("utf-8", "replace").decode()

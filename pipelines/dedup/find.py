"""Finding: which pictures are one and the same, and by what: their bytes, their pixels, or the eye's look at them.

Bytes first, since they cost least; of what is left, pictures whose hashes are near; of those, by pixels where both
hashes are equal, else laid over one another. Candidates are found without looking at all pairs, and looked at as late
as can be, because a look costs milliseconds; several looks at a time, one on each core: decoding and most of the
arithmetic let go of the interpreter's lock.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..components import Ints, Small
from ..lint.cache import Cache
from .clusters import clusters, joining
from .confirm import confirmed
from .exact import duplicates
from .hashing import Looks, looks
from .how import How
from .paths import Only
from .pixels import pixel_digest
from .search import near_pairs

DISTANCE = 8
"""Bits in which hashes of candidates may differ; cuts and shifts of a burst lie at 3 to 9."""


@dataclass
class Kin:
    """Pictures by their places in `paths`: `first` has the same bytes as each, `near` are its candidates, both ways.

    Of two that were looked at it is known what came of it: who chooses and who divides look at the same.
    """

    paths: Sequence[Path | None]
    first: Ints
    looks: Looks | None
    near: dict[int, list[int]]
    plainly: How = "bytes"
    _links: list[tuple[int, int, How]] | None = None
    _looked: dict[tuple[int, int], How | None] = field(default_factory=dict[tuple[int, int], "How | None"])

    def how(self, one: int, other: int) -> How | None:
        """By what two pictures are the same; None where they are not."""
        if self.first[one] == self.first[other]:
            return "bytes" if one != other else None
        pair = min(one, other), max(one, other)
        if pair not in self._looked:
            self._looked[pair] = self._look(*pair)
        return self._looked[pair]

    def _look(self, one: int, other: int) -> How | None:
        first, second = self.paths[one], self.paths[other]
        if self.looks is None or first is None or second is None:
            return None
        return same_look(first, second, equal=self._equal(one, other))

    def hows(self, pairs: Sequence[tuple[int, int]]) -> list[How | None]:
        """By what the two of each pair are the same."""
        if len(pairs) < 2:
            return [self.how(*pair) for pair in pairs]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return list(pool.map(lambda pair: self.how(*pair), pairs))

    def _equal(self, one: int, other: int) -> bool:
        seen = self.looks
        own = ("difference", "frequency", "width", "height")
        return seen is not None and all(getattr(seen, name)[one] == getattr(seen, name)[other] for name in own)

    def links(self) -> list[tuple[int, int, How]]:
        """One, another that comes later and is the same, and by what: as few as join all that hang together."""
        if self._links is None:
            self._links = self._linked()
        return self._links

    def clusters(self) -> Small:
        """For each picture the first of all that are the same, by however many steps."""
        return clusters(len(self.paths), ((one, other) for one, other, _ in self.links()))

    def _linked(self) -> list[tuple[int, int, How]]:
        again = np.flatnonzero(self.first != np.arange(len(self.paths))).tolist()
        found: list[tuple[int, int, How]] = [(int(self.first[other]), other, "bytes") for other in again]
        return [*found, *joining(pairs_of(self.near), self.hows)]


def pairs_of(near: dict[int, list[int]]) -> Iterator[tuple[int, int]]:
    """All pairs of candidates, each once."""
    return ((one, other) for one, others in near.items() for other in others if other > one)


def same_look(one: Path, other: Path, *, equal: bool) -> How | None:
    """By what two pictures whose hashes are near are the same; pixels are compared where their looks are `equal`."""
    if equal and (digest := pixel_digest(one)) is not None and digest == pixel_digest(other):
        return "pixels"
    return "look" if confirmed(one, other) else None


def kin(
    paths: Sequence[Path | None],
    *,
    near: bool,
    distance: int = DISTANCE,
    cache: Cache | None = None,
    told: Callable[[int], None] | None = None,
) -> Kin:
    """The kin of pictures; without `near` by bytes alone. `None` is alone."""
    first = duplicates(paths)
    if not near:
        return Kin(paths, first, None, {})
    alone = first == np.arange(len(paths))
    seen = looks(Only(paths, alone), cache, told)
    return Kin(paths, first, seen, candidates(seen, distance))


def candidates(seen: Looks, distance: int) -> dict[int, list[int]]:
    """For each picture those whose hashes, either of them, are near, in order."""
    places = np.flatnonzero(seen.known)
    found: defaultdict[int, list[int]] = defaultdict(list)
    pairs = [near_pairs(hashes[places], distance) for hashes in (seen.difference, seen.frequency)]
    packed = np.unique(np.concatenate([one * len(places) + other for one, other in pairs]))
    for pair in packed.tolist():
        one, other = int(places[pair // len(places)]), int(places[pair % len(places)])
        found[one].append(other)
        found[other].append(one)
    return {place: sorted(others) for place, others in sorted(found.items())}

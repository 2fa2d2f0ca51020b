"""Clusters: what hangs together by pairs, however many steps apart; the first of a cluster stands for it.

Joined one pair at a time, because whether two pictures are alike costs milliseconds to see: what is in one cluster
already need not be looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from .how import How

AHEAD = 32
"""Pairs that are looked at together, so that all cores have some; of these a few may have been joined meanwhile."""


class Clusters:
    """So many things, at first each alone."""

    def __init__(self, count: int) -> None:
        self._up = list(range(count))

    def of(self, thing: int) -> int:
        """The first thing of the cluster that `thing` is in."""
        up = self._up
        while up[thing] != thing:
            up[thing] = thing = up[up[thing]]
        return thing

    def apart(self, one: int, other: int) -> bool:
        """Whether two are in different clusters."""
        return self.of(one) != self.of(other)

    def join(self, one: int, other: int) -> None:
        """Make one of the two clusters."""
        low, high = sorted((self.of(one), self.of(other)))
        self._up[high] = low

    def first(self) -> NDArray[np.int64]:
        """For each thing the first of its cluster."""
        return np.fromiter(map(self.of, range(len(self._up))), np.int64, len(self._up))


def clusters(count: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """For each of `count` things the first of all that hang together with it by `pairs`; itself where it is alone."""
    joined = Clusters(count)
    for one, other in pairs:
        joined.join(one, other)
    return joined.first()


def joining(
    joined: Clusters,
    pairs: Iterable[tuple[int, int]],
    hows: Callable[[Sequence[tuple[int, int]]], Sequence[How | None]],
) -> Iterator[tuple[int, int, How]]:
    """Join those of `pairs` that are the same, and give them with by what: as few as join all that hang together.

    `hows` says of several pairs by what each is the same. What it gives is what pair after pair would give.
    """
    left = iter(pairs)
    for head in left:
        apart = (pair for pair in chain((head,), left) if joined.apart(*pair))
        some = list(islice(apart, AHEAD))
        for (one, other), how in zip(some, hows(some), strict=True):
            if how and joined.apart(one, other):
                joined.join(one, other)
                yield one, other, how

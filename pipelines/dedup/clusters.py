"""Clusters: what hangs together by pairs, however many steps apart; the first of a cluster stands for it.

Joined one pair at a time, because whether two pictures are alike costs milliseconds to see: what is in one cluster
already need not be looked at.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


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

"""Clusters: things that hang together by pairs, of which as few are looked at as can be, since a look costs
milliseconds.

What is in one cluster already need not be looked at. So of all candidates those come first that would join everything,
were they the same; then, of what is apart still, the next ones that would.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from ..components import Ints, Small, components, sufficient
from .how import How

Hows = Callable[[Sequence[tuple[int, int]]], Sequence[How | None]]
"""Says of several pairs, each of two things, by what they are the same."""

TOGETHER = 512
"""Pairs that are gone through together, and those that hang together with them: so few that `confirm.view` remembers
their pictures, so many that all cores have some.
"""


def clusters(count: int, pairs: Iterable[tuple[int, int]]) -> Small:
    """For each of `count` things the first of all that hang together with it by `pairs`; itself where it is alone."""
    return components(count, *columns(pairs))


def joining(pairs: Iterable[tuple[int, int]], hows: Hows) -> Iterator[tuple[int, int, How]]:
    """Of `pairs` those that are the same, with by what: as few as join all that hang together, in their order.

    What is given, and what is looked at, is what would be pair after pair.
    """
    one, other = columns(pairs)
    found = [link for places in _some(one, other) for link in _joining(places, one, other, hows)]
    return ((int(one[place]), int(other[place]), how) for place, how in sorted(found))


def columns(pairs: Iterable[tuple[int, int]]) -> tuple[Small, Small]:
    """The ones of all pairs, and the others."""
    both = np.fromiter(chain.from_iterable(pairs), np.int32)
    return both[::2], both[1::2]


def _some(one: Small, other: Small) -> Iterator[Ints]:
    """The places of all pairs, some clusters of candidates at a time."""
    if not len(one):
        return
    cluster = components(int(max(one.max(), other.max())) + 1, one, other)[one]
    order = np.argsort(cluster, kind="stable")
    begins = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    yield from np.split(order, begins[1:][np.diff(begins // TOGETHER) > 0])


def _joining(places: Ints, one: Small, other: Small, hows: Hows) -> Iterator[tuple[int, How]]:
    """Of the pairs in some places those that `joining` gives, by their places."""
    things, thing = np.unique([one[places], other[places]], return_inverse=True)
    mine, its = thing.astype(np.int32)
    while len(places):
        chosen = sufficient(mine, its)
        asked = places[chosen]
        found = hows(list(zip(one[asked].tolist(), other[asked].tolist(), strict=True)))
        for place, how in zip(asked.tolist(), found, strict=True):
            if how:
                yield place, how
        same = chosen[[how is not None for how in found]]
        cluster = components(len(things), mine[same], its[same])
        mine, its = cluster[mine], cluster[its]
        left = mine != its
        left[chosen] = False
        places, mine, its = places[left], mine[left], its[left]

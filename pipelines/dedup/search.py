"""Searching: all pairs of 64-bit hashes that differ in at most so many bits, none missed, not every pair looked at.

Pigeonhole: cut the 64 bits into m bands. Two hashes that differ in at most d bits differ in at most d bands, so they
agree in m - d of them: for every choice of m - d bands sort by those bits and compare inside runs of equal ones. Equal
hashes are taken together first, else a run of them is quadratic. Chum, Philbin, Zisserman; Norouzi et al., CVPR 2012.
"""

import math
from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

BITS = 64
_BLOCK = 1 << 17
"""Pairs that are compared at a time: so few that they stay in the processor's cache, which halves the time."""

_SORTED = 6.0
"""What sorting one hash into a table costs, in comparisons."""


def near_pairs(hashes: Hashes, distance: int) -> tuple[Ints, Ints]:
    """Places of all pairs that differ in at most `distance` bits (0 to 63), the lower place first, in order."""
    order = np.argsort(hashes, kind="stable")
    edge = np.flatnonzero(np.diff(hashes[order], prepend=~hashes[order[:1]]))
    distinct = hashes[order][edge]
    sizes = np.diff(edge, append=len(hashes))
    one, other = _between(distinct, distance)
    own = np.flatnonzero(sizes > 1)
    found = [_crossed(order, edge, sizes, one, other), _within(order, edge[own], sizes[own])]
    first, second = np.concatenate(found, axis=1)
    low, high = np.minimum(first, second), np.maximum(first, second)
    ranked = np.lexsort((high, low))
    return low[ranked], high[ranked]


def _crossed(order: Ints, edge: Ints, sizes: Ints, one: Ints, other: Ints) -> Ints:
    """All pairs of a member of one group and a member of another."""
    counts = sizes[one] * sizes[other]
    pair = np.repeat(np.arange(len(one)), counts)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = sizes[other][pair]
    return np.stack([order[edge[one][pair] + step // width], order[edge[other][pair] + step % width]])


def _within(order: Ints, edge: Ints, sizes: Ints) -> Ints:
    """All pairs inside groups of equal hashes."""
    parts = [order[at : at + size][np.stack(np.triu_indices(size, 1))] for at, size in zip(edge, sizes, strict=True)]
    return np.concatenate([np.zeros((2, 0), np.int64), *parts], axis=1)


def _between(distinct: Hashes, distance: int) -> tuple[Ints, Ints]:
    """Pairs of places in different hashes, each once."""
    if not distance or len(distinct) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    bands, agreeing = _plan(len(distinct), distance)
    edges = [round(BITS * at / bands) for at in range(bands + 1)]
    masks = [(1 << high) - (1 << low) for low, high in pairwise(edges)]
    found: list[Ints] = [np.zeros(0, np.int64)]
    for chosen in combinations(range(bands), agreeing):
        # A pair that agrees in an earlier band too was found by an earlier choice.
        earlier = [np.uint64(masks[band]) for band in range(chosen[-1]) if band not in chosen]
        found += _of_table(distinct, distance, sum(masks[band] for band in chosen), earlier)
    packed = np.concatenate(found)
    return packed // len(distinct), packed % len(distinct)


def _of_table(distinct: Hashes, distance: int, chosen: int, earlier: list[np.uint64]) -> list[Ints]:
    """Pairs that agree in the `chosen` bits and differ in each of the `earlier` bands, as first * count + second."""
    key = distinct & np.uint64(chosen)
    order = np.argsort(key)
    ranked, values = key[order], distinct[order]
    ends = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]) + 1, len(ranked))
    follow = np.repeat(ends, np.diff(ends, prepend=0)) - np.arange(len(ranked)) - 1
    found: list[Ints] = []
    for start, end in _blocks(follow):
        counts = follow[start:end]
        one = np.repeat(np.arange(start, end), counts)
        other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
        differing = values[one] ^ values[other]
        near = np.bitwise_count(differing) <= distance
        one, other, differing = one[near], other[near], differing[near]
        for mask in earlier:
            fresh = (differing & mask) != 0
            one, other, differing = one[fresh], other[fresh], differing[fresh]
        first, second = order[one], order[other]
        found.append(np.minimum(first, second) * len(distinct) + np.maximum(first, second))
    return found


def _blocks(counts: Ints) -> Iterator[tuple[int, int]]:
    """Stretches of places whose counts sum to a block at most; one place alone may have more."""
    sums = np.cumsum(counts)
    start = 0
    while start < len(counts):
        done = int(sums[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(sums, done + _BLOCK, "right")))
        if int(sums[end - 1]) > done:
            yield start, end
        start = end


def _plan(count: int, distance: int) -> tuple[int, int]:
    """Into how many bands to cut, and in how many of them hashes must agree: the cheapest, if bits were random."""
    plans = [(distance + agreeing, agreeing) for agreeing in range(1, 6) if distance + agreeing <= BITS]
    return min(plans, key=lambda plan: _cost(count, *plan))


def _cost(count: int, bands: int, agreeing: int) -> float:
    compared = count / 2 / math.exp2(BITS / bands * agreeing)
    return math.comb(bands, agreeing) * count * (_SORTED + compared)

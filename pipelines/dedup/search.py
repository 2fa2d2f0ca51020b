"""Searching: all pairs of 64-bit hashes that differ in at most so many bits, none missed, not every pair looked at.

Pigeonhole: cut the 64 bits into m bands. Two hashes that differ in at most d bits differ in at most d bands, so they
agree in m - d of them: for every choice of m - d bands sort by those bits and compare inside runs of equal ones. Equal
hashes are taken together first, else a run of them is quadratic. Chum, Philbin, Zisserman; Norouzi et al., CVPR 2012.

All that agree in one band are brought together once for all choices that begin with it, and cut into chunks between
them that stay in the processor's cache while they are sorted by one choice after the other: by its other bits alone,
sixteen at a time (a radix sort, which numpy has for numbers of 16 bits). Chunks are independent: each core takes the
next.
"""

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

BITS = 64
_CHUNK = 1 << 15
"""Hashes that are sorted together, unless more agree in a band: so few that all that is made of them stays in cache."""

_DIGIT = 16
_BAND, _TABLE = 8.0, 2.5
"""What bringing one hash to those of its band, and sorting it into a table, cost in comparisons (of some 10 ns)."""

_FEW = 100_000
"""Hashes for which a second thread costs more than it brings."""


def near_pairs(hashes: Hashes, distance: int) -> tuple[Ints, Ints]:
    """Places of all pairs that differ in at most `distance` bits (0 to 63), the lower place first, in order."""
    order = _order(hashes, BITS)
    distinct = hashes[order]
    edge = np.flatnonzero(np.append(np.ones(min(len(distinct), 1), np.bool_), distinct[1:] != distinct[:-1]))
    distinct = distinct[edge] if len(edge) < len(distinct) else distinct
    sizes = np.diff(edge, append=len(hashes))
    one, other = _between(distinct, distance)
    found = [_crossed(order, edge, sizes, one, other), _within(order, sizes)]
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


def _within(order: Ints, sizes: Ints) -> Ints:
    """All pairs inside groups of equal hashes, which stand side by side in `order`."""
    follow = np.repeat(sizes, sizes) - 1 - (np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes))
    held = np.flatnonzero(follow)
    parts: list[Ints] = [np.zeros((2, 0), np.int64)]
    step = 0
    while len(held := held[follow[held] > step]):
        step += 1
        parts.append(np.stack([order[held], order[held + step]]))
    return np.concatenate(parts, axis=1)


def _between(distinct: Hashes, distance: int) -> tuple[Ints, Ints]:
    """Pairs of places in different hashes, each once."""
    if not distance or len(distinct) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    bands, agreeing = _plan(len(distinct), distance)
    edges = [round(BITS * at / bands) for at in range(bands + 1)]
    pieces = list(pairwise(edges))
    found: list[Ints] = [np.zeros((2, 0), np.int64)]
    with ThreadPoolExecutor(1 if len(distinct) < _FEW else len(os.sched_getaffinity(0))) as pool:
        for first in range(bands - agreeing + 1):
            others = combinations(range(first + 1, bands), agreeing - 1)
            tables = [_Table(pieces, (first, *rest)) for rest in others]
            low, high = pieces[first]
            shared = distinct >> np.uint64(low) & np.uint64((1 << (high - low)) - 1)
            order = _order(shared, high - low)
            starts = _starts(shared[order])
            del shared
            ranked = distinct[order]
            chunks = [ranked[start:end] for start, end in pairwise(starts)]
            for start, pairs in zip(starts, pool.map(partial(_of_chunk, tables, distance), chunks), strict=False):
                found.append(order[start + pairs])
    one, other = np.concatenate(found, axis=1)
    return np.minimum(one, other), np.maximum(one, other)


def _starts(ranked: Hashes) -> list[int]:
    """Where chunks of numbers in order begin, and the end: equal ones are in one chunk."""
    edges = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]) + 1, len(ranked))
    wanted = np.arange(_CHUNK, len(ranked) + _CHUNK, _CHUNK)
    chosen = edges[np.minimum(np.searchsorted(edges, wanted), len(edges) - 1)]
    return [0, *np.unique(chosen).tolist()]


class _Table:
    """One choice of bands: the bits of each that is chosen, and the masks of all chosen ones together and of those of
    which a pair must agree in none, since an earlier choice has found it.
    """

    def __init__(self, bands: list[tuple[int, int]], chosen: tuple[int, ...]) -> None:
        masks = [(1 << high) - (1 << low) for low, high in bands]
        self.others = [bands[band] for band in chosen[1:]]
        self.mask = np.uint64(sum(masks[band] for band in chosen))
        self.earlier = [np.uint64(masks[band]) for band in range(chosen[-1]) if band not in chosen]

    def order(self, hashes: Hashes) -> Ints:
        """The places of hashes in the order of the chosen bits, of which those of the first band are in order already:
        equal ones stay as they came, so that there is nothing to sort by these.
        """
        key = np.zeros_like(hashes)
        bits = 0
        for low, high in self.others:
            key |= (hashes >> np.uint64(low) & np.uint64((1 << (high - low)) - 1)) << np.uint64(bits)
            bits += high - low
        return _order(key, bits)


def _order(keys: Hashes, bits: int) -> Ints:
    """The places of numbers of so many bits in their order; equal ones as they came."""
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    for shift in range(_DIGIT, bits, _DIGIT):
        digits = (keys >> np.uint64(shift)).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return order


def _of_chunk(tables: Sequence[_Table], distance: int, chunk: Hashes) -> Ints:
    """Pairs of places of a chunk, (2, n), by all its tables."""
    found: list[Ints] = [np.zeros((2, 0), np.int64)]
    for table in tables:
        order = table.order(chunk)
        ranked = chunk[order]
        apart = ranked[1:] ^ ranked[:-1]
        held = np.flatnonzero((apart & table.mask) == 0)  # those of one run stand side by side
        apart, step = apart[held], 1
        while len(held):
            near = np.bitwise_count(apart) <= distance
            if near.any():
                for mask in table.earlier:
                    near &= (apart & mask) != 0
                found.append(np.stack([order[held[near]], order[held[near] + step]]))
            step += 1
            held = held[: np.searchsorted(held, len(ranked) - step)]
            apart = ranked[held] ^ ranked[held + step]
            run = (apart & table.mask) == 0
            apart, held = apart[run], held[run]
    return np.concatenate(found, axis=1)


def _plan(count: int, distance: int) -> tuple[int, int]:
    """Into how many bands to cut, and in how many of them hashes must agree: the cheapest, if bits were random."""
    plans = [(distance + agreeing, agreeing) for agreeing in range(1, 6) if distance + agreeing <= BITS]
    return min(plans, key=lambda plan: _cost(count, *plan))


def _cost(count: int, bands: int, agreeing: int) -> float:
    compared = count / 2 / math.exp2(BITS / bands * agreeing)
    tables = math.comb(bands, agreeing)
    return count * (_BAND * (bands - agreeing + 1) + tables * (_TABLE + compared))

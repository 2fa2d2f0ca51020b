"""Which group of records goes into which split: shares held, labels spread, what was decided before kept.

A group is what must stay together. Groups are ranked by blake2b("seed:name") of the name that stands for each, so that
a place depends on the names, the seed and the set, never on the order of the records. Labels are served from the
rarest on: a label's groups are divided so that every split gets its share of them, at least one where there are
enough, and no split more records than its share of all (iterative stratification: Sechidis, Tsoumakas, Vlahavas, ECML
PKDD 2011; here a label is divided at once, by its groups, so that a million groups take seconds). What has no label
fills up what is missing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .ledger import Hashes, by_first_bits
from .names import blocks

Ints = NDArray[np.int64]
Sizes = NDArray[np.int32]
Places = NDArray[np.int8]

UNDECIDED = -1

_MOST = 1 << 19  # pairs of a label and a record that are held together, at least


Pair = tuple[Sizes, Sizes]
"""Records, and of each the number of a label that it has."""


class Labels(Protocol):
    """Which labels the records have, each once a record; they may be on disk."""

    def blocks(self) -> Iterator[Pair]:
        """All of them, some at a time; the same every time."""
        ...


@dataclass(frozen=True, slots=True)
class Strata:
    """Labels in memory: entry i says that `record[i]` has the label with the number `label[i]`."""

    record: Sizes
    label: Sizes

    def blocks(self) -> Iterator[Pair]:
        """All of them, some at a time."""
        for some in blocks(len(self.record)):
            yield self.record[some], self.label[some]


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The labels of records that have other numbers now: record i is `to[i]`, and left out where that is negative."""

    labels: Labels
    to: Sizes

    def blocks(self) -> Iterator[Pair]:
        """Those that are left, some at a time."""
        for record, label in self.labels.blocks():
            number = self.to[record]
            stays = number >= 0
            yield (number, label) if stays.all() else (number[stays], label[stays])


NONE = Strata(np.zeros(0, np.int32), np.zeros(0, np.int32))
"""No labels."""


def ranked(ranks: Hashes, names: Callable[[], Hashes]) -> Sizes:
    """The place of each group in the order of their ranks; should two tie, in that of their names' hashes."""
    places = np.empty(len(ranks), np.int32)
    done = 0
    for part in by_first_bits(ranks):
        mine = np.flatnonzero(part)
        own = ranks[mine]
        order = np.argsort(own)
        if (own[order[1:]] == own[order[:-1]]).any():
            order = np.lexsort((names()[mine], own))
        places[mine[order]] = np.arange(done, done + len(mine), dtype=np.int32)
        done += len(mine)
    return places


def quotas(total: int, shares: Sequence[float]) -> Ints:
    """`total` divided by `shares` into whole numbers, the largest remainders rounded up, the earlier first."""
    whole = math.fsum(shares)  # 1 within 1e-6, which is not near enough for ten million items
    exact = np.array([total * share / whole for share in shares])
    parts = np.floor(exact).astype(np.int64)
    rest = np.argsort(parts - exact, kind="stable")[: max(total - int(parts.sum()), 0)]
    parts[rest] += 1
    return np.asarray(parts)


def divide(sizes: Sizes, shares: Sequence[float], labels: Labels, known: Places) -> Places:
    """The split of each group. `sizes` are their records, by rank; `known` is what was decided, else UNDECIDED.

    `labels` speak of groups by their position. With nothing known each split has its share of all records to within
    the largest group; a split with a share is empty only where there are fewer groups than splits.
    """
    places = known.copy()
    room = quotas(int(sizes.sum()), shares).astype(np.float64)
    room -= [sizes.sum(where=known == split) for split in range(len(shares))]
    for groups in _by_rarity(labels, sizes):
        _spread(groups, places, sizes, shares, room)
    _fill_up(places, sizes, room)
    _fill_empty(places, shares, known, sizes > 0)
    return places


def _by_rarity(labels: Labels, sizes: Sizes) -> Iterator[Ints]:
    """The groups of every label in the order of rank, the label with the fewest first; ties by the label's number."""
    found: Ints = np.zeros(0, np.int64)
    for _, label in labels.blocks():
        more: Ints = np.bincount(label, minlength=len(found)).astype(np.int64)
        more[: len(found)] += found
        found = more
    counts = found
    if sizes.max(initial=0) > 1:  # else no group has a label twice
        counts = np.zeros(len(found), np.int64)
        for some in _batches(np.arange(len(found)), found):
            counts[some] = [len(groups) for groups in _groups_of(labels, some, found, len(sizes))]
    order = np.argsort(counts, kind="stable")
    for some in _batches(order[counts[order] > 0], found):
        yield from _groups_of(labels, some, found, len(sizes))


def _batches(order: Ints, counts: Ints) -> Iterator[Ints]:
    """Labels in their order, as many together as are on no more than an eighth of all pairs: what is held in memory
    is that, and all pairs are gone through about eight times, however many they are.
    """
    most = max(_MOST, int(counts.sum()) // 8)
    begin, held = 0, 0
    for at, count in enumerate(counts[order].tolist()):
        if held and held + count > most:
            yield order[begin:at]
            begin, held = at, 0
        held += count
    if begin < len(order):
        yield order[begin:]


def _groups_of(labels: Labels, some: Ints, counts: Ints, groups: int) -> Iterator[Ints]:
    """The groups of some labels, each once, in order. `counts` are how often each label is there."""
    place = np.full(len(counts), -1, np.int32)
    place[some] = np.arange(len(some), dtype=np.int32)
    width = max(groups, 1)
    pairs: Ints = np.empty(int(counts[some].sum()), np.int64)
    done = 0
    for record, label in labels.blocks():
        at = place[label]
        mine = np.flatnonzero(at >= 0)
        end = done + len(mine)
        np.multiply(at[mine], width, out=pairs[done:end], dtype=np.int64)
        pairs[done:end] += record[mine]
        done = end
    pairs.sort()
    fresh = np.ones(len(pairs), np.bool_)
    np.not_equal(pairs[1:], pairs[:-1], out=fresh[1:])
    if not fresh.all():
        pairs = pairs[fresh]
    edges = np.searchsorted(pairs, np.arange(len(some) + 1) * width)
    for number in range(len(some)):
        yield pairs[edges[number] : edges[number + 1]] - number * width


def _spread(groups: Ints, places: Places, sizes: Sizes, shares: Sequence[float], room: NDArray[np.float64]) -> None:
    """Divide what is undecided of one label's groups, in place; `room` is how many records each split still takes."""
    free = groups[places[groups] == UNDECIDED]
    if not len(free):
        return
    have = np.bincount(places[groups][places[groups] >= 0], minlength=len(shares))
    wanted = np.maximum(_fair(len(groups), shares) - have, 0)
    done = 0
    for split in np.argsort(wanted, kind="stable").tolist():  # the small ones first: they have the least to choose from
        mine = free[done : done + int(wanted[split])]
        fitting = mine[: int(np.searchsorted(np.cumsum(sizes[mine]), room[split], side="right"))]
        places[fitting] = split
        room[split] -= sizes[fitting].sum()
        done += len(fitting)


def _fair(count: int, shares: Sequence[float]) -> Ints:
    """How many of a label's `count` groups each split should have: its share, and one at least where that can be."""
    parts = quotas(count, shares)
    needed = [split for split, share in enumerate(shares) if share > 0]
    if count >= len(needed):
        for split in needed:
            if parts[split] == 0:
                parts[int(parts.argmax())] -= 1
                parts[split] = 1
    return parts


def _fill_up(places: Places, sizes: Sizes, room: NDArray[np.float64]) -> None:
    """Put what is left where there is room: each group where its middle record falls."""
    total = sizes.sum(where=places == UNDECIDED)
    room = np.maximum(room, 0)
    if not room.any():  # only empty groups are left
        places[places == UNDECIDED] = 0
        return
    borders = np.cumsum(room) * (total / room.sum())
    last = int(np.flatnonzero(room)[-1])
    done = 0
    for some in blocks(len(places)):
        left = places[some] == UNDECIDED
        mine = sizes[some][left].astype(np.int64)
        ends = done + np.cumsum(mine)
        places[some][left] = np.minimum(np.searchsorted(borders, ends - mine / 2, side="left"), last)
        done = int(ends[-1]) if len(ends) else done


def _fill_empty(places: Places, shares: Sequence[float], known: Places, counted: NDArray[np.bool_]) -> None:
    """Give each empty split that should not be empty the last new group of the fullest one, in place; of the groups
    that have records.
    """
    counts = np.array([np.count_nonzero((places == split) & counted) for split in range(len(shares))])
    for split, share in enumerate(shares):
        if share > 0 and counts[split] == 0 and counts.max(initial=0) > 1:
            fullest = int(counts.argmax())
            new = np.flatnonzero((places == fullest) & (known == UNDECIDED) & counted)
            if len(new):
                places[new[-1]] = split
                counts[fullest] -= 1
                counts[split] += 1

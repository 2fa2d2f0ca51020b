"""Policy: of pictures that are the same, which are kept.

`keep-first` keeps the first that was read, `most-annotated` the one with the most annotations, of several the first.
A picture is left out only where it is the same as one that is kept: of a film that drifts, more than one frame stays.
`reject` keeps the first where all say the same, and none where labels contradict each other. `merge` keeps the one
with boxes, of several the one with the most annotations, and puts to it what the others say besides (`union.py`); one
that contradicts it, or cannot be put to it, is left out as under keep-first. `none` keeps all; they stay in one split.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..components import Ints, Small
from .contradict import Drawn
from .how import How
from .union import Claims, Unions

Policy = Literal["keep-first", "most-annotated", "merge", "reject", "none"]


class Kindred(Protocol):
    """Things by their places, and which of them are the same: `find.Kin` of pictures, `text.TextKin` of texts.

    `first` is, for each, the first that is `plainly` the same; `near` are the candidates of those, both ways.
    """

    plainly: How
    first: Ints
    near: dict[int, list[int]]

    def how(self, one: int, other: int) -> How | None:
        """By what two are the same; None where they are not."""
        ...

    def hows(self, pairs: Sequence[tuple[int, int]]) -> list[How | None]:
        """The same of several pairs, which may be looked at at once."""
        ...

    def clusters(self) -> Small:
        """For each the first of all that are the same, by however many steps."""
        ...


@dataclass(frozen=True)
class Decided:
    """`kept` says which records stay; `instead` is, of one that does not, the record that it is the same as, and by
    what; `alike` is the first of each record's cluster, empty where nobody looked; `into` is, of one that is put to
    another, that one.
    """

    kept: NDArray[np.bool_]
    instead: dict[int, tuple[int, How]]
    alike: Small
    into: dict[int, int] = field(default_factory=dict[int, int])


def nothing_twice(count: int, but: Sequence[int] = ()) -> Decided:
    """Nothing is the same as anything; all are kept `but` some."""
    kept = np.ones(count, np.bool_)
    kept[list(but)] = False
    return Decided(kept, {}, np.zeros(0, np.int32))


def akin(kin: Kindred) -> NDArray[np.bool_]:
    """Those that may be the same as another."""
    found: NDArray[np.bool_] = np.asarray(kin.first != np.arange(len(kin.first)))
    found[kin.first[found]] = True
    found[list(kin.near)] = True
    return found


def decide(
    kin: Kindred,
    policy: Policy,
    annotations: Sequence[int],
    agree: Callable[[int, int, How], bool],
    claims: Mapping[int, Claims] | None = None,
    drawn: Mapping[int, Drawn] | None = None,
) -> Decided:
    """Which records are kept. `annotations` is how many each has, `agree` whether two say the same of a picture; for
    `merge` the `claims` of those that are akin to others, and of near duplicates what is `drawn`.
    """
    own = np.arange(len(kin.first))
    if policy == "none":
        return Decided(np.ones(len(own), np.bool_), {}, kin.clusters())
    most = -np.asarray(annotations, np.int64)
    order = np.argsort(most, kind="stable") if policy == "most-annotated" else own
    if policy == "merge":
        bare = np.zeros(len(own), np.bool_)
        bare[[record for record, each in (claims or {}).items() if not each.objects]] = True
        order = np.lexsort((most, bare))
    instead = _greedy(kin, order[akin(kin)[order]].tolist())
    into: dict[int, int] = {}
    if policy == "merge":
        unions = Unions(claims or {}, drawn or {})
        into = {record: other for record, (other, by) in instead.items() if unions.takes(other, record, by)}
    if policy == "reject":
        for record, (other, by) in list(instead.items()):
            if not agree(record, other, by):
                instead.setdefault(other, (record, by))
    kept = np.ones(len(own), np.bool_)
    kept[list(instead)] = False
    return Decided(kept, instead, kin.clusters(), into)


def _greedy(kin: Kindred, order: list[int]) -> dict[int, tuple[int, How]]:
    """Go through records in order; each is left out that is the same as one that was kept before. None but those that
    are akin to others need be named.
    """
    stands: dict[int, int] = {}  # the first in order of all that are plainly the same
    for record in order:
        stands.setdefault(int(kin.first[record]), record)
    same = Greedy(kin, list(stands)).done()
    instead: dict[int, tuple[int, How]] = {}
    for record in order:
        file = int(kin.first[record])
        if file in same:
            other, by = same[file]
            instead[record] = stands[other], by
        elif stands[file] != record:
            instead[record] = stands[file], kin.plainly
    return instead


class Greedy:
    """Goes through things in `order`, no two of which are plainly the same; each is kept unless it is the same as one
    that was kept before.

    Looks that do not hang on one another are taken together, for the sake of all cores: a thing is looked at beside
    a candidate as soon as that one is known to be kept. What comes of it is what one look after the other would give.
    """

    def __init__(self, kin: Kindred, order: Sequence[int]) -> None:
        place = {thing: at for at, thing in enumerate(order)}
        self._kin = kin
        self._before = {
            thing: deque(other for other in kin.near.get(thing, ()) if place.get(other, len(order)) < place[thing])
            for thing in order
            if thing in kin.near
        }
        self._undecided = set(self._before)
        self._waiting: defaultdict[int, list[int]] = defaultdict(list)
        self._same: dict[int, tuple[int, How]] = {}

    def done(self) -> dict[int, tuple[int, How]]:
        """Of each that is not kept the one that it is the same as, and by what."""
        ready = list(self._before)
        while ready:
            asked = self._asked(ready)
            ready = []
            for (thing, other), by in zip(asked, self._kin.hows(asked), strict=True):
                self._before[thing].popleft()
                if by:
                    self._same[thing] = other, by
                    self._undecided.discard(thing)
                    ready += self._waiting.pop(thing, [])
                else:
                    ready.append(thing)
        return self._same

    def _asked(self, ready: list[int]) -> list[tuple[int, int]]:
        """What can be looked at now of those that are ready; who has no candidate left is kept."""
        asked: list[tuple[int, int]] = []
        while ready:
            thing = ready.pop()
            before = self._before[thing]
            while before and before[0] in self._same:
                before.popleft()
            if not before:
                self._undecided.discard(thing)
                ready += self._waiting.pop(thing, [])
            elif before[0] in self._undecided:
                self._waiting[before[0]].append(thing)
            else:
                asked.append((thing, before[0]))
        return sorted(asked)

"""Policy: of pictures that are the same, which are kept.

`keep-first` keeps the first that was read, `most-annotated` the one with the most annotations, of several the first.
A picture is left out only where it is the same as one that is kept: of a film that drifts, more than one frame stays.
`reject` keeps the first where all say the same, and none where labels contradict each other. `merge` keeps the one
with boxes, of several the one with the most annotations, and puts to it what the others say besides (`union.py`); one
that contradicts it, or cannot be put to it, is left out as under keep-first. `none` keeps all; they stay in one split.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from .contradict import Drawn
from .how import How
from .union import Claims, Unions

Ints = NDArray[np.int64]
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

    def clusters(self) -> Ints:
        """For each the first of all that are the same, by however many steps."""
        ...


@dataclass(frozen=True)
class Decided:
    """`kept` says which records stay; `instead` is, of one that does not, the record that it is the same as, and by
    what; `alike` is the first of each record's cluster; `into` is, of one that is put to another, that one.
    """

    kept: NDArray[np.bool_]
    instead: dict[int, tuple[int, How]]
    alike: Ints
    into: dict[int, int] = field(default_factory=dict[int, int])


def nothing_twice(count: int, but: Sequence[int] = ()) -> Decided:
    """Nothing is the same as anything; all are kept `but` some."""
    kept = np.ones(count, np.bool_)
    kept[list(but)] = False
    return Decided(kept, {}, np.arange(count))


def decide(
    kin: Kindred,
    policy: Policy,
    annotations: Sequence[int],
    agree: Callable[[int, int, How], bool],
    claims: Sequence[Claims] = (),
    drawn: Sequence[Drawn] = (),
) -> Decided:
    """Which records are kept. `annotations` is how many each has, `agree` whether two say the same of a picture; for
    `merge` their `claims`, and of near duplicates what is `drawn`.
    """
    own = np.arange(len(kin.first))
    if policy == "none":
        return Decided(np.ones(len(own), np.bool_), {}, kin.clusters())
    most = -np.asarray(annotations, np.int64)
    order = np.argsort(most, kind="stable") if policy == "most-annotated" else own
    if policy == "merge":
        bare = np.array([not each.objects for each in claims], np.bool_)
        order = np.lexsort((most, bare))
    instead = _greedy(kin, order.tolist())
    into: dict[int, int] = {}
    if policy == "merge":
        unions = Unions(claims, drawn)
        into = {record: other for record, (other, by) in instead.items() if unions.takes(other, record, by)}
    if policy == "reject":
        for record, (other, by) in list(instead.items()):
            if not agree(record, other, by):
                instead.setdefault(other, (record, by))
    kept = np.ones(len(own), np.bool_)
    kept[list(instead)] = False
    return Decided(kept, instead, own, into)


def _greedy(kin: Kindred, order: list[int]) -> dict[int, tuple[int, How]]:
    """Go through the records in order; each is kept unless it is the same as one that was kept before."""
    instead: dict[int, tuple[int, How]] = {}
    kept: dict[int, int] = {}  # by the first that is plainly the same
    stands: dict[int, tuple[int, How]] = {}
    for record in order:
        file = int(kin.first[record])
        if file in kept:
            instead[record] = kept[file], kin.plainly
        elif file in stands:
            instead[record] = stands[file]
        elif found := _same_as_kept(kin, file, kept):
            stands[file] = instead[record] = found
        else:
            kept[file] = record
    return instead


def _same_as_kept(kin: Kindred, file: int, kept: dict[int, int]) -> tuple[int, How] | None:
    for other in kin.near.get(file, ()):
        if other in kept and (by := kin.how(file, other)):
            return kept[other], by
    return None

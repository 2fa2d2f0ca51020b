"""Groups: records that hang together by their names, by however many steps, and the name that stands for each group.

Looked for by numbers alone (`names.py`): a name that only one record has joins nothing, so that what is held besides
the names grows with what is joined. What stands for a group does not depend on the order of the records: its name with
the least hash. It is ranked by another hash, so that a large group comes no earlier than a small one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..components import Ints, Small, components, tied
from .ledger import Hashes, by_first_bits
from .names import Named, blocks


@dataclass(frozen=True, slots=True)
class Groups:
    """The number of each record's group; of each group, the position of the name that stands for it."""

    of: Small
    key: Small


def groups(names: Named, alike: Small | None = None) -> Groups:
    """The groups of all records. `alike` is, of each, the first of those that it hangs together with whatever their
    names.
    """
    one, other = _ties(names)
    if alike is not None:
        more, firsts = tied(alike)
        one, other = np.concatenate([one, more]), np.concatenate([other, firsts])
    if not len(one) and _own_names_alone(names):
        each = np.arange(names.records, dtype=np.int32)
        return Groups(each, each)
    first = components(names.records, one, other)
    begins = first == np.arange(names.records, dtype=np.int32)
    number = np.cumsum(begins, dtype=np.int32) - np.int32(1)
    group = number[first] if len(one) else number
    return Groups(group, _keys(names, group, int(begins.sum())))


def _own_names_alone(names: Named) -> bool:
    """Whether each record has one name, in their order, as pictures do that stand in no group."""
    owner = names.owner
    in_order = ((owner[some] == np.arange(some.start, some.stop)).all() for some in blocks(len(owner)))
    return len(owner) == names.records and all(in_order)


def among(alike: Small, kept: NDArray[np.bool_]) -> Small:
    """`alike` of those records alone that are kept, as they are numbered then."""
    if kept.all():
        return alike
    _, first, cluster = np.unique(alike[kept], return_index=True, return_inverse=True)
    return first.astype(np.int32)[cluster]


def _ties(names: Named) -> tuple[Small, Small]:
    """Records that have a name in common, as pairs that join all that have it."""
    hashes = names.hash
    twice = met_again(hashes)
    if not len(twice):
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    own: list[Small] = []
    which: list[Ints] = []
    owner = names.owner
    for some in blocks(len(hashes)):
        at = np.minimum(np.searchsorted(twice, hashes[some]), len(twice) - 1)
        met = twice[at] == hashes[some]
        own.append(owner[some][met])
        which.append(at[met])
    one, name = np.concatenate(own), np.concatenate(which)
    head = np.zeros(len(twice), np.int32)
    head[name] = one  # any of them
    return one, head[name]


def met_again(hashes: Hashes) -> Hashes:
    """The hashes that are there more than once, in order."""
    found: list[Hashes] = []
    for mine in by_first_bits(hashes):
        part = np.sort(hashes[mine])
        found.append(np.unique(part[1:][part[1:] == part[:-1]]))
    return np.concatenate(found)


def _keys(names: Named, group: Small, count: int) -> Small:
    """Of each group the position of its name with the least hash."""
    mine = group[names.owner]
    key = np.zeros(count, np.int32)
    key[mine] = np.arange(len(mine), dtype=np.int32)
    if len(mine) > count:
        several = np.zeros(count, np.int32)
        np.add.at(several, mine, 1)
        rows = np.flatnonzero(several[mine] > 1)
        rows = rows[np.lexsort((names.hash[rows], mine[rows]))]
        begins = np.diff(mine[rows], prepend=np.int32(-1)) != 0
        key[mine[rows[begins]]] = rows[begins]
    return key

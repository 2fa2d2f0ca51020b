"""Splits: which records are trained on, which are held back.

What hangs together (pictures of one record, a group, duplicates) is in one split. Which one depends on names, seed and
the set of all records, never on their order (`stratify.py`); what was decided before stays (`ledger.py`).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import ConfigError
from ..components import Small
from ..memory import give_back
from .groups import Groups, among, groups
from .ledger import UNKNOWN, Hashes, Ledger
from .names import Named, blocks, of_records
from .stratify import NONE, Labels, Places, Renumbered, divide, ranked

Fractions = tuple[tuple[str, float], ...]
"""(name, fraction) of each split in the order the user gave them; the fractions sum to 1."""

LEFT_OUT = -2
"""Of a record that hangs together with two splits."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAKEN = frozenset({"images", "job"})
"""Folders in OUT that are no split's."""
_ENDINGS = (".json", ".jsonl", ".parquet", ".arrow", ".md", ".html", ".yaml", ".py", ".txt")
"""How the files in OUT are called: ours, and what a target wants beside its data."""
_MOST = 100
_EXAMPLE = "Write it as --split train=0.9,val=0.1: names, each with its share, that sum to 1."


def parse_split(text: str) -> Fractions:
    """The splits of `--split`: `train=0.9,val=0.1`, in order; one name alone is the whole.

    `ConfigError` when a name is no plain folder name, is OUT's own or is given twice, when a share is no number from
    0 to 1, or when the shares do not sum to 1 within 1e-6.
    """
    splits = tuple(_one(part.strip()) for part in text.split(","))
    names = Counter(name.casefold() for name, _ in splits)
    twice = [name for name, _ in splits if names[name.casefold()] > 1]
    if twice:
        raise ConfigError("--split", f"{twice[0]} is there {names[twice[0].casefold()]} times", _EXAMPLE)
    if len(splits) > _MOST:
        raise ConfigError("--split", f"{len(splits)} splits, of at most {_MOST}", "Name fewer.")
    total = math.fsum(share for _, share in splits)
    if abs(total - 1) > 1e-6:
        raise ConfigError("--split", f"the shares of {text!r} sum to {total:g}, not 1", _EXAMPLE)
    return splits


def _one(part: str) -> tuple[str, float]:
    name, equals, share = part.partition("=")
    name = name.strip()
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise ConfigError(
            "--split",
            f"{name!r} cannot name a folder",
            "Use letters, digits, '-', '_' and '.'; first a letter or digit.",
        )
    if name.casefold() in _TAKEN:
        raise ConfigError("--split", f"{name!r} is a name that the output uses itself", "Choose another name.")
    if name.casefold().endswith(_ENDINGS):
        fact = f"{name!r} names a folder, and ends as the files beside it do"
        raise ConfigError("--split", fact, f"Leave {name[name.rindex('.') :]!r} away, or choose another name.")
    return name, _share(name, share.strip()) if equals else 1.0


def _share(name: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise ConfigError("--split", f"the share of {name} is {text!r}, no number", _EXAMPLE) from None
    if not 0 <= share <= 1:
        raise ConfigError("--split", f"the share of {name} is {text}, not between 0 and 1", _EXAMPLE)
    return share


@dataclass(frozen=True)
class Assigned:
    """For each record the position of its split, LEFT_OUT where it must not be in any; and the ledger afterwards."""

    places: Places
    ledger: Ledger


def trained(fractions: Fractions) -> int:
    """The position of the split that is trained on: `train`, or else the one with the largest share."""
    names, shares = [name for name, _ in fractions], [share for _, share in fractions]
    return names.index("train") if "train" in names else shares.index(max(shares))


def assign(
    names: Named,
    fractions: Fractions,
    strata: Labels = NONE,
    before: Ledger | None = None,
    alike: Small | None = None,
    stays: NDArray[np.bool_] | None = None,
) -> Assigned:
    """The split of each record, by the names of what must not be torn apart: its pictures, its groups. `alike` is, of
    each record, the first of those that it goes with whatever their names. `stays` says which of them are in the set
    at all: what is left out as the same as another has no share of any split, but what is known of it counts where
    nothing is known of those that stay, and it is remembered where they went.

    Records that share a name, by however many steps, go together. What the ledger knows stays where it is; what is new
    and hangs together with it joins it. Two rules where that cannot be: a new record that joins two splits is left
    out, since wherever it went it would leak; and where what is known hangs together across splits (another grouping
    was chosen), the split with the most of those records keeps them and the others are left out. So nothing ever
    moves, and nothing that hangs together is ever in two splits.
    """
    ledger = (before or Ledger(())).for_splits([name for name, _ in fractions])
    own = _own(ledger, names)
    held = groups(names, alike)
    give_back()
    known, torn = _settled(own, held, stays)
    if torn.any():
        _keep_the_most(own, (own >= 0) & torn[held.of], names, alike, stays)
    settled = _Settled(known, torn, np.ones(names.records, np.bool_) if stays is None else stays)
    places = _divided(names, held, own, settled, [share for _, share in fractions], strata)
    alone = held.of is held.key
    del held, own, known, torn, settled  # all are as long as there are records, and so is what follows
    give_back()
    told = places.copy() if alone else places[names.owner]
    told[told == LEFT_OUT] = UNKNOWN
    return Assigned(places, ledger.grown(names.hash, told))


@dataclass(frozen=True, slots=True)
class _Settled:
    """What is `known` of groups, which of them are `torn`, and which records stay."""

    known: Places
    torn: NDArray[np.bool_]
    stays: NDArray[np.bool_]


def _divided(
    names: Named, held: Groups, own: Places, settled: _Settled, shares: Sequence[float], strata: Labels
) -> Places:
    """The split of each record. `own` is what is known of it, `settled` of groups."""
    known, torn, stays = settled.known, settled.torn, settled.stays
    rank = ranked(_of(names.rank, held.key), lambda: _of(names.hash, held.key))
    by_rank = np.empty_like(known)
    by_rank[rank] = known
    sizes = np.zeros(len(rank), np.int32)
    np.add.at(sizes, rank[held.of[stays & (own != LEFT_OUT) & ~torn[held.of]]], 1)
    give_back()
    of_record: Small = rank if held.of is held.key else rank[held.of]
    counted = of_record if stays.all() else np.where(stays, of_record, np.int32(-1))
    divided = divide(sizes, shares, Renumbered(strata, counted), by_rank)
    return np.where(own == UNKNOWN, divided[of_record], own)


def _of(hashes: Hashes, key: Small) -> Hashes:
    """Those at some positions; where these are all in order, no copy is made."""
    in_order = (bool((key[some] == np.arange(some.start, some.stop)).all()) for some in blocks(len(key)))
    return hashes if len(key) == len(hashes) and all(in_order) else hashes[key]


def _own(ledger: Ledger, names: Named) -> Places:
    """What the ledger says of each record: its split, UNKNOWN, or LEFT_OUT where its names are in two."""
    if not len(ledger.hashes):
        return np.full(names.records, UNKNOWN, np.int8)
    least, most = np.full(names.records, 127, np.int8), np.full(names.records, -1, np.int8)
    hashes, owners = names.hash, names.owner
    for some in blocks(len(hashes)):
        places, owner = ledger.of(hashes[some]), owners[some]
        known = places >= 0
        np.minimum.at(least, owner[known], places[known])
        np.maximum.at(most, owner[known], places[known])
    return np.where(most < 0, UNKNOWN, np.where(least == most, most, LEFT_OUT)).astype(np.int8)


def _settled(own: Places, held: Groups, stays: NDArray[np.bool_] | None) -> tuple[Places, NDArray[np.bool_]]:
    """What is known of groups, and which of them lie in two splits: what is new in these is left out, in place."""
    least, most = np.full(len(held.key), 127, np.int8), np.full(len(held.key), -1, np.int8)
    known = np.flatnonzero(own >= 0 if stays is None else (own >= 0) & stays)
    np.minimum.at(least, held.of[known], own[known])
    np.maximum.at(most, held.of[known], own[known])
    torn = (most >= 0) & (least != most)
    if torn.any():
        own[torn[held.of] & (own == UNKNOWN)] = LEFT_OUT
    settled = np.where(torn | (most < 0), UNKNOWN, most).astype(np.int8)
    if stays is not None:
        gone = np.flatnonzero((own >= 0) & ~stays & (most[held.of] < 0))
        if len(gone):  # nothing is known of those that stay: most of these decide, and none of them can leak
            which, group = np.unique(held.of[gone], return_inverse=True)
            settled[which] = _commonest(group, own[gone], len(which))
    return settled, torn


def _keep_the_most(
    own: Places, mine: NDArray[np.bool_], names: Named, alike: Small | None, stays: NDArray[np.bool_] | None
) -> None:
    """Of known records that hang together without the new ones, those of the split with the most stay; of splits with
    as many, the first. In place.
    """
    rows = np.flatnonzero(mine)
    group = groups(of_records(names, mine), None if alike is None else among(alike, mine)).of
    places = own[rows]
    counted = np.ones(len(rows), np.bool_) if stays is None else stays[rows]
    keeps = _commonest(group[counted], places[counted], int(group.max(initial=0)) + 1)
    own[rows[places != keeps[group]]] = LEFT_OUT


def _commonest(group: Small | NDArray[np.int64], places: Places, groups: int) -> Places:
    """Of each group the split that the most of its records are in; of several the first."""
    splits = int(places.max(initial=0)) + 1
    counts = np.bincount(group.astype(np.int64) * splits + places, minlength=groups * splits)
    most: Places = counts.reshape(-1, splits).argmax(axis=1).astype(np.int8)
    return most

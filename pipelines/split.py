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

from ..schemas.errors import ConfigError
from .keys import joined
from .ledger import UNKNOWN, Ledger, hashes_of
from .stratify import NONE, Strata, divide, ranked

Fractions = tuple[tuple[str, float], ...]
"""(name, fraction) of each split in the order the user gave them; the fractions sum to 1."""

LEFT_OUT = -2
"""Of a record that hangs together with two splits."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAKEN = frozenset(
    {"images", "manifest.json", "rejected.jsonl", "lint.json", "readme.md", "report.html", "splits.arrow", "job"}
)
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

    places: NDArray[np.int8]
    ledger: Ledger


def assign(
    names: Sequence[tuple[str, ...]],
    fractions: Fractions,
    seed: int,
    strata: Strata = NONE,
    before: Ledger | None = None,
) -> Assigned:
    """The split of each record, by the names of what must not be torn apart: its pictures, its groups.

    Records that share a name, by however many steps, go together. What the ledger knows stays where it is; what is new
    and hangs together with it joins it. Two rules where that cannot be: a new record that joins two splits is left
    out, since wherever it went it would leak; and where what is known hangs together across splits (another grouping
    was chosen), the split with the most of those records keeps them and the others are left out. So nothing ever
    moves, and nothing that hangs together is ever in two splits.
    """
    shares = [share for _, share in fractions]
    ledger = (before or Ledger(())).for_splits([name for name, _ in fractions])
    flat = [name for each in names for name in each]
    owner = np.repeat(np.arange(len(names)), [len(each) for each in names])
    hashes = hashes_of(flat)
    own = _own(ledger.of(hashes), owner, len(names))
    keys, group = _numbered(joined(names))
    own, known, torn = _settled(own, group, names, len(keys))
    order = ranked(keys, seed)
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys))
    counted = np.bincount(rank[group[(own != LEFT_OUT) & ~torn[group]]], minlength=len(keys))
    divided = divide(counted, shares, Strata(rank[group[strata.record]], strata.label), known[order])
    places = np.where(own == LEFT_OUT, LEFT_OUT, divided[rank[group]]).astype(np.int8)
    places = np.where(own >= 0, own, places).astype(np.int8)
    return Assigned(places, ledger.grown(hashes, np.where(places == LEFT_OUT, UNKNOWN, places)[owner].astype(np.int8)))


def _own(places: NDArray[np.int8], owner: NDArray[np.int64], records: int) -> NDArray[np.int8]:
    """What the ledger says of each record: its split, UNKNOWN, or LEFT_OUT where its names are in two."""
    known = places >= 0
    least, most = np.full(records, 127, np.int8), np.full(records, -1, np.int8)
    np.minimum.at(least, owner[known], places[known])
    np.maximum.at(most, owner[known], places[known])
    return np.where(most < 0, UNKNOWN, np.where(least == most, most, LEFT_OUT)).astype(np.int8)


def _numbered(keys: list[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Different keys, and for each record the number of its key."""
    number = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return list(number), np.fromiter((number[key] for key in keys), np.int64, len(keys))


def _settled(
    own: NDArray[np.int8], group: NDArray[np.int64], names: Sequence[tuple[str, ...]], groups: int
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.bool_]]:
    """What is known of records and of groups, and which groups lie in two splits: their records are settled here."""
    own = own.copy()
    least, most = np.full(groups, 127, np.int8), np.full(groups, -1, np.int8)
    known = own >= 0
    np.minimum.at(least, group[known], own[known])
    np.maximum.at(most, group[known], own[known])
    torn = (most >= 0) & (least != most)
    for number in np.flatnonzero(torn).tolist():
        members = np.flatnonzero(group == number)
        own[members[own[members] == UNKNOWN]] = LEFT_OUT
        _keep_the_most(own, members[own[members] >= 0], names)
    return own, np.where(torn | (most < 0), UNKNOWN, most).astype(np.int8), torn


def _keep_the_most(own: NDArray[np.int8], members: NDArray[np.int64], names: Sequence[tuple[str, ...]]) -> None:
    """Of known records that hang together without the new ones, those of the split with the most stay."""
    held: dict[str, list[int]] = {}
    for row, key in zip(members.tolist(), joined(names[row] for row in members.tolist()), strict=True):
        held.setdefault(key, []).append(row)
    for rows in held.values():
        together = np.array(rows)
        counts = np.bincount(own[together])
        if np.count_nonzero(counts) > 1:
            own[together[own[together] != counts.argmax()]] = LEFT_OUT

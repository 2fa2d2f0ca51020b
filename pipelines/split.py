"""Splits: which records are trained on, which are held back.

An item's place depends on its key, the seed and the set of all keys, never on their order: keys are ranked by
blake2b("seed:key") and the ranking is cut. So a rerun agrees, and a shuffled input gives the same splits. The price of
exact fractions is that a grown data set may move items: the cut shifts with the number of keys. (Splits that never
move an item need a ledger of what was decided before; that is not here yet.)
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..schemas.errors import ConfigError

Fractions = tuple[tuple[str, float], ...]
"""(name, fraction) of each split in the order the user gave them; the fractions sum to 1."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAKEN = frozenset({"images", "manifest.json", "rejected.jsonl", "lint.json", "readme.md", "report.html"})
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


def assign(keys: Sequence[str], fractions: Fractions, seed: int) -> NDArray[np.int8]:
    """For each key the position of its split in `fractions`.

    Equal keys go together. With keys all different every split has its fraction of them to the nearest whole (largest
    remainder, the earlier split first); with groups, each border lies within half a group of its exact place. Then
    every split with a fraction above 0 that came out empty gets one group from the split with the most, as long as
    there is one with two.
    """
    sizes = Counter(keys)
    ranked = sorted(sizes, key=lambda key: _rank(key, seed))
    places = _cut([sizes[key] for key in ranked], _quotas(len(keys), [share for _, share in fractions]))
    _fill(places, [share for _, share in fractions])
    place_of = dict(zip(ranked, places.tolist(), strict=True))
    return np.fromiter((place_of[key] for key in keys), np.int8, len(keys))


def _rank(key: str, seed: int) -> bytes:
    """16 bytes, so that two keys never tie."""
    return blake2b(f"{seed}:{key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _quotas(total: int, shares: Sequence[float]) -> list[int]:
    """`total` divided by `shares` into whole numbers, the largest remainders rounded up."""
    whole = math.fsum(shares)  # 1 within 1e-6, which is not near enough for ten million items
    exact = [total * share / whole for share in shares]
    quotas = [math.floor(each) for each in exact]
    by_remainder = sorted(range(len(shares)), key=lambda split: (quotas[split] - exact[split], split))
    for split in by_remainder[: max(total - sum(quotas), 0)]:
        quotas[split] += 1
    return quotas


def _cut(sizes: Sequence[int], quotas: Sequence[int]) -> NDArray[np.int8]:
    """The split of each group: the one in which the group's middle item falls."""
    ends = np.cumsum(sizes, dtype=np.int64)
    middles = ends - np.asarray(sizes, np.int64) / 2
    return np.searchsorted(np.cumsum(quotas), middles, side="left").astype(np.int8)


def _fill(places: NDArray[np.int8], shares: Sequence[float]) -> None:
    """Give each empty split that should not be empty the last group of the fullest split, in place."""
    counts = np.bincount(places, minlength=len(shares))
    for split, share in enumerate(shares):
        if share > 0 and counts[split] == 0 and len(places) and counts.max() > 1:
            fullest = int(counts.argmax())
            places[np.flatnonzero(places == fullest)[-1]] = split
            counts[fullest] -= 1
            counts[split] += 1

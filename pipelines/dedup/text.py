"""Texts: which records say the same in words, or nearly.

Two records say the same where the words of both are equal, but for case and white space. Short words are equal by
chance: under `LONG` characters the records must show the same pictures too. They say nearly the same where the words
are long, the numbers in them are equal in order (another number is another fact), and what is asked and what is
answered is each either equal, or long and by a Jaccard index of `ALIKE` of its shingles the same. MinHash names the
candidates and misses 2 in 1,000 at that index; each is then compared exactly, so that no pair is false. Either way
they must agree in all else that they say, their objects and phrases.

Kept in memory are 104 bytes a record; the words lie on disk until two of them are compared.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ..components import Ints, Small
from ..lint.state import Spooled
from .clusters import clusters, joining
from .find import pairs_of
from .how import How
from .shingles import BANDS, Keys, band_keys, jaccard
from .words import Words

LONG = 100
"""Characters of words from which on two records do not say the same by chance."""

ALIKE = 0.8
"""Least Jaccard index of texts that are nearly the same."""

CROWD, FEW = 64, 4
"""Of more than CROWD texts that share a key each is compared with the FEW that come next by the keys after it, else
texts of one mould would cost the square of their number."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TOGETHER = 16
"""Texts that are read from the disk at a time, for the sake of one."""


class Texts:
    """The words of records, in order: `add` them batch by batch, then ask for their `kin`.

    With `near`, keys of long words are made as they come.
    """

    def __init__(self, *, near: bool) -> None:
        self.near = near
        self._words = Spooled()
        self._whole: list[NDArray[np.uint64]] = []
        self._long: list[NDArray[np.bool_]] = []
        self._keys: list[Keys] = []

    def add(self, words: Sequence[Words]) -> None:
        """More records. Raises `ConfigError` where near texts are wanted and what counts them is not installed."""
        for start in range(0, len(words), _TOGETHER):
            self._words.add(
                [[each.asked, each.answered, each.beside.hex()] for each in words[start : start + _TOGETHER]]
            )
        long = np.array([len(each.asked) + len(each.answered) >= LONG for each in words], np.bool_)
        self._long.append(long)
        digests = b"".join(_digest(each, long=bool(own)) for each, own in zip(words, long, strict=True))
        self._whole.append(np.frombuffer(digests, np.uint64).reshape(-1, 2))
        if self.near:
            joined = [f"{each.asked}\n{each.answered}" for each, own in zip(words, long, strict=True) if own]
            self._keys.append(band_keys(joined))

    def kin(self, but: Iterable[int] = ()) -> "TextKin":
        """Which of the records say the same; those of `but` are alone."""
        whole = np.concatenate([np.zeros((0, 2), np.uint64), *self._whole])
        speaks: NDArray[np.bool_] = np.asarray(whole.any(axis=1))
        speaks[list(but)] = False
        first = _first(whole, speaks)
        near: dict[int, list[int]] = {}
        if self.near:
            long = np.concatenate([np.zeros(0, np.bool_), *self._long])
            chosen = speaks & long & (first == np.arange(len(first)))
            keys = np.concatenate([np.zeros((0, BANDS), np.uint32), *self._keys])
            near = _candidates(np.flatnonzero(chosen), keys[chosen[long]])
        return TextKin(first, near, self._words)


class TextKin:
    """Records by their places: `first` says the same as each word for word, `near` are its candidates, both ways."""

    plainly: How = "words"

    def __init__(self, first: Ints, near: dict[int, list[int]], words: Spooled) -> None:
        self.first = first
        self.near = near
        self._words = words

    def how(self, one: int, other: int) -> How | None:
        """By what two records say the same; None where they do not."""
        if one == other:
            return None
        if self.first[one] == self.first[other]:
            return "words"
        *said, beside = self._words[one]
        *its, others = self._words[other]
        return "sense" if beside == others and nearly(said, its) else None

    def hows(self, pairs: Sequence[tuple[int, int]]) -> list[How | None]:
        """By what the two of each pair say the same."""
        return [self.how(*pair) for pair in pairs]

    def said(self, one: int) -> str:
        """What a record answers, else what it asks; plain."""
        asked, answered, _ = self._words[one]
        return str(answered or asked)

    def links(self) -> Iterator[tuple[int, int, How]]:
        """One, another that comes later and says the same, and by what: as few as join all that hang together."""
        for other in np.flatnonzero(self.first != np.arange(len(self.first))).tolist():
            yield int(self.first[other]), other, "words"
        yield from joining(pairs_of(self.near), self.hows)

    def clusters(self) -> Small:
        """For each record the first of all that say the same, by however many steps."""
        return clusters(len(self.first), ((one, other) for one, other, _ in self.links()))


def nearly(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether asked and answered of two records are nearly the same."""
    if any(_NUMBER.findall(mine) != _NUMBER.findall(its) for mine, its in zip(one, other, strict=True)):
        return False
    return all(_alike(mine, its) for mine, its in zip(one, other, strict=True))


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    return min(len(one), len(other)) >= LONG and jaccard(one, other) >= ALIKE


def _digest(words: Words, *, long: bool) -> bytes:
    """128 bits of what must be equal; zeros for who says nothing."""
    if not words.asked and not words.answered:
        return bytes(16)
    text = "\0".join((words.asked, words.answered, "" if long else words.shown))
    return blake2b(text.encode("utf-8", "surrogatepass") + b"\0" + words.beside, digest_size=16).digest()


def _first(whole: NDArray[np.uint64], speaks: NDArray[np.bool_]) -> Ints:
    """For each row the place of the first that is equal, of those that speak; its own for others."""
    first = np.arange(len(whole))
    places = np.flatnonzero(speaks)
    if len(places):
        order = places[np.lexsort((places, whole[places, 1], whole[places, 0]))]
        new = np.append(True, (whole[order[1:]] != whole[order[:-1]]).any(axis=1))
        first[order] = order[np.flatnonzero(new)[np.cumsum(new) - 1]]
    return first


def _candidates(places: Ints, keys: Keys) -> dict[int, list[int]]:
    """For each place those that share a key with it in one band, in order."""
    found: Ints = np.zeros(0, np.int64)
    for band in range(BANDS):
        order = np.lexsort([keys[:, (band + more) % BANDS] for more in (2, 1, 0)])  # neighbours share the next ones too
        ranked = keys[order, band]
        edges = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(ranked) else np.zeros(0, np.int64)
        sizes = np.diff(edges, append=len(ranked))
        crowded = np.repeat(sizes > CROWD, sizes)
        pairs = [found]
        for step in range(1, min(CROWD, len(ranked))):
            alike = np.flatnonzero((ranked[step:] == ranked[:-step]) & ((step <= FEW) | ~crowded[step:]))
            if not len(alike):
                break
            one, other = order[alike], order[alike + step]
            pairs.append(np.minimum(one, other) * len(places) + np.maximum(one, other))
        found = np.unique(np.concatenate(pairs))
    near: defaultdict[int, list[int]] = defaultdict(list)
    for pair in found.tolist():
        one, other = int(places[pair // len(places)]), int(places[pair % len(places)])
        near[one].append(other)
        near[other].append(one)
    return {place: sorted(others) for place, others in sorted(near.items())}

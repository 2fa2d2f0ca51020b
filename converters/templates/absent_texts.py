"""Texts to ask for in vain: what is written in other pictures and does not stand in this one.

A text counts as standing in a picture wherever its letters follow one another in all that is written there, whatever
their case, width and white space, in part of a word or across several: "NEW YORK" in NEW and york, "food" in SEAFOOD.
Nothing is asked for in a picture whose words nobody wrote down, or of which something was left out.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from unicodedata import normalize
from zlib import crc32

import numpy as np

from .scene import Scene

MOST = 1 << 16
"""Texts that are kept of a data set, those of the smallest hashes: the same ones in whatever order they come."""

_LOOK = 64
"""Texts that are tried for each one that is wanted."""


class WrittenTexts:
    """Some of all texts of the data, in bounded memory."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, texts: Iterable[str | None]) -> None:
        """Keep those that one can ask for: at least two letters or digits, outer white space aside."""
        said = (text.strip() for text in texts if text)
        self._texts.update(text for text in said if sum(map(str.isalnum, text)) > 1)
        if len(self._texts) > 2 * MOST:
            self._texts = set(self.in_order())

    def in_order(self) -> list[str]:
        """The texts as `Asking.texts` has them, by their hashes."""
        return sorted(self._texts, key=lambda text: (_hash(text), text))[:MOST]


def absent_texts(scene: Scene, said: list[str]) -> list[tuple[int, str]]:
    """(record, text) of what is asked for in vain, by record; `said` is what is written in each object, "" unknown."""
    wanted, known = scene.asking.negatives, scene.asking.texts
    if not wanted or not known:
        return []
    here: list[list[str]] = [[] for _ in scene.ids]
    for at in scene.order.tolist():
        here[scene.row[at]].append(_letters(said[at]))
    unheard = (scene.pages == 0) | scene.shows("video") | scene.shows("audio")
    silent = (scene.object_counts > 0) & np.array([not any(each) for each in here], np.bool_)
    numbers = scene.numbers("locate").tolist()
    return [
        (row, text)
        for row in np.flatnonzero(~(unheard | silent)).tolist()
        if not scene.hidden(row)
        for text in _chosen(known, numbers[row], wanted, "".join(here[row]))
    ]


def _chosen(known: Sequence[str], number: int, wanted: int, here: str) -> list[str]:
    """So many texts whose letters are not `here`, each the next one from a place that the record's number says."""
    found: dict[str, None] = {}
    for turn in range(wanted):
        start = bisect_left(known, crc32(b"%d" % turn, number & 0xFFFFFFFF), key=_hash)
        for step in range(min(_LOOK, len(known))):
            text = known[(start + step) % len(known)]
            if text not in found and _letters(text) not in here:
                found[text] = None
                break
    return [*found]


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _letters(text: str) -> str:
    """The text without case, width and white space."""
    return "".join(normalize("NFKC", text).casefold().split())

"""Kin of records: which show the same, by all the pictures that each shows.

A record is the same as another where both show as many pictures and each is the same as the other's in its place:
the pages of a document, the frames of a story, before and after. What is said of them counts elsewhere. Records that
have only some pictures in common are no duplicates; both are kept, and in one split, for what is seen in one of them
would be known in the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..components import Ints, Small, components
from .clusters import columns
from .find import Kin
from .how import How

_WEAKER: tuple[How, ...] = ("bytes", "pixels", "look")


class RecordKin:
    """The kin of records whose `pictures` stand one record's behind the other's, `pages` of each.

    By their places among records: `first` shows the same files as each, `near` are its candidates, both ways.
    """

    plainly: How = "bytes"

    def __init__(self, pictures: Kin, pages: Sequence[int]) -> None:
        self._pictures = pictures
        self._pages = np.array(pages, np.int64)
        self._edges = np.concatenate([[0], np.cumsum(self._pages)])
        self._owner = np.repeat(np.arange(len(self._pages), dtype=np.int32), self._pages)
        self.first = self._first_with_the_same_files()
        self.near = self._candidates()

    def how(self, one: int, other: int) -> How | None:
        """By what two records show the same, which is that of their least alike pictures; None where they do not."""
        if self.first[one] == self.first[other]:
            return "bytes" if one != other else None
        found: How = "bytes"
        if self._pages[one] != self._pages[other]:
            return None
        for mine, its in zip(self._files(one), self._files(other), strict=True):
            by: How | None = "bytes" if mine == its else self._pictures.how(mine, its)
            if by is None:
                return None
            found = by if _WEAKER.index(by) > _WEAKER.index(found) else found
        return found

    def hows(self, pairs: Sequence[tuple[int, int]]) -> list[How | None]:
        """By what the two of each pair show the same."""
        if not self._several().any():
            files = self._pictures.first[self._edges[:-1]]
            return self._pictures.hows([(int(files[one]), int(files[other])) for one, other in pairs])
        return [self.how(*pair) for pair in pairs]

    def clusters(self) -> Small:
        """For each record the first of all that hang together by a picture, by however many steps."""
        one, other = columns((one, other) for one, other, _ in self._pictures.links())
        return components(len(self._pages), self._owner[one], self._owner[other])

    def _several(self) -> NDArray[np.bool_]:
        return np.asarray(self._pages > 1)

    def _files(self, record: int) -> list[int]:
        """Of each of a record's pictures the first with its bytes."""
        files: list[int] = self._pictures.first[self._edges[record] : self._edges[record + 1]].tolist()
        return files

    def _first_with_the_same_files(self) -> Ints:
        first = np.arange(len(self._pages))
        alone = np.flatnonzero(self._pages == 1)
        _, place, inverse = np.unique(self._pictures.first[self._edges[alone]], return_index=True, return_inverse=True)
        first[alone] = alone[place][inverse]
        known: dict[tuple[int, ...], int] = {}
        for record in np.flatnonzero(self._several()).tolist():
            first[record] = known.setdefault(tuple(self._files(record)), record)
        return first

    def _candidates(self) -> dict[int, list[int]]:
        """For each record that is the first of its like those each of whose pictures may be the same, in order."""
        alike = self._pictures.near
        if not alike:
            return {}
        shown = _Shown((record, self._files(record)) for record in self._firsts())
        found: dict[int, list[int]] = {}
        for record in self._firsts():
            files = self._files(record)
            may_be = [{file, *alike.get(file, ())} for file in files]
            others = shown.rarest(may_be)
            mine = [other for other in others if other != record and self._may_be(other, may_be)]
            if mine:
                found[record] = sorted(mine)
        return found

    def _firsts(self) -> Iterator[int]:
        own = np.arange(len(self._pages))
        yield from np.flatnonzero((self.first == own) & (self._pages > 0)).tolist()

    def _may_be(self, other: int, may_be: Sequence[set[int]]) -> bool:
        return all(file in each for file, each in zip(self._files(other), may_be, strict=True))


class _Shown:
    """Which records show a file in which place, of how many."""

    def __init__(self, records: Iterable[tuple[int, list[int]]]) -> None:
        self._records: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
        for record, files in records:
            for place, file in enumerate(files):
                self._records[len(files), place, file].append(record)

    def rarest(self, may_be: Sequence[set[int]]) -> list[int]:
        """The records with one of the files that may be in a place: in that place in which they are fewest."""
        each = ([self._records.get((len(may_be), at, file), []) for file in files] for at, files in enumerate(may_be))
        fewest = min(each, key=lambda lists: sum(map(len, lists)))
        return [record for records in fewest for record in records]

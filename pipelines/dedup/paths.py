"""Paths of pictures by the million: their letters, a block a batch, since a `Path` takes five times as much."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, repeat
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

END = "\0"
"""Ends a path in a block; no file has it in its name."""


def block(paths: Sequence[str]) -> bytes:
    """Some paths as one block; an empty one is that of a picture which nobody may look at."""
    return "".join(chain.from_iterable(zip(paths, repeat(END)))).encode("utf-8", "surrogatepass")


class Paths(Sequence[Path | None]):
    """The pictures of records, one record's behind the other's: where each can be looked at now.

    `blocks` are their paths as rows have them, `pages` how many of them each record has; `at` says where that is now.
    """

    def __init__(self, blocks: Sequence[bytes], pages: Sequence[int], at: Callable[[str], Path]) -> None:
        self._blocks = blocks
        self._begins = np.cumsum([0, *(each.count(END.encode()) for each in blocks)])
        self._firsts = np.cumsum([0, *pages], dtype=np.int64)
        self._at = at
        self._names = lru_cache(16)(self._read)  # whoever asks for one asks for its neighbours, or for a pair

    def first(self, record: int) -> str:
        """The path of a record's first picture as its row has it; empty where it shows none."""
        place, end = self._firsts[record : record + 2].tolist()
        return self._named(place) if place < end else ""

    def pages(self, record: int) -> int:
        """How many pictures a record has."""
        return int(self._firsts[record + 1] - self._firsts[record])

    def _read(self, number: int) -> list[str]:
        return self._blocks[number].decode("utf-8", "surrogatepass").split(END)[:-1]

    def _named(self, place: int) -> str:
        number = int(np.searchsorted(self._begins, place, "right")) - 1
        return self._names(number)[place - int(self._begins[number])]

    def _now(self, name: str) -> Path | None:
        return self._at(name) if name else None

    def __len__(self) -> int:
        return int(self._begins[-1])

    def __iter__(self) -> Iterator[Path | None]:
        return map(self._now, chain.from_iterable(map(self._read, range(len(self._blocks)))))

    @overload
    def __getitem__(self, place: int) -> Path | None: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Path | None]: ...
    def __getitem__(self, place: int | slice) -> Path | Sequence[Path | None] | None:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return self._now(self._named(range(len(self))[place]))


class Only(Sequence[Path | None]):
    """Paths of which those alone are there that are `wanted`."""

    def __init__(self, paths: Sequence[Path | None], wanted: NDArray[np.bool_]) -> None:
        self._paths, self._wanted = paths, wanted

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[Path | None]:
        return (path if own else None for path, own in zip(self._paths, self._wanted, strict=True))

    @overload
    def __getitem__(self, place: int) -> Path | None: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Path | None]: ...
    def __getitem__(self, place: int | slice) -> Path | Sequence[Path | None] | None:
        if isinstance(place, slice):
            return Only(self._paths[place], self._wanted[place])
        return self._paths[place] if self._wanted[place] else None

"""Hits: where a rule found its fault in one view, in numbers; findings are made only of those that are shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...schemas.finding import Fix
from ...schemas.rule import Severity

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hits:
    """The faults of one rule in one view.

    `places` are numbers of entries of the view's `column`, ascending; `message`, `value` and `fix` take such a number
    and are asked only for what is shown; `severity` too, where a place weighs more or less than
    its rule. A batch without a fault is an empty sequence, or no Hits at all.
    """

    column: str
    places: Sequence[int] | Ints
    message: Callable[[int], str]
    value: Callable[[int], object] = lambda _place: None
    fix: Callable[[int], Fix | None] | None = None
    severity: Callable[[int], Severity] | None = None


class Located(NamedTuple):
    """One fault that no single batch shows, with its place."""

    file: str
    at: str
    value: object
    message: str
    fix: Fix | None = None
    severity: Severity | None = None


class View(Protocol):
    """One batch of something, whose entries have places."""

    def places(self, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
        """(file, place in it) of some entries of a column."""
        ...

    def has_ignores(self) -> bool:
        """Whether any sample of this batch bids lint pass anything over."""
        ...

    def bidder(self, column: str, place: int) -> int:
        """The sample that bids what is passed over at that place."""
        ...

    def ignored(self, column: str, chosen: Sequence[int]) -> list[frozenset[str]]:
        """For each of some entries, the codes and names that its sample bids lint pass over; usually none."""
        ...

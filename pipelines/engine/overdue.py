"""Overdue: which parts take so much longer than their fellows that somebody else is given them too.

A part is overdue when it has been out for longer than `LEAST` seconds and than `TIMES` the median of its stage's parts
that are done. Parts of a stage may differ, a file of labels more than the others, so an overdue part is given out once
more and no oftener; while none of its fellows is done nothing is known, and it is not given out again at all. But when
a machine was lost since the part was given out, it may be one of those that hang with it: then `LEAST` is enough, and
it is given out again each time.
"""

from bisect import insort

LEAST = 60.0
"""Seconds that no part is overdue before: Ray finds by itself within half of that that a machine is lost."""

TIMES = 4.0
"""How often a part may take the median of its fellows' time."""


class Pace:
    """How long the parts of one stage take, in seconds."""

    def __init__(self) -> None:
        self._took: list[float] = []

    def took(self, seconds: float) -> None:
        """A part is done, and took that long."""
        insort(self._took, seconds)

    def overdue(self, out: float, *, again: bool, lost: bool) -> bool:
        """Whether a part that has been out that long is to be given to somebody else.

        `again` says that it was already, `lost` that a machine was lost since it was given out last.
        """
        if out <= max(LEAST, TIMES * self._median()):
            return False
        return lost or (bool(self._took) and not again)

    def _median(self) -> float:
        return self._took[len(self._took) // 2] if self._took else 0.0

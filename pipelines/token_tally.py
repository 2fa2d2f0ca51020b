"""How long the samples of a split are in their target's tokens: what a job needs to be told.

The numbers are those of `count_tokens`, which is exact where the target's tokenizer is there and an upper bound where
not; the basis says which.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class TokenTally:
    """The lengths of one split's samples as they are written."""

    def __init__(self) -> None:
        self._samples = self._tokens = self._longest = self._over = 0

    def add(self, lengths: Ints, over: int) -> None:
        """The tokens of samples that were written, and how many were not since they had more than --max-length."""
        self._samples += len(lengths)
        self._tokens += int(lengths.sum())
        self._longest = max(self._longest, int(lengths.max(initial=0)))
        self._over += over

    def told(self, basis: str) -> dict[str, int | float | str]:
        """What the manifest says: the longest, their mean, how many were divided or left out, what was counted by."""
        mean = round(self._tokens / self._samples, 2) if self._samples else 0.0
        return {"max": self._longest, "mean": mean, "over": self._over, "basis": basis}

"""How long the samples of a split are in their target's tokens: what a job needs to be told.

The numbers are those of `count_tokens`, which is exact where the target's tokenizer is there and an upper bound where
not; the basis says which.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def lengths_told(lengths: Ints | None, over: int, basis: str) -> dict[str, int | float | str]:
    """What the manifest says: the longest, their mean, how many were divided or left out, what was counted by."""
    counted = np.zeros(0, np.int64) if lengths is None else lengths
    mean = round(int(counted.sum()) / len(counted), 2) if len(counted) else 0.0
    return {"max": int(counted.max(initial=0)), "mean": mean, "over": over, "basis": basis}

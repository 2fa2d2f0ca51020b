"""Columns of numbers in as few bytes as the largest of them needs: a hundred million rows have to fit."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.integer[Any]]
"""Whole numbers of any width; sums and differences are taken in 64 bits by who wants them."""


def least(numbers: Column) -> Column:
    """The same numbers, none below 0, in 8, 16, 32 or 64 bits."""
    most = int(numbers.max(initial=0))
    kinds: tuple[type[np.integer[Any]], ...] = (np.uint8, np.uint16, np.uint32)
    kind = next((each for each in kinds if most <= np.iinfo(each).max), np.int64)
    return numbers.astype(kind, copy=False)

"""Which of one person's boxes is which of another's: the best pairs of a table of weights, found exactly by scipy."""

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


def best_pairs(weights: Weights) -> list[tuple[int, int]]:
    """Pairs (row, column), each used once, whose weights have the greatest sum; sorted by row.

    `weights` is (n, m), finite; what is not positive is never paired. To have as many pairs as possible first, add a
    number to every positive weight that is greater than all of them together.
    """
    if not (weights > 0).any():
        return []
    from scipy.optimize import linear_sum_assignment

    found = np.transpose(linear_sum_assignment(np.maximum(weights, 0.0), maximize=True)).tolist()
    return [(row, column) for row, column in found if weights[row, column] > 0]

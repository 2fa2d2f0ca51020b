"""Which of one person's boxes is which of another's: the best pairs of a table of weights, found exactly.

Kuhn's and Munkres' assignment with potentials (the shortest augmenting path, O(n²m)), on each cluster of boxes that
overlap at all: in a picture those are small, however many boxes it has. scipy has the same in C; it would be 60 MB for
this one function, and what takes time here is the overlaps, not their assignment.
"""

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


def best_pairs(weights: Weights) -> list[tuple[int, int]]:
    """Pairs (row, column), each used once, whose weights have the greatest sum; sorted by row.

    `weights` is (n, m), finite; what is not positive is never paired. To have as many pairs as possible first, add a
    number to every positive weight that is greater than all of them together.
    """
    pairs: list[tuple[int, int]] = []
    for rows, columns in _clusters(weights > 0):
        part = np.maximum(weights[np.ix_(rows, columns)], 0.0)
        found = _assigned(-part) if len(rows) <= len(columns) else [(i, j) for j, i in _assigned(-part.T)]
        pairs += [(rows[i], columns[j]) for i, j in found if part[i, j] > 0]
    return sorted(pairs)


def _clusters(linked: NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """The connected parts of the graph of rows and columns, those with a link."""
    parts: list[tuple[list[int], list[int]]] = []
    loose = set(np.flatnonzero(linked.any(axis=1)).tolist())
    while loose:
        rows, columns = {loose.pop()}, set[int]()
        new_rows = set(rows)
        while new_rows:
            new_columns = set(np.flatnonzero(linked[sorted(new_rows)].any(axis=0)).tolist()) - columns
            columns |= new_columns
            new_rows = set(np.flatnonzero(linked[:, sorted(new_columns)].any(axis=1)).tolist()) - rows
            rows |= new_rows
        loose -= rows
        parts.append((sorted(rows), sorted(columns)))
    return parts


def _assigned(costs: Weights) -> list[tuple[int, int]]:
    """A column for every row (n <= m) at the least sum of costs."""
    count, width = costs.shape
    of_row, of_column = np.zeros(count), np.zeros(width + 1)  # the potentials; column `width` is where a row begins
    owner = np.full(width + 1, -1)
    for row in range(count):
        owner[width] = row
        column = width
        least = np.full(width, np.inf)
        came = np.full(width, width)
        done = np.zeros(width + 1, dtype=bool)
        while owner[column] != -1:
            done[column] = True
            at = owner[column]
            reduced = costs[at] - of_row[at] - of_column[:width]
            open_ = ~done[:width]
            better = open_ & (reduced < least)
            least[better] = reduced[better]
            came[better] = column
            following = int(np.argmin(np.where(open_, least, np.inf)))
            step = least[following]
            of_row[owner[done]] += step
            of_column[done] -= step
            least[open_] -= step
            column = following
        while column != width:  # walk back along the path, each row moving on by one column
            owner[column] = owner[came[column]]
            column = int(came[column])
    return [(int(owner[column]), column) for column in range(width) if owner[column] != -1]

"""Rows of whole numbers brought together where they are alike, by one sort of 64 bits instead of one a column."""

import numpy as np
from numpy.typing import NDArray

from .hits import Ints

_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F,
     0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3], np.uint64,
)  # fmt: skip


def brought_together(keys: NDArray[np.int64]) -> Ints:
    """An order of the rows of (n, at most 8) numbers in which equal rows are neighbours, as they came.

    Rows that differ have other 64 bits but for once in ten million million pairs; then two equal ones may be parted.
    """
    mixed = np.zeros(len(keys), np.uint64)
    for column in range(keys.shape[1]):
        mixed += keys[:, column].astype(np.uint64)
        mixed ^= mixed >> np.uint64(29)
        mixed *= _ODD[column]
    return np.asarray(np.argsort(mixed ^ (mixed >> np.uint64(32)), kind="stable"))

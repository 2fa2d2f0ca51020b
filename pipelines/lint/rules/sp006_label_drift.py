"""Splits whose classes are differently frequent.

What
    Cramer's V, corrected for small numbers, between the classes of the largest split and of another is over 0.2, and
    both have 100 things or more.

Why it hurts training
    What is measured is not what is trained: a change for the better on one may be one for the worse on the other.

Example
    Half of `train` are cars, and a tenth of `val`.

Instead
    Split anew at random, or know why they differ.

Fix safety
    None.

Sources
    deepchecks' `label_drift` (Cramer's V, 0.2); TensorFlow Data Validation's comparators of drift and skew.

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Located
from ..state_classes import ClassesSeen

STORE = ClassesSeen
MOST = 0.2
LEAST = 100


def judge(seen: ClassesSeen) -> Iterator[Located]:
    """A finding for each smaller split, at the first thing of the class whose share differs most."""
    for large, split in seen.compared():
        main, other = seen.counts[large], seen.counts[split]
        if min(main.total(), other.total()) < LEAST:
            continue
        labels = sorted(main.keys() | other.keys())
        table = np.array([[counts[label] for label in labels] for counts in (main, other)], np.float64)
        drift = _cramer(table)
        if drift <= MOST:
            continue
        shares = table / table.sum(axis=1, keepdims=True)
        most = int(np.argmax(np.abs(shares[0] - shares[1])))
        told = (
            f"the classes of {seen.name(split)} are not those of {seen.name(large)} (Cramer's V {drift:.2f}): "
            f"{labels[most]!r} is {shares[1, most]:.0%} of it and {shares[0, most]:.0%} of the other"
        )
        yield Located(*seen.first_of(labels[most]), round(drift, 3), told)


def _cramer(table: "np.typing.NDArray[np.float64]") -> float:
    """Cramer's V of a table of 2 rows, with Bergsma's correction: 0 the same shares, 1 nothing in common."""
    total = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    columns = table.shape[1]
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum() / total) - (columns - 1) / (total - 1))
    rows, wide = 2 - 1 / (total - 1), columns - (columns - 1) ** 2 / (total - 1)
    return float(np.sqrt(phi / max(min(rows, wide) - 1, 1e-9))) if columns > 1 else 0.0

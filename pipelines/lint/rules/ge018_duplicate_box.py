"""The same box twice.

What
    Two boxes of one label at the same place in one picture, to a hundredth of a pixel.

Why it hurts training
    The answer repeats itself, and a model that is trained on repetition learns to loop.

Example
    Two `mug` at (10, 10, 60, 80): an import that ran twice.

Instead
    Keep one of them.

Fix safety
    Safe: the second of two boxes that are equal says nothing new. It is taken away.

Sources
    Four of four conversion tools let it pass (measured); datumaro counts it among its checks.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import picture_of_object
from ....schemas.finding import Fix
from ..alike import brought_together
from ..hits import Hits
from ..labels import Labels

_FARTHEST = 2.0**52
"""Beyond it a coordinate has no hundredths."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Objects whose picture, label and hundredths of pixels are those of one before; turned ones are let be."""
    if len(labels.boxes) < 2:
        return
    within = np.clip(labels.boxes, -_FARTHEST, _FARTHEST)
    hundredths = np.nan_to_num(np.round(within * 100), nan=-1.0).astype(np.int64)
    keys = np.column_stack([picture_of_object(labels.batch), labels.labels, hundredths])
    order = brought_together(keys)
    same = np.zeros(len(keys), np.bool_)
    same[order[1:]] = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    same &= (np.abs(labels.boxes) < _FARTHEST).all(axis=1)
    first = np.empty(len(keys), np.int64)
    first[order] = order[np.maximum.accumulate(np.where(same[order], 0, np.arange(len(order))))]

    def said(place: int) -> str:
        name = labels.label_names[int(labels.labels[place])]
        return f"{name!r} is at the same place as {labels.places('objects', [int(first[place])])[0][1]}"

    def gone(place: int) -> Fix | None:
        fix = labels.dropped(place)
        return None if fix is None else Fix("safe", "Drop the second box", fix.edits)

    yield Hits("objects", np.flatnonzero(same), said, lambda place: labels.boxes[place].tolist(), gone)

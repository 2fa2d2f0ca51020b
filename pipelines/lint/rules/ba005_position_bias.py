"""Things that are always at the same place.

What
    Of 200 boxes and more, half have their centre in one hundredth of the picture: a tenth of its width by a tenth of
    its height.

Why it hurts training
    The model can answer without looking.

Example
    Products photographed in the middle of a table.

Instead
    Add pictures where the things are elsewhere, or crop and shift.

Fix safety
    None.

Sources
    deepchecks' heat map comparison of labels; the share is this project's.

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Located
from ..state_classes import CELLS, ClassesSeen

STORE = ClassesSeen
SHARE = 0.5
LEAST = 200


def judge(seen: ClassesSeen) -> Iterator[Located]:
    """One finding, at the first thing of the most frequent class."""
    total, most = int(seen.centres.sum()), int(seen.centres.max())
    if total < LEAST or most <= SHARE * total:
        return
    down, across = np.unravel_index(int(np.argmax(seen.centres)), seen.centres.shape)
    told = (
        f"{most} of {total} boxes have their centre between {across / CELLS:.0%} and {(across + 1) / CELLS:.0%} of the "
        f"width and {down / CELLS:.0%} and {(down + 1) / CELLS:.0%} of the height"
    )
    common = max(seen.total.items(), key=lambda each: (each[1], each[0]), default=("", 0))[0]
    yield Located(*seen.first_of(common), round(most / total, 3), told)

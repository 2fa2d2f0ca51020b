"""Two boxes that are one after rounding.

What
    Two different boxes of one label and picture that fall on the same places of the model's grid of a thousand
    steps.

Why it hurts training
    The answer says the same box twice: see GE018. It is the grid that is too coarse, not the labels that are wrong.

Example
    Two birds of 3 pixels beside each other on a photograph that is 9000 wide.

Instead
    Crop such pictures into tiles, or leave one box out.

Fix safety
    None.

Sources
    Qwen-VL's grid is 1000 by 1000; Qwen2.5-VL's pixels are coarser still on large pictures.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import picture_of_object
from ..alike import brought_together
from ..hits import Hits
from ..labels import Labels

GRID = 1000


def check_labels(labels: Labels) -> Iterator[Hits]:
    """The second of two such boxes, which differ by a hundredth of a pixel at least."""
    sizes = np.concatenate([labels.sizes, labels.sizes], axis=1)
    fine = np.flatnonzero((sizes > 0).all(axis=1) & np.isfinite(labels.boxes).all(axis=1))
    if len(fine) < 2:
        return
    grid = np.clip(np.floor(labels.boxes[fine] * GRID / sizes[fine] + 0.5), -1, GRID)
    keys = np.column_stack([picture_of_object(labels.batch)[fine], labels.labels[fine], grid.astype(np.int64)])
    order = brought_together(keys)
    before, after = order[:-1], order[1:]
    same = (keys[before] == keys[after]).all(axis=1)
    same &= np.abs(labels.boxes[fine[before]] - labels.boxes[fine[after]]).max(axis=1) > 0.01
    other = dict(zip(fine[after[same]].tolist(), fine[before[same]].tolist(), strict=True))

    def said(place: int) -> str:
        name = labels.label_names[int(labels.labels[place])]
        at = labels.places("objects", [other[place]])[0][1]
        return f"on a grid of {GRID} this {name!r} is at the same place as {at}"

    yield Hits("objects", sorted(other), said, lambda place: labels.boxes[place].tolist())

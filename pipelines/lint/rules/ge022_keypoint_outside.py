"""A keypoint outside its picture.

What
    A point that is said to be there, hidden or seen, and lies beyond an edge of its picture.

Why it hurts training
    A place beyond the edge has no name on the model's grid, and nothing to see.

Example
    x = 700 on a picture that is 640 wide, visibility 2.

Instead
    Move the point, or give it visibility 0.

Fix safety
    None.

Sources
    COCO's keypoint format (visibility 0, 1, 2).

"""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from ....converters.table import entries
from ..hits import Hits
from ..labels import Labels

_TOLERANCE = 0.01
"""Pixels over the edge that are no more than the rounding of two-decimal numbers, as conversion lets them pass."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Objects with a labelled point outside a picture whose size is known; triples only."""
    held = entries(labels.batch, "objects", "keypoints")
    if held.null_count == len(held) or (pc.fill_null(pc.list_value_length(held), 0).to_numpy() % 3).any():
        return
    points = held.flatten().to_numpy(zero_copy_only=False).reshape(-1, 3)
    owner = pc.list_parent_indices(held).to_numpy()[::3]
    sizes = labels.sizes[owner]
    beyond = (points[:, :2] < -_TOLERANCE) | (points[:, :2] > sizes + _TOLERANCE)
    outside = beyond.any(axis=1) & (points[:, 2] > 0) & (sizes > 0).all(axis=1)
    first = dict(zip(owner[outside][::-1].tolist(), np.flatnonzero(outside)[::-1].tolist(), strict=True))

    def said(place: int) -> str:
        (x, y), (width, height) = points[first[place], :2].tolist(), labels.sizes[place].tolist()
        return f"a point at {x:g}, {y:g} is outside the picture of {width:g}x{height:g}"

    yield Hits("objects", sorted(first), said, lambda place: points[first[place]].tolist())

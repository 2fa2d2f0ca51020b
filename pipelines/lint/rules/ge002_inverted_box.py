"""A box whose corners are the wrong way round.

What
    A box whose right edge is left of its left edge, or whose bottom is above its top: a negative width or height.

Why it hurts training
    Detectors stop or learn nothing from it; in text the model is taught corners in an order that no decoder
    expects.

Example
    `"bbox": [40, 10, -20, 5]` in COCO; `xmin` 40 with `xmax` 20 in VOC.

Instead
    Write the left top corner first. A tool that lets people draw from right to left should do it for them.

Fix safety
    Unsafe: the corners are swapped, which is what a person drawing backwards meant, but not what a slip in one
    number meant.

Sources
    pytorch/vision #1128 and #2740; fizyr/keras-rcnn #133.

"""

from collections.abc import Iterator

import numpy as np

from ....schemas.box import Box
from ....schemas.finding import Fix
from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes that are finite and have a negative side."""
    x1, y1, x2, y2 = labels.boxes.T
    inverted = ((x2 < x1) | (y2 < y1)) & np.isfinite(labels.boxes).all(axis=1)

    def said(place: int) -> str:
        x1, y1, x2, y2 = labels.boxes[place].tolist()
        return f"the box is {x2 - x1:g} wide and {y2 - y1:g} high"

    def swapped(place: int) -> Fix | None:
        x1, y1, x2, y2 = labels.boxes[place].tolist()
        box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        return labels.reboxed(place, box, "unsafe", "Swap the corners")

    yield Hits("objects", np.flatnonzero(inverted), said, lambda place: labels.boxes[place].tolist(), swapped)

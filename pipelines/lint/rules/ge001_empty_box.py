"""A box without area.

What
    A box whose width or height is 0: two corners at one place, or on one line.

Why it hurts training
    A detector's loss becomes NaN; a language model is taught `<box>(17,40),(17,93)</box>`, a place that holds nothing.

Example
    `"bbox": [12, 40, 0, 30]` in COCO; `<xmin>12</xmin>` with `<xmax>12</xmax>` in VOC.

Instead
    Redraw the box. Something as small as a point may be real: make it a keypoint, or one pixel wide.

Fix safety
    Unsafe: the annotation is dropped.

Sources
    pytorch/vision #2240 and #2740 (NaN losses); aleju/imgaug #192 (point-like objects are real).

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes that are finite, not inverted, and 0 wide or high."""
    x1, y1, x2, y2 = labels.boxes.T
    empty = ((x1 == x2) & (y2 >= y1)) | ((y1 == y2) & (x2 >= x1))
    empty &= np.isfinite(labels.boxes).all(axis=1)

    def said(place: int) -> str:
        x1, y1, x2, y2 = labels.boxes[place].tolist()
        return f"the box has no area: {x2 - x1:g} wide, {y2 - y1:g} high"

    yield Hits("objects", np.flatnonzero(empty), said, lambda place: labels.boxes[place].tolist(), labels.dropped)

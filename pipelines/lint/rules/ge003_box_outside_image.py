"""A box of which nothing is inside its picture.

What
    A box that lies wholly beyond an edge of the picture that it belongs to.

Why it hurts training
    The model is asked to find something that it is not shown. Often the sign of another fault: the box belongs to
    another picture, or the picture was cropped or resized after it was labelled.

Example
    A box from x = 700 on a picture that is 640 wide.

Instead
    Check that the picture is the one that was labelled, and that boxes are in its pixels.

Fix safety
    Unsafe: the annotation is dropped.

Sources
    ucbdrive's few-shot object detection data set #21; four of four conversion tools let it pass (measured).

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes with an area and no pixel in a picture whose size is known."""
    x1, y1, x2, y2 = labels.boxes.T
    width, height = labels.sizes.T
    outside = (x1 >= width) | (y1 >= height) | (x2 <= 0) | (y2 <= 0)
    outside &= (width > 0) & (height > 0) & (x2 > x1) & (y2 > y1) & np.isfinite(labels.boxes).all(axis=1)

    def said(place: int) -> str:
        width, height = labels.sizes[place].tolist()
        return f"nothing of the box is inside the picture of {width:g}x{height:g}"

    yield Hits("objects", np.flatnonzero(outside), said, lambda place: labels.boxes[place].tolist(), labels.dropped)

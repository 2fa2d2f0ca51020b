"""A box that is more than twenty times as long as it is wide.

What
    A box with an area whose longer side is more than 20 times its shorter one.

Why it hurts training
    On a grid of a thousand steps such a box is a line: its short side is a step or two, and rounding moves all of
    it. Often it is a slip in one number.

Example
    A box of 600 by 4 pixels.

Instead
    Look at it. Ropes, poles and lines of text may be so; a mug is not.

Fix safety
    None.

Sources
    The threshold of datumaro's far-from-mean checks in spirit, fixed at 20 here.

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Hits
from ..labels import Labels

MOST = 20.0


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes with an area and sides over 20 to 1."""
    x1, y1, x2, y2 = labels.boxes.T
    width, height = x2 - x1, y2 - y1
    with np.errstate(invalid="ignore"):
        extreme = (width > 0) & (height > 0) & (np.maximum(width, height) > MOST * np.minimum(width, height))

    def said(place: int) -> str:
        return f"the box is {width[place]:g} wide and {height[place]:g} high"

    yield Hits("objects", np.flatnonzero(extreme), said, lambda place: labels.boxes[place].tolist())

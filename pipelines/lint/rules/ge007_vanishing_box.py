"""A box so small that nothing of it is left for the model.

What
    A box under a pixel of the thousand-step grid, or under 3 pixels in the picture as the trainer will resize it.

Why it hurts training
    After rounding it is a point or a line, and in the resized picture there is nothing to see. The model learns to
    guess.

Example
    A box of 2 by 30 pixels on a photograph of 6000 by 4000.

Instead
    Crop such pictures into tiles, raise --max-pixels, or leave the box out.

Fix safety
    Unsafe: the annotation is dropped.

Sources
    Qwen3-VL #721 (small things after a strong reduction); the rule's three pixels are this project's.

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Hits
from ..labels import Labels

GRID = 1000
LEAST = 3.0
MOST_PIXELS = 12_845_056
"""The largest area that Qwen's processors keep by themselves: 16384 patches of 28 by 28."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes with an area in a picture whose size is known."""
    x1, y1, x2, y2 = labels.boxes.T
    width, height = labels.sizes.T
    most = labels.settings.max_pixels or MOST_PIXELS
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.minimum(1.0, np.sqrt(most / (width * height)))
        side = np.minimum(x2 - x1, y2 - y1)
        steps = np.minimum((x2 - x1) / width, (y2 - y1) / height) * GRID
        gone = (side > 0) & (width > 0) & (height > 0) & ((steps < 1) | ((side * scale < LEAST) & (scale < 1)))

    def said(place: int) -> str:
        left = f"{side[place] * scale[place]:.2g} px of its {side[place]:g} px are left after the trainer's resize"
        return f"{left}, {steps[place]:.2g} steps of the grid of {GRID}"

    yield Hits("objects", np.flatnonzero(gone), said, lambda place: labels.boxes[place].tolist(), labels.dropped)

"""Grids: pixels to a model's integers and back, side by side, with the error bound of the way there and back.

Formulas are pinned to the bit, in float64:
    nearest = floor(v * steps / size + 0.5)
    floor   = floor(v * steps / size)
both then clamped to [0, top]. Decoding is `g * size / steps`.

Round trip: a coordinate v in [0, size] comes back within half a step (nearest) or a whole step (floor), a step being
size / steps pixels; where the clamp bites (v beyond the last cell of a half-open grid) within one step.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rounding = Literal["nearest", "floor"]


def encode(
    values: Floats, sizes: Floats, *, steps: int | Integers, top: int | Integers, rounding: Rounding
) -> Integers:
    """Pixels to grid. `values` and `sizes` broadcast; `sizes` is the picture's width or height in pixels.

    `steps` is how many cells the size is cut into, `top` the largest integer the target takes; where both differ from
    value to value (the pixels of a resized picture), they are arrays.
    """
    cells = values * steps / sizes
    if rounding == "nearest":
        cells = cells + 0.5
    # Clamped before the cast: 1e300 is beyond int64, and would come out as the smallest number there is.
    grid: Integers = np.clip(np.floor(cells), 0, top).astype(np.int64)
    return grid


def decode(grid: Integers, sizes: Floats, *, steps: int | Integers) -> Floats:
    """Grid to pixels of the upright picture."""
    return grid * sizes / steps


def error_bound(size: float, *, steps: int, top: int, rounding: Rounding) -> float:
    """The largest distance in pixels between v in [0, size] and decode(encode(v))."""
    step = size / steps
    clamped = size - top * step
    return max(step / 2 if rounding == "nearest" else step, clamped)

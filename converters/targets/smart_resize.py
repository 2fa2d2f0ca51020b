"""The size to which Qwen2-VL's processor and its successors resize a picture, and the tokens that it then takes.

Each side becomes a multiple of the factor: 28 for Qwen2-VL and Qwen2.5-VL, 32 for Qwen3-VL (patches of 14 or 16
pixels, merged two by two). Where the area then lies outside [min_pixels, max_pixels], both sides are scaled by the
root of the ratio and rounded down, or up (`smart_resize` of transformers' image_processing_qwen2_vl.py and of
qwen-vl-utils' vision_process.py). Rounding is Python's: halves go to the even number. A picture takes
(width / factor) · (height / factor) tokens and two around them.
"""

import numpy as np
from numpy.typing import NDArray

from .protocol import RenderOptions

Ints = NDArray[np.int64]

LARGEST_RATIO = 200
"""Sides further apart than this are refused by the processor with a ValueError."""

AROUND = 2
"""Tokens beside those of the picture: where vision starts and ends."""


def smart_resize(sizes: NDArray[np.float64], factor: int, limits: tuple[int, int]) -> Ints:
    """(n, 2) widths and heights in pixels to those of the resized pictures; sizes of 0 stay 0."""
    smallest, largest = limits
    sides = np.maximum(factor, np.rint(sizes / factor) * factor)
    area, resized = sizes.prod(axis=1), sides.prod(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = np.sqrt(area / largest)[:, None]
        grow = np.sqrt(smallest / area)[:, None]
        smaller = np.maximum(factor, np.floor(sizes / shrink / factor) * factor)
        larger = np.ceil(sizes * grow / factor) * factor
    sides = np.where((resized > largest)[:, None], smaller, np.where((resized < smallest)[:, None], larger, sides))
    return np.where(area[:, None] > 0, sides, 0).astype(np.int64)


def picture_tokens(sizes: NDArray[np.float64], factor: int, limits: tuple[int, int]) -> Ints:
    """Tokens of pictures, those around them included; of a picture whose size is not known, as many as it can have."""
    taken = (smart_resize(sizes, factor, limits) // factor).prod(axis=1)
    return np.asarray(np.where(taken > 0, taken, limits[1] // factor**2) + AROUND)


def pixel_limits(options: RenderOptions, default: tuple[int, int]) -> tuple[int, int]:
    """The least and the most pixels of a resized picture: as the user states, else the trainer's own."""
    smallest = default[0] if options.min_pixels is None else options.min_pixels
    return smallest, default[1] if options.max_pixels is None else options.max_pixels


def too_narrow(sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which sizes the processor refuses: one side more than 200 times the other."""
    return np.asarray((sizes.min(axis=1) > 0) & (sizes.max(axis=1) > LARGEST_RATIO * sizes.min(axis=1)))

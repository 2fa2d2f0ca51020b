"""Light: how bright, how varied and how sharp a picture is, by cleanvision's measures, from a small decode of it.

cleanvision (0.3, image_property.py and its defaults): brightness as sqrt(.241 R² + .691 G² + .068 B²) of 255, dark by
its 99th percentile, light by its 5th; information as entropy in bits; blur as the variance of the edges of the picture
scaled to 64 pixels, together with the spread of its grey.
"""

from pathlib import Path

import msgspec
import numpy as np

from ...converters.pictures.decode import opened

SIDE = 64
"""Pixels of the longer side at which edges are looked for."""

_WEIGHTS = (0.241, 0.691, 0.068)


class Light(msgspec.Struct, frozen=True):
    """Measures of a picture's pixels: percentiles of brightness (0 to 1), bits, variance of edges, spread of grey."""

    darkest: float  # 5th percentile
    brightest: float  # 99th percentile
    bits: float
    edges: float
    spread: float


def light_of(path: Path) -> Light:
    """The measures of a picture, whose every byte is decoded, JPEGs at an eighth of their size.

    Raises `PictureFault` IM002 or IM014 where that fails.
    """
    from PIL import ImageFilter, ImageStat

    with opened(path) as image:
        image.draft(None, (max(image.width // 8, 2 * SIDE), max(image.height // 8, 2 * SIDE)))
        image.load()
        image.thumbnail((2 * SIDE, 2 * SIDE))
        small = image.convert("RGB")
    pixels = np.asarray(small, np.float64)
    bright = np.sqrt((pixels**2) @ np.array(_WEIGHTS)) / 255
    bits = small.convert("L").entropy()
    small.thumbnail((SIDE, SIDE))
    grey = small.convert("L")
    edges = ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES)).var[0]
    darkest, brightest = np.percentile(bright, (5, 99)).tolist()
    return Light(darkest, brightest, float(bits), float(edges), float(ImageStat.Stat(grey).stddev[0]))

"""Colour: whether the hues of two pictures contradict each other.

A red square and a blue one are alike in grey. A copy in grey, or in stronger colours, contradicts nothing: hues are
compared by how much there is of each, and only where both pictures have colours.
"""

import numpy as np

from ...converters.pictures.decode import opened
from .register import Floats

SIDE = 16
COLOURED = 6.0
"""Levels of chroma (of YCbCr, root of the mean square) below which a picture counts as grey."""

AGREEING = 0.6
"""Least cosine between how much there is of each hue in both."""


def hues(path: str) -> Floats:
    """The two chromas of a picture at 16 x 16 places, as it is stored, -128 to 127. Raises `PictureFault`."""
    from PIL import Image

    with opened(path) as image:
        image.draft("RGB", (4 * SIDE, 4 * SIDE))
        if image.mode.startswith(("I", "F")):
            return np.zeros((SIDE, SIDE, 2))
        tiny = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR).convert("YCbCr")
        return np.asarray(tiny, np.float64)[..., 1:] - 128


def agreeing_hues(one: Floats, other: Floats) -> bool:
    """Whether two pictures may be one as to their colours, in whichever way they are turned."""
    first, second = _sorted_hues(one), _sorted_hues(other)
    if first is None or second is None:
        return True
    return bool(float(first @ second) >= AGREEING)


def _sorted_hues(chroma: Floats) -> Floats | None:
    """How much of the picture's colour has which hue, of twelve, as a vector of length 1; None without colours."""
    blue, red = chroma.reshape(-1, 2).T
    strength = np.hypot(blue, red)
    if float(np.sqrt(np.mean(strength**2))) < COLOURED:
        return None
    place = (np.arctan2(red, blue) / (2 * np.pi) * 12) % 12
    low = place.astype(np.intp)
    amounts = np.bincount(low % 12, strength * (1 - place + low), 12)
    amounts += np.bincount((low + 1) % 12, strength * (place - low), 12)
    return np.asarray(amounts / np.linalg.norm(amounts))

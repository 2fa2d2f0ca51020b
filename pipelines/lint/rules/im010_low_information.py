"""A picture with little on it.

What
    Under --deep: it is dark, overexposed, nearly of one colour, or blurred, by cleanvision's thresholds. Brightness
    below .32 at the 99th percentile or above .95 at the 5th; entropy below 3 bits; edges of the picture at 64
    pixels with a variance below 34 and a grey that hardly spreads.

Why it hurts training
    Little can be learned from it, and what the labels say of it teaches the model to guess.

Example
    A photograph of the inside of a pocket; a scan of an empty page.

Instead
    Look at it. Drawings and screenshots are of few colours and none the worse for it.

Fix safety
    None.

Sources
    cleanlab/cleanvision, issue_managers/image_property.py and its default thresholds.

"""

from collections.abc import Iterator

from ..hits import Hits
from ..light import Light
from ..media import Media

DEEP = True
"""It needs pixels."""

DARK, LIGHT, BITS, BLUR, SPREAD = 0.32, 0.95, 3.0, 34.2, 19.8
"""Brightness below which 99 % of a dark picture are, and over which 95 % of a light one are; entropy in bits; variance
of edges and spread of grey of a blurred one: cleanvision's scores of .29 and .18, which are 1 - exp(-value / 100)."""


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures that are blank, dark, overexposed or blurred."""
    told = {at: words for at, light in enumerate(media.light) if light is not None and (words := _words(light))}
    yield Hits("media", list(told), lambda at: f"{media.names[at]} is {told[at]}", lambda at: told[at])


def _words(light: Light) -> str:
    if light.brightest < DARK:
        return f"dark: 99 % of it is below {light.brightest:.0%} of full brightness"
    if light.darkest > LIGHT:
        return f"overexposed: 95 % of it is above {light.darkest:.0%} of full brightness"
    if light.bits < BITS:
        return f"nearly blank: {light.bits:.1f} bits of information a pixel"
    if light.edges < BLUR and light.spread < SPREAD:
        return f"blurred: its edges have a variance of {light.edges:.1f}"
    return ""

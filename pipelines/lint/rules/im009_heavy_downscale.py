"""A picture that the model sees much smaller.

What
    It has over four times the pixels to which the trainer scales pictures down: --max-pixels, else what the trainer
    of the data's dialect or of --target does unasked. Each of its sides is at least halved.

Why it hurts training
    What is small in it vanishes, and its box with it (GE007 counts those); boxes that the model gives for such
    pictures lie beside their things.

Example
    6000x4000 for a model that sees 1,003,520 pixels: a face of 60 pixels becomes one of 12.

Instead
    Tile the picture, crop it, or raise --max-pixels here and in training.

Fix safety
    None.

Sources
    QwenLM/Qwen3-VL #721: boxes of pictures over 4k or under 320 pixels are biased.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.targets import load_target, target_names
from ..chats import Chats
from ..hits import Hits
from ..labels import Labels
from ..media import Media

FACTOR = 4
"""A picture of so many times the pixels that the model sees loses half of each side."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Pictures of far more pixels than --max-pixels, or than the model of --target sees."""
    yield from _over(labels.media, _pixels(labels.settings.target))


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Pictures of far more pixels than --max-pixels, or than the dialect's trainer shows the model."""
    dialect: tuple[int, int] | None = getattr(chats.dialect, "PIXELS", None)
    yield from _over(chats.media, dialect[1] if dialect else None)


def _pixels(target: str) -> int | None:
    bounds: tuple[int, int] | None = getattr(load_target(target), "PIXELS", None) if target in target_names() else None
    return bounds[1] if bounds else None


def _over(media: Media, most: int | None) -> Iterator[Hits]:
    most = media.settings.max_pixels or most
    if most is None or not len(media):
        return
    areas = media.upright.prod(axis=1)

    def said(at: int) -> str:
        width, height = media.upright[at].astype(int).tolist()
        factor = (areas[at] / most) ** 0.5
        return (
            f"{media.names[at]} is {width}x{height}; at {most:,} pixels each of its sides is {factor:.1f} times smaller"
        )

    yield Hits("media", np.flatnonzero(areas > FACTOR * most), said, lambda at: int(areas[at]))

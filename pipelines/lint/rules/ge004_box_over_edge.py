"""A box that reaches over the edge of its picture.

What
    A box that is partly outside its picture, by more than the hundredth of a pixel that rounding leaves.

Why it hurts training
    On the model's grid a place beyond the edge has no name: 1000 and more is no token for a place. What lies
    outside cannot be seen, and a share of it tells the model that boxes are loose.

Example
    A box up to x = 641.5 on a picture that is 640 wide.

Instead
    Clip the box to the picture, which mmdata convert does.

Fix safety
    Safe where it is clipped by a pixel at most; unsafe beyond, since the box may be of another picture.

Sources
    Measured: four of four conversion tools let it pass; Qwen-VL's README (coordinates from 0 up to 1000,
    exclusive).

"""

from collections.abc import Iterator

import numpy as np

from ....schemas.box import Box
from ....schemas.finding import Fix, Safety
from ..hits import Hits
from ..labels import Labels

TOLERANCE = 0.01
"""Pixels over the edge that are no more than the rounding of two-decimal numbers."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes partly inside a picture whose size is known."""
    boxes, sizes = labels.boxes, labels.sizes
    limits = np.concatenate([sizes, sizes], axis=1)
    inside = np.clip(boxes, 0.0, limits)
    over = np.abs(boxes - inside).max(axis=1, initial=0.0)
    has_area = (inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])
    wrong = (over > TOLERANCE) & (limits > 0).all(axis=1) & has_area

    def said(place: int) -> str:
        width, height = sizes[place].tolist()
        return f"the box is {over[place]:g} px over the edge of {width:g}x{height:g}"

    def clipped(place: int) -> Fix | None:
        safety: Safety = "safe" if over[place] <= 1 else "unsafe"
        return labels.reboxed(place, Box(*inside[place].tolist()), safety, "Clip the box to the picture")

    yield Hits("objects", np.flatnonzero(wrong), said, lambda place: boxes[place].tolist(), clipped)

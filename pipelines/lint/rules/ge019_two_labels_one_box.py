"""Two labels on one thing.

What
    Two boxes of one picture with different labels whose overlap is 90 % of their union or more. Of boxes that begin
    at nearly the same place, each is compared with the fifty that follow it.

Why it hurts training
    The same question gets two answers. The model learns to waver between them.

Example
    `cup` and `mug` drawn around one thing by two people.

Instead
    Decide for one; or, where a thing is both (person and cyclist), ask for them by different questions.

Fix safety
    None: which of them is right must be seen by a person.

Sources
    The threshold is this project's; datumaro and fiftyone look for the same.

"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ....converters.table import picture_of_object
from ..hits import Hits
from ..labels import Labels

Boxes = NDArray[np.float64]

IOU = 0.9
NEIGHBOURS = 50


def check_labels(labels: Labels) -> Iterator[Hits]:
    """The second of two such boxes; sound ones only."""
    boxes, picture = labels.boxes, picture_of_object(labels.batch)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    sound = np.flatnonzero(np.isfinite(boxes).all(axis=1) & (area > 0))
    order = sound[np.lexsort((boxes[sound, 0], picture[sound]))]
    other: dict[int, int] = {}
    for step in range(1, NEIGHBOURS + 1):
        left, right = order[:-step], order[step:]
        near = picture[left] == picture[right]
        near &= boxes[right, 0] - boxes[left, 0] <= (1 - IOU) * (boxes[left, 2] - boxes[left, 0])
        if not near.any():
            break
        one, two = left[near], right[near]
        alike = (labels.labels[one] != labels.labels[two]) & (_iou(boxes[one], boxes[two], area[one], area[two]) >= IOU)
        for first, second in zip(one[alike].tolist(), two[alike].tolist(), strict=True):
            other.setdefault(max(first, second), min(first, second))

    def said(place: int) -> str:
        mine, its = (labels.label_names[int(labels.labels[each])] for each in (place, other[place]))
        return f"{mine!r} covers {its!r} of {labels.places('objects', [other[place]])[0][1]}"

    yield Hits("objects", sorted(other), said, lambda place: labels.boxes[place].tolist())


def _iou(one: Boxes, two: Boxes, area: Boxes, other: Boxes) -> Boxes:
    shared = np.clip(np.minimum(one[:, 2:], two[:, 2:]) - np.maximum(one[:, :2], two[:, :2]), 0, None).prod(axis=1)
    return np.asarray(shared / (area + other - shared))

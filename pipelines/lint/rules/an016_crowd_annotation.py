"""One box over many objects.

What
    An annotation that says it is a crowd: `iscrowd: 1` in COCO, `IsGroupOf` in Open Images.

Why it hurts training
    One box is taught as one thing where there are twenty: counts are wrong, and the box that "person" answers with is
    the whole platform. Conversion leaves crowds out.

Example
    `"iscrowd": 1` at a box of 600 x 200 around an audience

Instead
    Leave them out, or draw the objects one by one.

Fix safety
    Unsafe: the annotation is dropped.

Sources
    cocodataset.org, "Data format" (crowds are ignored in evaluation, not counted as wrong).

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import numbers
from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Objects that are crowds."""
    crowds = np.flatnonzero(numbers(labels.batch, "objects", "crowd"))

    def said(place: int) -> str:
        return f"{labels.label_names[int(labels.labels[place])]!r} is one box over many"

    yield Hits("objects", crowds, said, lambda place: labels.boxes[place].tolist(), labels.dropped)

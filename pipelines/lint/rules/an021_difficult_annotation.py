"""An object marked as difficult.

What
    `<difficult>1</difficult>` in VOC: hard to recognise without looking at the whole scene.

Why it hurts training
    Evaluation of VOC passes such objects over. A model that must name them learns to guess. Conversion leaves them
    out unless told to keep them.

Example
    `<object><name>bottle</name><difficult>1</difficult> …`

Instead
    Keep them with `--difficult keep` where all is to be found, or leave them out.

Fix safety
    None.

Sources
    The VOC2012 development kit, §3.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import numbers
from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Objects that are difficult."""
    difficult = np.flatnonzero(numbers(labels.batch, "objects", "difficult"))

    def said(place: int) -> str:
        return f"{labels.label_names[int(labels.labels[place])]!r} is marked as difficult"

    yield Hits("objects", difficult, said, lambda place: labels.boxes[place].tolist())

"""Boxes in another unit than pixels.

What
    A file all of whose boxes lie between 0 and 1, or between 0 and 100, on pictures that are much larger: fractions
    or percentages where pixels should stand. Readers of formats with fractions say it of a single number above 1.

Why it hurts training
    Every box becomes a speck in the left top corner, and the model learns to point there.

Example
    `"bbox": [0.25, 0.1, 0.5, 0.4]` in COCO; percentages out of Label Studio written as pixels.

Instead
    Multiply by the picture's width and height, or convert from the tool's own export: mmdata knows its unit.

Fix safety
    None: which unit it is must be seen by a person.

Sources
    Label Studio's percentages and YOLO's fractions are the two that people mix up; the thresholds are this
    project's.

"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..hits import Located
from ..labels import Labels
from ..settings import Settings

LEAST = 3
"""Boxes in a file before anything is said."""


@dataclass
class _File:
    """Of one file: the largest coordinate, the shortest longer side of a picture, and where its first box is."""

    first: tuple[str, str]
    boxes: int = 0
    largest: float = 0.0
    side: float = np.inf


class _Files:
    """One _File for each file of labels."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}

    def see_labels(self, labels: Labels) -> None:
        """A batch of labels goes by."""
        sized = (labels.sizes > 0).all(axis=1) & np.isfinite(labels.boxes).all(axis=1)
        places = np.flatnonzero(sized)
        if not len(places):
            return
        file, at = labels.places("objects", [int(places[0])])[0]
        known = self.files.setdefault(file, _File((file, at)))
        known.boxes += len(places)
        known.largest = max(known.largest, float(labels.boxes[sized].max()))
        known.side = min(known.side, float(labels.sizes[sized].max(axis=1).min()))

    def finish(self) -> Iterator[Located]:
        """Files whose boxes cannot be pixels."""
        for known in self.files.values():
            for most, unit, factor in ((1.0, "fractions", 16), (100.0, "percentages", 4)):
                if known.boxes >= LEAST and 0 < known.largest <= most and known.side >= factor * most:
                    said = (
                        f"no coordinate of its {known.boxes} boxes is above {known.largest:g}, on pictures whose "
                        f"longer side is {known.side:g} at least: these look like {unit}"
                    )
                    yield Located(*known.first, known.largest, said)
                    break


def start(_settings: Settings) -> _Files:
    """No file seen yet."""
    return _Files()

"""Boxes that cover the whole picture, again and again.

What
    A label most of whose boxes, ten at least, cover more than 95 % of their pictures.

Why it hurts training
    Such boxes are classes of pictures that were made into boxes: a model learns to answer with the whole picture
    and stops looking.

Example
    Every `logo` is (0, 0, width, height).

Instead
    Train it as a question about the picture, or draw where the thing is.

Fix safety
    None: only a person can say where the thing is.

Sources
    Thresholds of this project; the fault is what deepchecks' and cleanvision's area checks look for.

"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ..hits import Ints, Located
from ..labels import Labels
from ..settings import Settings

SHARE = 0.95
LEAST = 10


class _Areas:
    """How many boxes of each label there are, how many of them cover their picture, and where the first one is."""

    def __init__(self) -> None:
        self.all: Counter[str] = Counter()
        self.whole: Counter[str] = Counter()
        self.first: dict[str, tuple[str, str]] = {}

    def see_labels(self, labels: Labels) -> None:
        """A batch of labels goes by."""
        x1, y1, x2, y2 = labels.boxes.T
        area = labels.sizes.prod(axis=1)
        with np.errstate(invalid="ignore"):
            whole = (area > 0) & ((x2 - x1) * (y2 - y1) > SHARE * area)
        self._count(labels, labels.labels, self.all)
        for code in self._count(labels, labels.labels[whole], self.whole):
            name = labels.label_names[code]
            if name not in self.first:
                place = int(np.flatnonzero(whole & (labels.labels == code))[0])
                self.first[name] = labels.places("objects", [place])[0]

    def _count(self, labels: Labels, codes: Ints, into: Counter[str]) -> list[int]:
        counts = np.bincount(codes, minlength=len(labels.label_names))
        seen: list[int] = np.flatnonzero(counts).tolist()
        for code in seen:
            into[labels.label_names[code]] += int(counts[code])
        return seen

    def finish(self) -> Iterator[Located]:
        """The labels most of whose boxes are pictures."""
        for name, count in self.whole.items():
            if count >= LEAST and count > self.all[name] / 2:
                said = f"{count} of the {self.all[name]} boxes of {name!r} cover more than 95 % of their pictures"
                yield Located(*self.first[name], name, said)


def start(_settings: Settings) -> _Areas:
    """A new count."""
    return _Areas()

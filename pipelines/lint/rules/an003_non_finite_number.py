"""A number that is none: NaN or Infinity.

What
    A value that is not a number, or has no end: `NaN`, `Infinity`, or one too large to be held such as `1e999`. In
    JSON files they are found wherever they stand; in other files, in boxes.

Why it hurts training
    Python writes and reads them, JSON does not know them, so other tools stop at the file. In a box they become the
    text `nan`, or a loss that is NaN and stays so.

Example
    `"bbox": [12, NaN, 30, 40]`

Instead
    Write the number, or delete the annotation. A division by a picture's size of 0 makes such numbers: see AN020.

Fix safety
    None. The number is not known.

Sources
    RFC 8259 §6; four of four conversion tools take NaN in a box (measured).

"""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np

from ....converters.json_pointer import step
from ..hits import Hits, Located
from ..labels import Labels
from ..raw import SUFFIXES, Raw


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Boxes with a coordinate that is no finite number, of files that are not JSON."""
    unknown = np.isnan(labels.boxes).all(axis=1) & (labels.sizes == 0).any(axis=1)  # shares of a picture not there
    wrong = np.flatnonzero(~np.isfinite(labels.boxes).all(axis=1) & ~unknown)
    if len(wrong):
        files = [file for file, _ in labels.places("objects", wrong.tolist())]
        wrong = wrong[[not file.lower().endswith(SUFFIXES) for file in files]]
    said = "a coordinate is no finite number"
    yield Hits("objects", wrong, lambda _: said, lambda place: [str(each) for each in labels.boxes[place].tolist()])


def check_raw(raw: Raw) -> Iterator[Located]:
    """Numbers that are none, in values that a strict parser refused."""
    for place, value in enumerate(() if raw.sound else raw.values):
        for at, number in _not_finite(value):
            yield Located(raw.file, raw.at(place) + at, str(number), f"{number} is no finite number")


def _not_finite(value: Any, at: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        if not isfinite(value):
            yield at, value
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _not_finite(below, at + step(key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from _not_finite(below, f"{at}/{number}")

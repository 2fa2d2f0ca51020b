"""A picture that nothing is said about.

What
    A record without an object, caption, question, phrase or conversation. A task of Label Studio that somebody
    submitted empty is none: there it was said that nothing is there; nor is a picture of a file of keypoints, which
    lists all pictures for the persons in some.

Why it hurts training
    It is either a negative, with nothing of the classes in it, or was forgotten. Trained on as a negative, a
    forgotten one teaches that what is there is not.

Example
    An entry of `images` that no annotation names; an empty YOLO label file

Instead
    Look at some of them. Negatives are used with `--negatives N`; otherwise conversion leaves such pictures out.

Fix safety
    None.

Sources
    datumaro's validator, "MissingAnnotation"; COCO train2017 has 1,021 such pictures of 118,287.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import counts, entries
from ....schemas.annotation import ITEMS
from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Records without any annotation."""
    points = entries(labels.batch, "objects", "keypoints")
    declared = labels.source is not None and labels.source.NAME == "label-studio"
    if declared or points.null_count < len(points):
        return
    said = sum(counts(labels.batch, column) for column in ITEMS)
    yield Hits("", np.flatnonzero(said == 0), lambda _: "nothing is annotated in it: a negative, or forgotten?")

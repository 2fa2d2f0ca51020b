"""More objects in one picture than an answer can name.

What
    A picture with so many objects that naming each with its box takes more tokens than a sample may have
    (`--max-length`, 2048 by default), at twenty tokens a box, which is less than any model needs.

Why it hurts training
    The trainer cuts the answer at its length, in the middle of a box; or drops the sample.

Example
    150 people with their boxes in one street scene

Instead
    Cap the answer with `--max-objects`, which keeps the largest and words the question accordingly; or tile the
    picture.

Fix safety
    None.

Sources
    Qwen's tokenizers make a token of every digit: the twelve of `<box>(123,456),(789,012)</box>`, its tags and
    punctuation, and the label are more than twenty.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import counts
from ..hits import Hits
from ..labels import Labels

TOKENS = 20
"""Of a box and its label in an answer: fewer than any dialect needs."""

LENGTH = 2048
"""Tokens of a sample, where nobody says."""


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Records with more objects than fit."""
    longest = labels.settings.max_length or LENGTH
    objects = counts(labels.batch, "objects")

    def said(place: int) -> str:
        return f"{objects[place]} objects take {objects[place] * TOKENS} tokens or more, a sample has {longest}"

    yield Hits("", np.flatnonzero(objects * TOKENS > longest), said, lambda place: int(objects[place]))

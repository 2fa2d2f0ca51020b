"""A sample far longer than all others.

What
    The row's words are more than five standard deviations longer than the file's mean, both of the logarithm, since
    lengths of texts are spread that way.

Why it hurts training
    One such row in a batch pads all others to its length and fills the memory. Often it is a slip: a whole file
    pasted, a loop of a model that wrote the answers.

Example
    An answer of 40,000 letters among answers of 60

Instead
    Look at it.

Fix safety
    None is offered: it may be right.

Sources
    deepchecks (property outliers); datumaro, validators.py (five sigma).

"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..chats import Chats
from ..hits import Located
from ..settings import Settings

FEWEST, SIGMAS, SHORTEST = 100, 5.0, 2_000
"""Rows that a file must have, standard deviations, and letters below which no row is long."""


class _Letters:
    """The letters of every row of every file, and their places."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], list[tuple[NDArray[np.float32], NDArray[np.int64]]]] = {}

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        letters = np.zeros(len(chats.rows), np.float32)
        np.add.at(letters, chats.row_of_text, [len(text.words) for text in chats.texts])
        self.files.setdefault((chats.file, chats.place_form), []).append((letters, chats.numbers))

    def finish(self) -> Iterator[Located]:
        """The rows beyond five standard deviations."""
        for (file, form), held in self.files.items():
            letters, rows = (np.concatenate(each) for each in zip(*held, strict=True))
            if len(letters) < FEWEST:
                continue
            scale = np.log1p(letters.astype(np.float64))
            mean, sigma = float(scale.mean()), float(scale.std())
            long = (scale > mean + SIGMAS * sigma) & (letters > SHORTEST)
            for at in np.flatnonzero(long).tolist():
                said = f"{int(letters[at])} letters, where {int(np.expm1(mean))} are usual"
                yield Located(file, form.format(rows[at]), int(letters[at]), said)


def start(_settings: Settings) -> _Letters:
    """Nothing seen yet."""
    return _Letters()

"""Two samples that say nearly the same.

What
    Rows or records of one split whose words are the same, whatever they show, or nearly: long (100 characters), equal
    in their numbers, and with four fifths of all runs of five characters in both. What is asked and what is answered is
    compared apart; shorter words count where the same picture is shown. In preview.

Why it hurts training
    A model repeats what it saw often, and a description that fits two pictures describes neither.

Example
    A page crawled twice, with another date in its frame; captions that a model wrote for a whole burst of photos.

Instead
    `--dedup-text near`, or look at the two and keep one.

Fix safety
    None: which of them is to stay is for a person to say.

Sources
    Broder 1997 (MinHash); Lee et al., arXiv 2107.06499 (near duplicates in training text, and what taking them out
    does).

"""

from collections.abc import Iterator

import numpy as np

from ...dedup.built import words_of_rows
from ...dedup.text import Texts
from ...dedup.words import words
from ..chats import Chats
from ..hits import Located
from ..labels import Labels
from ..settings import Settings
from ..state_seen import Seen


class _Heard(Seen):
    """The words of every row and record, by the split that they are in."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.texts = Texts(near=True)
        self.split: list[int] = []

    def see_labels(self, labels: Labels) -> None:
        """The records of a batch of labels."""
        self.number(labels)
        self.split += self.split_numbers(labels)
        self.texts.add(words(labels.batch))

    def see_chats(self, chats: Chats) -> None:
        """The rows of a batch."""
        self.number(chats)
        self.split += self.split_numbers(chats)
        self.texts.add(words_of_rows(chats))


STORE = _Heard


def judge(heard: _Heard) -> Iterator[Located]:
    """A finding at every sample that says what an earlier one of its split says."""
    kin = heard.texts.kin()
    told: set[int] = set()
    near = [(one, other) for one, others in kin.near.items() for other in others if one < other]
    same = [(int(kin.first[other]), other) for other in np.flatnonzero(kin.first != np.arange(len(kin.first))).tolist()]
    for one, other in sorted(same + near, key=lambda pair: (pair[1], pair[0])):
        split = heard.split[other]
        if other in told or split != heard.split[one] or heard.is_against(split) or not (by := kin.how(one, other)):
            continue
        told.add(other)
        file, at = heard.place(other)
        how = "the same" if by == "words" else "nearly the same"
        yield Located(file, at, kin.said(other)[:60], f"{heard.at(one)} says {how}")

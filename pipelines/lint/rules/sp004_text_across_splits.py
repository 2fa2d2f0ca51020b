"""The same long answer to the same question in two splits.

What
    Rows of two splits with the same question and the same answer, names of pictures aside, whose answer has 100
    characters or more and no coordinates: shorter ones are the same by chance.

Why it hurts training
    The test's answer was trained on word by word.

Example
    The same description of a picture in `train.jsonl` and, with a copy of the picture, in `val.jsonl`.

Instead
    Keep it in one split, or word one of the two anew.

Fix safety
    None: which split it belongs to is for a person to say.

Sources
    Language models' own decontamination (GPT-3, arXiv 2005.14165, appendix C) looks for long common runs of words.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_texts import ROW, SPLIT, TextsSeen

STORE = TextsSeen


def judge(seen: TextsSeen) -> Iterator[Located]:
    """A finding at the first row of every split after the first."""
    for group in seen.in_order(seen.long.groups()):
        told: set[int] = {int(group[0, SPLIT])}
        for each in group[1:]:
            split = int(each[SPLIT])
            if split in told or not seen.differ(int(group[0, SPLIT]), split):
                continue
            told.add(split)
            file, at = seen.place(int(each[ROW]))
            first = seen.name(int(group[0, SPLIT]))
            words = seen.said[int(each[ROW])]
            yield Located(file, at, words, f"{first} asks and answers the same: {seen.at(int(group[0, ROW]))}")

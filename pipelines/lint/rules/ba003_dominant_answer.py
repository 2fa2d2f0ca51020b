"""One answer to most questions.

What
    One answer is given to more than 30 % of 50 questions and more: of two different answers, to more than 75 %, of
    three to more than 50 %.

Why it hurts training
    The model learns to say it, whatever is asked.

Example
    `yes` to nine questions of ten; `There is no such object.` to half of the questions about places.

Instead
    Balance the answers: leave questions out, or ask others.

Fix safety
    None: which questions go is for a person to say.

Sources
    Goyal et al., arXiv 1612.00837: VQA v2 was made because 'yes' answered 87 % of the questions that begin with
    "Do you see a".

"""

from collections.abc import Iterator

import numpy as np

from ..hits import Located
from ..state_texts import ROW, TextsSeen

STORE = TextsSeen
SHARE = 0.3
LEAST = 50


def judge(seen: TextsSeen) -> Iterator[Located]:
    """One finding, at the first row that gives the answer."""
    total = kinds = most = row = 0
    for rows in seen.answers.buckets():
        starts = np.flatnonzero(np.diff(rows[:, 0], prepend=~rows[0, 0]))
        counts = np.diff(starts, append=len(rows))
        total, kinds, at = total + len(rows), kinds + len(starts), int(np.argmax(counts))
        if counts[at] > most:
            most, row = int(counts[at]), int(rows[starts[at], ROW])
    if total >= LEAST and most > max(SHARE, 1.5 / kinds) * total:
        told = f"{most} of {total} answers ({most / total:.0%}) are this one"
        yield Located(*seen.place(row), seen.said[row], told)

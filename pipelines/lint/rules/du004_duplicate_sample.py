"""A sample that is there twice.

What
    Rows of a training file with the same pictures, questions and answers, in one split.

Why it hurts training
    The model sees it so many times as often as the rest, and repeats it.

Example
    Four conversations in one file, each twenty times, so that the file looks like eighty.

Instead
    Keep one. To weigh a set higher, say so in the trainer's mixture, where it can be seen.

Fix safety
    Safe: what is taught stays the same, and once. Files of JSON and JSON Lines.

Sources
    Lee et al., arXiv 2107.06499; ssbuild/visualglm_finetuning's example data (4 rows, 20 times each).

"""

from collections.abc import Iterator

import numpy as np

from ....schemas.finding import Edit, Fix
from ..hits import Ints, Located
from ..state_texts import ROW, SPLIT, TextsSeen

STORE = TextsSeen
_EDITED = (".json", ".jsonl", ".ndjson")


def judge(seen: TextsSeen) -> Iterator[Located]:
    """A finding at every row after the first of its kind and split."""
    pairs = [_repeated(rows) for rows in seen.same.buckets()]
    found = np.concatenate(pairs) if pairs else np.zeros((0, 3), np.int64)
    for row, split, first in found[np.argsort(found[:, 0])].tolist():
        if not seen.is_against(split):
            file, at = seen.place(row)
            edits = (Edit(file, at, "remove"),) if file.lower().endswith(_EDITED) else ()
            fix = Fix("safe", "Leave the repetition out", edits) if edits else None
            yield Located(file, at, seen.said[row], f"the same sample as {seen.at(first)}", fix)


def _repeated(rows: Ints) -> Ints:
    """(row, split, the first row of its kind) of those that are not the first."""
    new = np.diff(rows[:, 0], prepend=~rows[0, 0]) != 0
    first = rows[np.flatnonzero(new)[np.cumsum(new) - 1], ROW]
    return np.asarray(np.stack([rows[:, ROW], rows[:, SPLIT], first], axis=1)[~new])

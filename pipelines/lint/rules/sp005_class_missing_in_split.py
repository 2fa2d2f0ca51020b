"""A class that one split has and another has not.

What
    A class of a smaller split that the largest split has nothing of; and a class of the largest split of which a
    smaller one should have five or more by its size, and has none.

Why it hurts training
    In the first case it is measured and was never trained; in the second it is trained and never measured.

Example
    `forklift` in `val`, and in no picture of `train`.

Instead
    Split anew, or add pictures.

Fix safety
    None: what is missing must be found.

Sources
    deepchecks' vision check `new_labels`; five are expected where their absence by chance is under one in a hundred.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_classes import ClassesSeen

STORE = ClassesSeen
EXPECTED = 5


def judge(seen: ClassesSeen) -> Iterator[Located]:
    """A finding for each class and each smaller split, at the first thing of the class."""
    for large, split in seen.compared():
        largest, counts = seen.counts[large], seen.counts[split]
        share = seen.rows[split] / seen.rows[large]
        name, main = seen.name(split), seen.name(large)
        for label in sorted(counts.keys() - largest.keys()):
            told = f"{name} has {counts[label]} of the class {label!r}, {main} has none"
            yield Located(*seen.first_of(label), label, told)
        for label in sorted(largest.keys() - counts.keys()):
            if largest[label] * share >= EXPECTED:
                told = f"{main} has {largest[label]} of the class {label!r}, {name} has none"
                yield Located(*seen.first_of(label), label, told)

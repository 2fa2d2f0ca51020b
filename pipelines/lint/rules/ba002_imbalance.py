"""Classes of very different frequency.

What
    The most frequent class has more than 50 times as many things as the least frequent one, classes of one thing
    aside (BA001 says those).

Why it hurts training
    Where nothing is sure, the model says the common class.

Example
    COCO: 262 465 people, 198 hair driers.

Instead
    Add to the rare classes, cap the common ones, or weigh samples in the trainer's mixture.

Fix safety
    None: which samples matter is for a person to say.

Sources
    datumaro's validator: `ImbalancedLabels`, whose threshold is 50.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_classes import ClassesSeen

STORE = ClassesSeen
MOST = 50


def judge(seen: ClassesSeen) -> Iterator[Located]:
    """One finding, at the first thing of the most frequent class."""
    counts = sorted((count, label) for label, count in seen.total.items() if count > 1)
    if counts and counts[-1][0] > MOST * counts[0][0]:
        (few, rare), (many, common) = counts[0], counts[-1]
        scarce = sum(count * MOST < many for count, _ in counts)
        told = f"{many} {common!r} to {few} {rare!r}; {scarce} of {len(counts)} classes are that rare"
        yield Located(*seen.first_of(common), round(many / few, 1), told)

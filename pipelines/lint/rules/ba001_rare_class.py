"""A class with next to no examples.

What
    A class with one thing, in a set of 100 things and more.

Why it hurts training
    One example teaches nothing, and no split can both train and measure it.

Example
    One `unicycle` among ten thousand bicycles.

Instead
    Add examples, or merge the class with another.

Fix safety
    None: what is missing must be found.

Sources
    datumaro's validator: `FewSamplesInLabel`, whose threshold is 1.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_classes import ClassesSeen

STORE = ClassesSeen
FEW = 1
LEAST = 100


def judge(seen: ClassesSeen) -> Iterator[Located]:
    """A finding at the one thing of the class."""
    total = seen.total
    whole = total.total()
    for label, count in sorted(total.items()):
        if count <= FEW and whole >= LEAST:
            yield Located(*seen.first_of(label), count, f"the only {label!r} among {whole} things")

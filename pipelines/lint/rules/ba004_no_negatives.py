"""Every question about places has one for an answer.

What
    50 answers and more with boxes, and none that says that something is not there.

Why it hurts training
    The model learns that whatever is asked for is there, and draws a box around nothing: hallucination by design.

Example
    A data set of "Where is the LABEL?" made of labels alone.

Instead
    `mmdata convert --negatives N` asks also for things that are not there.

Fix safety
    None: what is not in a picture must be known.

Sources
    Li et al., arXiv 2305.10355 (POPE: models say yes to what is not there); RefCOCO's heirs gRefCOCO, arXiv 2306.00968,
    add expressions without a target for this reason.

"""

from collections.abc import Iterator

from ..hits import Located
from ..state_texts import TextsSeen

STORE = TextsSeen
LEAST = 50


def judge(seen: TextsSeen) -> Iterator[Located]:
    """One finding, at the first answer with a box."""
    if seen.placed >= LEAST and not seen.denied:
        told = f"{seen.placed} answers show a place, and none says that something is not there"
        yield Located(*seen.place(seen.first_placed), seen.placed, told)

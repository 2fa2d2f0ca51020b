"""A sample longer than the service takes.

What
    The row has more tokens than Gemini's or OpenAI's service reads of one example.

Why it hurts training
    The service cuts what is longer, and says so in a count of the finished job if at all.

Example
    A conversation of 140,000 tokens for Gemini

Instead
    Shorten it, or make two samples of it.

Fix safety
    None is offered: where to cut cannot be told.

Sources
    Vertex AI, gemini-supervised-tuning; OpenAI, fine-tuning-best-practices; dated in mmdata's targets.

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits
from ..lengths import lengths


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows beyond what the service reads, for sure."""
    most = chats.grammar.tokens
    counted = lengths(chats) if most is not None else None
    if counted is None or most is None:
        return

    def said(row: int) -> str:
        return f"at least {counted.least[row]} tokens, {chats.dialect.NAME} reads {most}"

    yield Hits("", np.flatnonzero(counted.least > most), said, lambda row: int(counted.least[row]))

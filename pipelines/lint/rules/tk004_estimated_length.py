"""A length that is not known well enough.

What
    The tokenizer of the model is not at hand, and by the bound of a token a byte the row may be longer than the
    limit, or not.

Why it hurts training
    Nothing, if it fits. If not, what TK001 says.

Example
    A row of 900 letters for a limit of 512 tokens: between 113 and 900

Instead
    Install the extra that counts, or look at the longest samples.

Fix safety
    None is offered: whether it is too long is not known.

Sources
    mmdata's targets: `mmdata targets` says for each how its tokens are counted.

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits
from ..lengths import lengths, limit


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows that are too long by the bound and not for sure."""
    counted, most = lengths(chats), limit(chats)
    if counted is None or most is None or chats.settings.max_length is None:
        return
    perhaps = np.flatnonzero((counted.most > most) & (counted.least <= most))

    def said(row: int) -> str:
        between = f"between {counted.least[row]} and {counted.most[row]} tokens, {most} is the most"
        return f"{between} ({chats.dialect.token_basis()})"

    yield Hits("", perhaps, said, lambda row: [int(counted.least[row]), int(counted.most[row])])

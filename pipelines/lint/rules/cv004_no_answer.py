"""A conversation that ends without an answer.

What
    The last turn is not the assistant's.

Why it hurts training
    Answers alone are trained: the last question costs memory and teaches nothing, and a row of one question has no
    supervised token at all.

Example
    One turn of `user`, and no more

Instead
    End with an answer.

Fix safety
    Unsafe: the sample is left out.

Sources
    QwenLM/Qwen-VL, finetune.py (`preprocess`).

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Last turns that are the user's or the system's."""
    row = chats.row_of_turn
    last = np.flatnonzero(np.append(row[1:] != row[:-1], True)) if len(row) else row
    broken = {number for number, _ in chats.faults}
    wrong = [
        at for at in last.tolist() if chats.turns[at].role in ("user", "system") and chats.turns[at].row not in broken
    ]
    yield Hits(
        "turns",
        wrong,
        lambda at: f"the last turn is the {chats.turns[at].role}'s, and no answer follows",
        lambda at: chats.turns[at].name,
        lambda at: chats.dropped(chats.turns[at].row),
    )

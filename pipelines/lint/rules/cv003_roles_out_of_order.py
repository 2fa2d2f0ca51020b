"""Turns that do not alternate.

What
    The first turn is not the user's, or the same side speaks twice; or a system's turn stands later than first.

Why it hurts training
    finetune.py drops a first turn that is not the user's without a word. LLaMA-Factory drops the whole example;
    others join the two turns or train questions as answers.

Example
    Two turns of `gpt` after each other

Instead
    Let user and assistant take turns, the user first.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    QwenLM/Qwen-VL, finetune.py (`preprocess`); hiyouga/LLaMA-Factory, data/converter.py (turns out of order drop
    the example).

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits

_CODES = {"user": 0, "assistant": 1, "system": 2}


def check_chats(chats: Chats) -> Iterator[Hits]:
    """The first turn of each row that another should say; rows with roles that are none of the three are passed."""
    if chats.grammar.free or not chats.turns:
        return
    code = np.array([_CODES.get(turn.role, 3) for turn in chats.turns])
    number = np.array([turn.number for turn in chats.turns])
    row = chats.row_of_turn
    strange = np.bincount(row, code == 3, minlength=len(chats.rows)) > 0
    strange[[faulty for faulty, _ in chats.faults]] = True
    preceded = np.bincount(row, (code == 2) & (number == 0), minlength=len(chats.rows)) > 0
    expected = (number - preceded[row]) % 2
    wrong = np.where(code == 2, number > 0, code != expected) & ~strange[row]
    places = np.flatnonzero(wrong)
    _, first = np.unique(row[places], return_index=True)

    def said(place: int) -> str:
        turn = chats.turns[place]
        if turn.role == "system":
            return f"turn {turn.number} is the system's, which can but be the first"
        return f"turn {turn.number} should be the {('user', 'assistant')[expected[place]]}'s"

    yield Hits("turns", places[first], said, lambda place: chats.turns[place].name)

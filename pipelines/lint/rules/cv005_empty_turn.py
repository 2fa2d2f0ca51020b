"""A turn that says nothing.

What
    A turn holds no words but white space, and no picture.

Why it hurts training
    An empty answer teaches the model to stop at once; an empty question to speak unasked. Some trainers delete the
    row.

Example
    `{"from": "gpt", "value": ""}`

Instead
    Give the turn its words, or leave the sample out.

Fix safety
    Unsafe: the sample is left out.

Sources
    QwenLM/Qwen-VL, finetune.py (`preprocess`); modelscope/ms-swift (rows without text are deleted).

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Turns without words or media; calls of tools have none."""
    empty = [number for number, turn in enumerate(chats.turns) if turn.empty and turn.role != "tool"]

    def said(number: int) -> str:
        return f"turn {chats.turns[number].number} says nothing"

    yield Hits("turns", empty, said, lambda _number: None, lambda number: chats.dropped(chats.turns[number].row))

"""A row without turns.

What
    The list of turns is empty, or there is none.

Why it hurts training
    finetune.py takes the first turn of every row without looking: the job stops with an IndexError, or a worker
    dies.

Example
    `{"id": "7", "conversations": []}`

Instead
    Leave the sample out.

Fix safety
    Safe: a row that says nothing is left out.

Sources
    QwenLM/Qwen-VL, finetune.py (`preprocess`).

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows in which no turn stands, sound or not."""
    spoken = np.zeros(len(chats.rows), np.bool_)
    spoken[chats.row_of_turn] = True
    spoken[chats.row_of_text] = True  # a document's texts stand in no turns
    spoken[[row for row, _ in chats.faults]] = True
    yield Hits(
        "",
        np.flatnonzero(~spoken),
        lambda _row: "the row has no turns",
        lambda row: sorted(chats.rows[row].value)[:8],
        lambda row: chats.dropped(row, "safe"),
    )

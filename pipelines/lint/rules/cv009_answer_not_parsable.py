"""Boxes of JSON that are no JSON.

What
    An answer has the keys of boxes and cannot be read as JSON from its first bracket on.

Why it hurts training
    The model learns to write what no program reads: its answers are judged 0 by every evaluation that parses them.

Example
    `[{"bbox_2d": [1, 2, 3, 4], "label": "mug"},`

Instead
    Write the boxes of an answer as one list of valid JSON.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    QwenLM/Qwen3-VL #900.

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..marks import marked


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Answers whose list of boxes is broken."""
    yield from marked(chats, "CV009")

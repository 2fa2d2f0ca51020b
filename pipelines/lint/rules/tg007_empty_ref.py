"""A reference that says nothing.

What
    Between `<ref>` and `</ref>` stand no words, or a box of JSON has an empty label.

Why it hurts training
    A box is trained as the answer to nothing: the model learns to draw boxes without being asked for any.

Example
    `<ref></ref><box>(10,20),(30,40)</box>`

Instead
    Say what the box holds, or leave the reference out.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    QwenLM/Qwen-VL, tokenization_qwen.py and README (the form of boxes and pictures).

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..marks import marked


def check_chats(chats: Chats) -> Iterator[Hits]:
    """References without words."""
    yield from marked(chats, "TG007")

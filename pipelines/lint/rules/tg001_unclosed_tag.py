"""A tag that is opened and not closed, or closed and not opened.

What
    One half of a pair of tags of boxes, references or pictures stands alone in a text.

Why it hurts training
    Qwen-VL's tokenizer stops at an open `<img>` ("Unclosed image token"), hours into a job at times. An open
    `<ref>` or `<box>` stops nothing: the control token is trained before words that it does not belong to.

Example
    `<ref>mug</ref><box>(10,20),(30,40)`

Instead
    Close the tag, or delete the half that is there.

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
    """Halves of pairs."""
    yield from marked(chats, "TG001")

"""A picture in an answer.

What
    A picture, or the place of one, stands in what the assistant says.

Why it hurts training
    The model cannot answer with a picture. Trainers mask it, or count its place against the pictures listed, or
    train its tokens as words.

Example
    `{"from": "gpt", "value": "<image> shows a mug"}`

Instead
    Move the picture into the question.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    hiyouga/LLaMA-Factory #5658 (a tag in an answer was counted as a picture).

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..marks import marked


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Pictures in answers."""
    yield from marked(chats, "TG013")

"""A reference without its box, or a box without its reference.

What
    In an answer a `<ref>` is followed by no box, or a box stands behind no reference.

Why it hurts training
    Grounding was trained by pairs. A reference alone teaches the model to name things and point at nothing; a box
    alone to point and not to say at what.

Example
    `There is a <ref>mug</ref> on the table.`

Instead
    Write `<ref>words</ref>` right before its box, nothing between.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    QwenLM/Qwen-VL README (fine-tuning examples); its tokenizer's `_fetch_all_box_with_ref`.

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..marks import marked


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Half pairs in answers."""
    yield from marked(chats, "TG006")

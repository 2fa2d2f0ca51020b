"""Tags that cross each other.

What
    Between an opening tag and its end another tag begins or ends.

Why it hurts training
    The tokenizer pairs a tag with the next end of any kind that it meets, so words become coordinates and
    coordinates words.

Example
    `<ref>mug<box></ref>(10,20),(30,40)</box>`

Instead
    Close each tag before the next one opens.

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
    """Pairs with another tag between."""
    yield from marked(chats, "TG002")

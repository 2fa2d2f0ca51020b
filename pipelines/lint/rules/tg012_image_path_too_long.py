"""A picture's path that does not fit its places.

What
    The path between `<img>` and `</img>` has more than 254 bytes of UTF-8.

Why it hurts training
    The tokenizer keeps the path's bytes in 256 places, of which the model reads 254: a longer one stops the job. A
    Chinese letter takes three bytes, so 85 letters are too many.

Example
    `<img>/数据/…/图片.jpg</img>` with 90 letters of Chinese

Instead
    Shorten the path, or give a root to which paths are relative.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    QwenLM/Qwen-VL, tokenization_qwen.py (IMG_TOKEN_SPAN) and #262.

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..marks import marked


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Paths beyond the places that they have."""
    yield from marked(chats, "TG012")

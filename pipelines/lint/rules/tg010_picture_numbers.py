"""Pictures that are not numbered from 1 on.

What
    Before `<img>` stands no `Picture N: `, or another number than the picture has in the conversation.

Why it hurts training
    Qwen-VL was trained with every picture numbered, on through all turns; answers name pictures by these numbers. A
    second `Picture 1:` in a later turn makes two pictures of one name.

Example
    `<img>a.jpg</img>` alone; `Picture 1: <img>b.jpg</img>` in the second question

Instead
    Write `Picture 1: <img>a.jpg</img>` and a line break, and count on through the conversation.

Fix safety
    Safe: the number before each picture is written as it should be; words elsewhere are left alone.

Sources
    QwenLM/Qwen-VL README (fine-tuning, line 966).

"""

import re
from collections.abc import Iterator

from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits
from ..marks import marked

_BEFORE = re.compile(r"Picture (?:0|[1-9]\d{0,8}): ?\Z")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Pictures without a number, or with another's."""

    def fix(text: int) -> Fix | None:
        return chats.reworded(text, _numbered(chats, text), "safe", "Number the pictures from 1 on")

    yield from marked(chats, "TG010", fix)


def _numbered(chats: Chats, text: int) -> str:
    row = chats.texts[text].row
    earlier = [each for each in chats.marked if each < text and chats.texts[each].row == row]
    shown = sum(chats.marked[each].pictures for each in earlier)
    words, written = chats.texts[text].words, ""
    for part in chats.marked[text].parts:
        if part.kind == "image":
            shown += 1
            written = f"{_BEFORE.sub('', written)}Picture {shown}: "
        written += words[part.start : part.end]
    return written

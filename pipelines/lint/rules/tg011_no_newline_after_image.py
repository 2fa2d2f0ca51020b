"""No line break after a picture.

What
    `</img>` is followed by words in the same line.

Why it hurts training
    All of the trainer's examples, and its own `from_list_format`, put a line break there. Without it the words are
    another sequence of tokens than the model was trained on.

Example
    `Picture 1: <img>a.jpg</img>What is this?`

Instead
    Put a line break after `</img>`.

Fix safety
    Safe: a line break is put there.

Sources
    QwenLM/Qwen-VL, tokenization_qwen.py (`from_list_format`); 2U1/Qwen2-VL-Finetune #128.

"""

from collections.abc import Iterator

from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits
from ..marks import marked, rewritten


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Words right behind a picture."""

    def fix(text: int) -> Fix | None:
        return rewritten(chats, text, "TG011", lambda _fault, said: f"{said}\n", "safe", "Put a line break there")

    yield from marked(chats, "TG011", fix)

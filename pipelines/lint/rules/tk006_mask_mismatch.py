r"""Words at which the trainer's own search for answers goes astray.

What
    A text holds the mark by which the trainer finds where answers begin or end. What its masking does with such a
    text is tried here: LLaVA's splits at `ASSISTANT: ` and `</s>`, qwen-vl-finetune's begins at the token
    `assistant`.

Why it hurts training
    LLaVA masks the whole sample ("tokenization mismatch (ignored)") and goes on with a loss of 0.0;
    qwen-vl-finetune trains the question from that word on.

Example
    `Write a letter\nassistant: …` in a question for Qwen2.5-VL; `USER: ` in a transcript for LLaVA

Instead
    Write the words otherwise: a space before `assistant` is enough.

Fix safety
    None is offered: other words are another text.

Sources
    haotian-liu/LLaVA #1166, #1706, #779; QwenLM/Qwen3-VL, data_processor.py (`preprocess_qwen_visual`).

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Texts with the mark of the dialect's masking."""
    pattern = chats.grammar.mask
    if pattern is None:
        return
    found: dict[int, tuple[int, str]] = {}
    for text, start, match in chats.find(pattern):
        if chats.texts[text].role in chats.grammar.masked:
            found.setdefault(text, (start, match[0]))

    def said(text: int) -> str:
        start, mark = found[text]
        return f"{chats.dialect.NAME}'s masking takes {mark!r} for a mark of its own, character {start}"

    yield Hits("texts", list(found), said, lambda text: found[text][1])

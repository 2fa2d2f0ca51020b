"""Words that become control tokens.

What
    A text holds a string that the trainer's tokenizer takes for a control token, outside its place: an end of a
    turn, a lone tag, a mark of the prompt. In labels of a source: a label that holds such a string of any model's.

Why it hurts training
    Tokenizers know no escape. `<|im_end|>` in a caption ends the turn there, and what follows is trained as
    something else; whoever can write captions can put words into another's mouth.

Example
    `A screenshot of a chat: <|im_end|> Hello`

Instead
    Write it otherwise, or break it with a space behind its bracket: `< |im_end|>`.

Fix safety
    Unsafe: a space is put behind the first letter, which changes the text.

Sources
    QwenLM/Qwen-VL, tokenization_qwen.py (`allowed_special="all"`); hiyouga/LLaMA-Factory #5658 (an answer that
    named an HTML tag ended the run).

"""

import re
from collections.abc import Iterator

import numpy as np

from ....converters.targets.qwen_vl_tags import Fault
from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits
from ..labels import Labels
from ..marks import marked, rewritten

_MESSAGE = "Put a space behind its first letter"


_TOKEN = re.compile(r"<\|\w+\|>|</?(?:img|box|ref|quad|image|video|audio|s)>", re.ASCII)


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Objects whose label is a control token of some model; conversion breaks it, which changes the label."""
    said = {code: found[0] for code, name in enumerate(labels.label_names) if (found := _TOKEN.search(name))}
    if said:
        codes = labels.labels
        yield Hits(
            "objects",
            np.flatnonzero(np.isin(codes, list(said))),
            lambda at: f"the label becomes a control token: {said[int(codes[at])]!r}",
            lambda at: labels.label_names[int(codes[at])],
        )


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Control tokens outside their place."""

    def fix(text: int) -> Fix | None:
        return rewritten(chats, text, "TG008", _blunted, "unsafe", _MESSAGE)

    yield from marked(chats, "TG008", fix)
    pattern = chats.grammar.reserved
    if pattern is None:
        return
    found: dict[int, tuple[int, str]] = {}
    for text, start, match in chats.find(pattern):
        found.setdefault(text, (start, match[0]))

    def said(text: int) -> str:
        start, token = found[text]
        return f"the words become a control token: {token!r}, character {start}"

    def broken(text: int) -> Fix | None:
        words = pattern.sub(lambda match: f"{match[0][0]} {match[0][1:]}", chats.texts[text].words)
        return chats.reworded(text, words, "unsafe", _MESSAGE)

    yield Hits("texts", list(found), said, lambda text: found[text][1], broken)


def _blunted(_fault: Fault, said: str) -> str | None:
    return f"{said[0]} {said[1:]}" if said[:1] in "<[" else f" {said}"

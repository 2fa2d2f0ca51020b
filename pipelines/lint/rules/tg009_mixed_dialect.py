"""Marks of another model.

What
    A text has boxes in the form of another model than the one whose rows these are.

Why it hurts training
    The other model's marks are plain words here: nothing is grounded by them, and the model learns to write both.
    Training goes on without a word.

Example
    `<|box_start|>(10,20),(30,40)<|box_end|>` in a file whose other boxes are `<box>(10,20),(30,40)</box>`

Instead
    Convert all rows for one model, or say with --as whose they are.

Fix safety
    Safe between Qwen-VL's tags and Qwen2-VL's tokens: both hold thousandths of the picture, so the same box is
    written in the other's marks, 1000 as 999. Nothing is offered between other forms.

Sources
    QwenLM/Qwen3-VL #105, #762, #1616 (marks of one Qwen in data for another).

"""

import re
from collections.abc import Iterator

from ....converters.targets.grammar import FAMILIES
from ....schemas.finding import Fix
from ..chats import Chats
from ..hits import Hits

_QWEN_VL, _QWEN2 = "Qwen-VL's tags", "Qwen2-VL's tokens"
_NAMES = {"ref": "object_ref", "box": "box", "quad": "quad"}
_TO_TAGS = re.compile(r"<\|(object_ref|box|quad)_(start|end)\|>")
_TO_TOKENS = re.compile(r"<(/?)(ref|box|quad)>")
_EDGE = re.compile(r"(?<=[(,])1000(?=[,)])")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Boxes in the form of another house."""
    own = chats.grammar.family
    if not chats.grammar.frame:
        return
    found: dict[int, tuple[int, str, str]] = {}
    for family, pattern in FAMILIES.items():
        if family != own:
            for text, start, match in chats.find(pattern):
                if not chats.grammar.asked or chats.texts[text].role == "assistant":
                    found.setdefault(text, (start, match[0], family))

    def said(text: int) -> str:
        start, mark, family = found[text]
        return f"{family} in a row for {chats.dialect.NAME}: {mark!r}, character {start}"

    def fix(text: int) -> Fix | None:
        words, family = chats.texts[text].words, found[text][2]
        if (own, family) == (_QWEN_VL, _QWEN2):
            new = _EDGE.sub("999", _TO_TAGS.sub(_tag, words))
        elif (own, family) == (_QWEN2, _QWEN_VL):
            new = _TO_TOKENS.sub(_token, words)
        else:
            return None
        return chats.reworded(text, new, "safe", f"Write the boxes as {chats.dialect.NAME} has them")

    yield Hits("texts", sorted(found), said, lambda text: found[text][1], fix)


def _tag(found: re.Match[str]) -> str:
    name = "ref" if found[1] == "object_ref" else found[1]
    return f"<{'/' if found[2] == 'end' else ''}{name}>"


def _token(found: re.Match[str]) -> str:
    return f"<|{_NAMES[found[2]]}_{'end' if found[1] else 'start'}|>"

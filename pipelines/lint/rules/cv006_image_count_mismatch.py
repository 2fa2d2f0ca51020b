"""Other numbers of tags than of files.

What
    The turns show more or fewer pictures, films or sounds than the row lists; or, for ms-swift, more or fewer
    `<bbox>` and `<ref-object>` than `objects` holds.

Why it hurts training
    One trainer stops with a number of features that is not that of tokens, another takes the pictures of the next
    sample in the batch, a third puts them in front or leaves the tag in the text.

Example
    `"image": "a.jpg"` and `<image>` twice

Instead
    Write one tag where each of the listed files is to be shown.

Fix safety
    None is offered: what was meant cannot be told.

Sources
    QwenLM/Qwen3-VL #60; hiyouga/LLaMA-Factory #5658; OpenBMB/MiniCPM-V #587.

"""

from collections.abc import Iterator
from typing import Any

from ..chats import Chats
from ..hits import Hits

_KINDS = ("image", "video", "audio")
_PLACES = {"bbox": "<bbox>", "ref": "<ref-object>"}


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows whose places and lists differ, where pictures are listed beside the turns."""
    if not chats.grammar.place:
        return
    found: dict[int, tuple[str, int, int]] = {}
    texts: dict[int, list[str]] = {}
    for text in chats.texts:
        texts.setdefault(text.row, []).append(text.words)
    waiting: dict[int, int] = {}
    inside: set[int] = set()
    for turn in chats.turns:
        if turn.waiting:
            waiting[turn.row] = waiting.get(turn.row, 0) + turn.waiting
        if turn.shown:
            inside.add(turn.row)
    for row, words in texts.items():
        if row in inside:
            continue
        joined = "\n".join(words)
        for kind in _KINDS:
            shown = joined.count(f"<{kind}>") + (waiting.get(row, 0) if kind == "image" else 0)
            held = chats.listed(row, kind)
            if shown != held and not (not shown and chats.grammar.untagged):
                found.setdefault(row, (f"<{kind}>", shown, held))
        for name, shown, held in _objects(chats.rows[row].value, joined) if chats.grammar.untagged else ():
            found.setdefault(row, (name, shown, held))

    def said(row: int) -> str:
        tag, shown, held = found[row]
        return f"{shown} {tag} in the turns, {held} in the row's list"

    yield Hits("", sorted(found), said, lambda row: list(found[row][1:]))


def _objects(row: dict[str, Any], words: str) -> Iterator[tuple[str, int, int]]:
    objects = row.get("objects")
    for name, tag in _PLACES.items():
        listed: Any = objects.get(name) if isinstance(objects, dict) else None
        held, shown = len(listed) if isinstance(listed, list) else 0, words.count(tag)
        if held != shown:
            yield tag, shown, held

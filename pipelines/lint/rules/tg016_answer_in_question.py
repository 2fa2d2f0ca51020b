"""A question that holds its answer's box.

What
    The whole answer is a box, and the question before it has the same numbers.

Why it hurts training
    The model learns to copy numbers out of the question, and loses what it knew of looking.

Example
    `Where is the mug <box>(10,20),(30,40)</box>?` with the answer `<box>(10,20),(30,40)</box>`

Instead
    Ask without the box.

Fix safety
    None is offered: the question needs other words.

Sources
    mmdata's own rule; no report of it is known to us.

"""

import re
from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits

_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKS = ("bbox_2d", "box_2d", "point_2d", "label", "json", "object_ref", "box", "ref", "start", "end")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Answers of one box that the question before them has."""
    found: list[int] = []
    for text, marks in chats.marked.items():
        if chats.texts[text].role != "assistant" or not marks.spots or text == 0:
            continue
        asked = chats.marked.get(text - 1)
        if asked is None or chats.texts[text - 1].row != chats.texts[text].row:
            continue
        held = {spot.numbers for spot in asked.spots}
        if all(spot.numbers in held for spot in marks.spots) and not _says_more(chats, text):
            found.append(text)

    def said(text: int) -> str:
        numbers = [f"{each:g}" for each in chats.marked[text].spots[0].numbers]
        return f"the answer's box ({', '.join(numbers)}) stands in its question"

    yield Hits("texts", found, said, lambda text: list(chats.marked[text].spots[0].numbers))


def _says_more(chats: Chats, text: int) -> bool:
    """Whether an answer has words beside its boxes and their labels."""
    words, marks = chats.texts[text].words, chats.marked[text]
    for spot in sorted(marks.spots, key=lambda spot: spot.start, reverse=True):
        words = words[: spot.start] + words[spot.end :]
    labels = {spot.label for spot in marks.spots if spot.label}
    for each in (*labels, *_MARKS):
        words = words.replace(each, "")
    return bool(_WORD.search(words))

"""A picture that the trainer's limit cuts in two.

What
    What stands up to the end of a row's last picture has more tokens than `--max-length` says.

Why it hurts training
    The picture's features are all there and its places are not: the step fails with two numbers that differ, or the
    features go to the next sample's places.

Example
    Three pictures of 578 tokens each for a limit of 1024

Instead
    Raise the trainer's length, or lower its --max-pixels.

Fix safety
    None is offered: which picture may go cannot be told.

Sources
    hiyouga/LLaMA-Factory #8226; EvolvingLMMs-Lab/multimodal-search-r1 #20.

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats, Turn
from ..hits import Hits
from ..lengths import LONGEST_TOKEN, cut_after, lengths, limit, tokens

_ENDS = ("<image>", "</img>")


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows that the cut leaves with a part of a picture."""
    counted, most = lengths(chats), limit(chats)
    if counted is None or most is None:
        return
    long = set(counted.over(most).tolist())
    heads: dict[int, dict[str, object]] = {}
    sizes: dict[int, int] = {}
    turns = {(turn.row, turn.number): turn for turn in chats.turns if turn.row in long} if long else {}
    for text, marks in sorted(chats.marked.items()) if long else ():
        held = chats.texts[text]
        if held.row in long and marks.pictures and (head := _head(chats, turns[held.row, held.turn], held.words)):
            heads[held.row] = head
            sizes[held.row] = _bytes_before(chats, text)
    counts = dict(zip(heads, tokens(chats, list(heads.values()), list(heads)).tolist(), strict=True)) if heads else {}
    if not counted.exact:
        counts = {row: count - sizes[row] + sizes[row] // LONGEST_TOKEN for row, count in counts.items()}
    cut = sorted(row for row, count in counts.items() if count > most)

    def said(row: int) -> str:
        return f"the last picture ends at token {counts[row]}, and the trainer cuts at {most}"

    yield Hits("", cut, said, lambda row: counts[row])


def _head(chats: Chats, turn: Turn, words: str) -> dict[str, object] | None:
    end = max(words.rfind(tag) + len(tag) for tag in _ENDS if tag in words) if any(t in words for t in _ENDS) else 0
    return cut_after(chats, turn, words[:end]) if end else None


def _bytes_before(chats: Chats, text: int) -> int:
    row = chats.texts[text].row
    first = int(np.searchsorted(chats.row_of_text, row))
    return sum(len(each.words.encode("utf-8", "replace")) for each in chats.texts[first : text + 1])

"""The first picture stands in a later turn.

What
    A conversation shows its first picture after its first question.

Why it hurts training
    Several trainers put the picture in front of the first question wherever it stood (LLaVA's successors do),
    others drop it with the turns that they cut. What was asked before it is then trained with it.

Example
    `<image>` in the third turn alone

Instead
    Show the picture in the first question.

Fix safety
    None is offered: the questions before may be about nothing that can be seen.

Sources
    haotian-liu/LLaVA, train.py (`preprocess_multimodal`); THUDM/GLM-4, finetune_vision.py (`image` in a later
    message is passed over).

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Turns with a row's first picture that are not the row's first question."""
    shown = {(turn.row, turn.number) for turn in chats.turns if turn.shown or turn.waiting}
    for text, marks in chats.marked.items():
        if marks.pictures:
            shown.add((chats.texts[text].row, chats.texts[text].turn))
    first: dict[int, int] = {}
    for row, number in sorted(shown):
        first.setdefault(row, number)
    asked: dict[int, int] = {}
    for turn in chats.turns:
        if turn.role == "user":
            asked.setdefault(turn.row, turn.number)
    late = [
        at
        for at, turn in enumerate(chats.turns)
        if turn.role == "user" and first.get(turn.row) == turn.number and turn.number > asked[turn.row]
    ]

    def said(at: int) -> str:
        return f"the first picture of the conversation stands in turn {chats.turns[at].number}"

    yield Hits("turns", late, said, lambda at: chats.turns[at].number)

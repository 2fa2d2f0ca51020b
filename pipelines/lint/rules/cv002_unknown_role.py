"""A role that the trainer does not know.

What
    A turn is said by somebody whom the trainer of these rows has no name for, or by nobody.

Why it hurts training
    Qwen-VL's finetune.py stops with a KeyError at `human`, `gpt` and `system`; qwen-vl-finetune trains whatever is
    not `human` as an answer; ms-swift deletes the row.

Example
    `{"from": "human", "value": "…"}` in a file for Qwen-VL

Instead
    Name the roles as the trainer does.

Fix safety
    Safe where the name is another trainer's for the same role: `human` becomes `user`. Nothing is offered for other
    names.

Sources
    QwenLM/Qwen-VL, finetune.py (`preprocess`); QwenLM/Qwen3-VL, data_processor.py; modelscope/ms-swift (unknown
    roles delete the row).

"""

from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Turns whose role has no name of the dialect's."""
    roles = chats.grammar.roles
    ours = set(roles.values())
    wrong = [
        number
        for number, turn in enumerate(chats.turns)
        if (turn.name not in roles if turn.key in ("role", "from") else turn.role not in ours)
    ]
    named = {role: name for name, role in reversed(list(roles.items()))}

    def said(number: int) -> str:
        name = chats.turns[number].name
        known = ", ".join(map(repr, list(roles)[:4]))
        return f"{f'the role is {name!r}' if name else 'the turn has no role'}; the trainer knows {known}"

    def fix(number: int) -> Fix | None:
        turn = chats.turns[number]
        if turn.role not in named or turn.key not in ("role", "from") or not turn.name:
            return None
        edit = Edit(chats.file, f"{turn.at}/{turn.key}", "replace", named[turn.role])
        return chats.edited(edit, "safe", f"Name the role {named[turn.role]!r}")

    yield Hits("turns", wrong, said, lambda number: chats.turns[number].name or None, fix)

"""A sample whose answers all lie beyond the trainer's limit.

What
    What stands before the first answer already has as many tokens as `--max-length` says.

Why it hurts training
    After the cut no token is supervised: the loss is NaN, or a calm 0.0 that looks like learning.

Example
    A question of 600 tokens with an answer `Yes` for a limit of 512

Instead
    Raise the trainer's length, or leave the sample out.

Fix safety
    Unsafe: the sample is left out.

Sources
    huggingface/trl #6668; meta-llama/llama-cookbook #133; NVIDIA/NeMo Speech #8025; OpenBMB/MiniCPM-V #662.

"""

from collections.abc import Iterator

from ..chats import Chats
from ..hits import Hits
from ..lengths import LONGEST_TOKEN, cut_after, lengths, limit, tokens


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows of which the cut leaves no answer."""
    counted, most = lengths(chats), limit(chats)
    if counted is None or most is None:
        return
    long = set(counted.over(most).tolist())
    answers = {turn.row: turn for turn in reversed(chats.turns) if turn.role == "assistant" and turn.row in long}
    heads = {row: head for row, turn in sorted(answers.items()) if (head := cut_after(chats, turn, ""))}
    before = dict(zip(heads, tokens(chats, list(heads.values()), list(heads)).tolist(), strict=True)) if heads else {}
    if not counted.exact:
        for text in chats.texts:
            if text.row in before and text.turn < answers[text.row].number:
                size = len(text.words.encode("utf-8", "replace"))
                before[text.row] -= size - size // LONGEST_TOKEN
    cut = [row for row, count in before.items() if count >= most]

    def said(row: int) -> str:
        return f"{before[row]} tokens stand before the first answer, and the trainer cuts at {most}"

    yield Hits("", cut, said, lambda row: before[row], chats.dropped)

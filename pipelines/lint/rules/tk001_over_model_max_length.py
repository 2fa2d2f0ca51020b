"""A sample longer than the trainer's limit.

What
    With its pictures the row has more tokens than `--max-length` says. Where the tokenizer is not at hand, only
    rows are named that are too long even at eight bytes a token; TK004 has the others.

Why it hurts training
    finetune.py cuts the end off, where the answer is, and says nothing; other trainers drop the sample.

Example
    A page of text with 900 words for a limit of 512 tokens

Instead
    Raise the trainer's length, split the sample, or leave it out.

Fix safety
    Unsafe: the sample is left out.

Sources
    QwenLM/Qwen-VL, finetune.py (`input_ids[:max_len]`); QwenLM/Qwen3-VL, qwen-vl-finetune (--model_max_length, 512
    unless stated).

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits
from ..lengths import lengths, limit


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows that are too long for sure, where a length was asked for."""
    counted, most = lengths(chats), limit(chats)
    if counted is None or most is None or chats.settings.max_length is None:
        return

    def said(row: int) -> str:
        about = "" if counted.exact else "at least "
        return f"{about}{counted.least[row]} tokens, {most} is the most"

    yield Hits("", np.flatnonzero(counted.least > most), said, lambda row: int(counted.least[row]), chats.dropped)

"""Something that the trainer has no place for.

What
    A sample shows more pictures than the trainer takes, or none where it needs one; in a conversion, a part or turn
    that the target's rows cannot say.

Why it hurts training
    A second `<image>` in LLaVA's file shifts the pictures of the whole batch; GLM-4V trains a black square where
    there is no picture; services drop the example and say so in a count.

Example
    Two pictures in a row of LLaVA's file

Instead
    Choose a target that carries it, or leave the sample out.

Fix safety
    None is offered: which picture is meant cannot be told.

Sources
    haotian-liu/LLaVA, train.py (`image` is one path); THUDM/GLM-4, finetune_vision.py, line 255; Vertex AI's and
    OpenAI's limits, dated in mmdata's targets.

"""

from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Hits


def check_chats(chats: Chats) -> Iterator[Hits]:
    """Rows with more pictures than the dialect's trainer takes, or fewer."""
    most, fewest = chats.grammar.most, chats.grammar.fewest
    if most is None and not fewest:
        return
    rows = len(chats.rows)
    listed = np.array([chats.listed(row, "image") for row in range(rows)], np.int64)
    held = (
        np.maximum(chats.places_of_pictures, listed)
        if chats.grammar.place or not fewest
        else np.maximum(chats.pictures_of_row, listed)
    )
    wrong = (held > (rows + held.max(initial=0) if most is None else most)) | (held < fewest)

    def said(row: int) -> str:
        takes = f"{fewest}" if fewest == most else f"at most {most}" if most else f"at least {fewest}"
        return f"the sample shows {held[row]} pictures, the trainer takes {takes}"

    yield Hits("", np.flatnonzero(wrong), said, lambda row: int(held[row]))

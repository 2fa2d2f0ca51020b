"""A document where conversations belong.

What
    A source holds running text with pictures between, and the target is one that trains answers.

Why it hurts training
    A document is nobody's words. Cut into a question and an answer it would teach the model to continue a page when
    it is asked something.

Example
    OBELICS' rows for a trainer of Qwen-VL

Instead
    Give it to a target that carries documents: obelics, segments, emu3 or openflamingo.

Fix safety
    None is offered: another target is another file.

Sources
    HuggingFaceM4/OBELICS (documents for pre-training, not for instruction).

"""

from collections.abc import Iterator

import numpy as np

from ....converters.targets.grammar import Grammar
from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Records with a document, where `--target` names a model that is trained by answers."""
    from ....converters.targets import load_target, target_names

    name = labels.settings.target
    if name not in target_names() or not isinstance(getattr(load_target(name), "GRAMMAR", None), Grammar):
        return
    found = [
        row
        for row, held in enumerate(labels.batch.column("conversations").to_pylist())
        if any(turn["role"] == "document" for each in held or () for turn in each["turns"])
    ]
    message = f"a document of text and pictures, and {name} trains answers"
    yield Hits("", np.array(found, np.int64), lambda _row: message)

"""The task describe: what is in a box, in the words of a phrase, or by the attributes that a source gives."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..table import counts, entries, item_starts, rows
from .exchanges import Exchanges
from .scene import Scene, Texts, about_boxes
from .tasks_asked import phrases_in_order, phrases_of, questioned

Ints = NDArray[np.int64]

UNSAID = frozenset({"unspecified", "undefined", "unknown", "none", "n/a"})
"""Values of attributes by which a tool says that nobody filled them in (VOC's `pose`, CVAT's defaults)."""


class _Described(NamedTuple):
    """A description of one object: of which record, by what phrase or attributes (`use`), in what words."""

    record: int
    box: int
    use: int
    phrase: str = ""
    attributes: str = ""


def describe(scene: Scene) -> Exchanges:
    """For each phrase that means one object, what is in its box; one sample a record, one exchange a description.

    In a record without phrases objects are described by their label and those of their attributes that are words:
    texts, and what is true; numbers and what was left unspecified describe nothing.
    """
    held = sorted([*_by_phrases(scene), *_by_attributes(scene)], key=lambda one: one.record)  # stable
    record = np.array([one.record for one in held], np.int64)
    turn = np.arange(len(held)) - np.searchsorted(record, record)
    texts = Texts()
    heads, tails = about_boxes(scene, "describe", record, turn, texts)
    said, which = scene.worded("describe", "answer", record, turn)
    stated, which_stated = scene.worded("describe", "answer_attributes", record, turn)
    answers = [
        said[plain].format(phrase=one.phrase)
        if one.phrase
        else stated[other].format(label=scene.names[scene.label[one.box]], attributes=one.attributes)
        for one, plain, other in zip(held, which.tolist(), which_stated.tolist(), strict=True)
    ]
    uses = np.array([one.use for one in held], np.int64)
    made = questioned(scene, "describe", texts, record, heads.tolist(), [texts.code(each) for each in answers], uses)
    made.box, made.after = np.array([one.box for one in held], np.int64), tails
    return made


def _by_phrases(scene: Scene) -> Iterator[_Described]:
    said = phrases_of(scene)
    entry, meant = phrases_in_order(scene)
    alone = np.bincount(entry, minlength=len(said))[entry] == 1
    record, first = rows(scene.batch, "phrases"), item_starts(scene.batch)["phrases"]
    for at, box in zip(entry[alone].tolist(), meant[alone].tolist(), strict=True):
        yield _Described(int(record[at]), box, first + at, phrase=said[at])


def _by_attributes(scene: Scene) -> Iterator[_Described]:
    wordless = counts(scene.batch, "phrases") == 0
    told = entries(scene.batch, "objects", "attributes").to_pylist()
    written = entries(scene.batch, "objects", "text").to_pylist()
    for box in scene.order[wordless[scene.row[scene.order]]].tolist():
        words = _words_of(msgspec.json.decode(told[box]) if told[box] else {})
        words += [f'text "{text.strip()}"'] if (text := written[box]) and text.strip() else []
        if words:
            yield _Described(int(scene.row[box]), box, box, attributes=scene.asking.wordings.join.join(words))


def _words_of(attributes: dict[str, Any]) -> list[str]:
    return [
        key if value is True else f"{key} {value.strip()}"
        for key, value in attributes.items()
        if value is True or (isinstance(value, str) and value.strip() and value.strip().lower() not in UNSAID)
    ]

"""The tasks about text in pictures: read, read-region, locate. None knows a model's tags.

What is written in an object is its `text`, outer white space aside. An object without any is a region that nobody
could read, or none of text at all: nothing is asked about it (AN022), and no answer that leaves it out says that it
is whole.
"""

import numpy as np
from numpy.typing import NDArray

from ..table import entries
from .absent_texts import absent_texts
from .exchanges import NOTHING, Exchanges, dialogue
from .reading import reading_order
from .scene import Scene, Texts, about_boxes, salt_of

Ints = NDArray[np.int64]


def read(scene: Scene) -> Exchanges:
    """All text of a record, a line an object, as one reads it whatever `order` says; one sample a record.

    The question is for all text; for all that is legible where an object bears none; for some of it where an object
    was left out, be it by the cap, which keeps the largest, or for a fault.
    """
    said = _written(scene)
    along = reading_order(scene.batch, _with_text(said))
    keep, left_out = scene.capped(scene.row[along], along)
    objects = along[keep]
    record, first = np.unique(scene.row[objects], return_index=True)
    texts = Texts()
    whole = _how_whole(scene, said, left_out)
    of = {name: scene.worded("read", name, record) for name in set(whole)}
    before = [texts.code(of[whole[row]][0][of[whole[row]][1][at]]) for at, row in enumerate(record.tolist())]
    sizes = np.diff(np.append(first, len(objects)))
    lines = iter([said[at] for at in objects.tolist()])
    answer = [texts.code("\n".join(next(lines) for _ in range(size))) for size in sizes.tolist()]
    made = dialogue("read", scene.ids, texts.list, record, before, answer)
    made.uses, made.use_counts = objects, sizes
    made.capped, made.unfit = left_out, _unread(said)
    return made


def _how_whole(scene: Scene, said: list[str], left_out: Ints) -> list[str]:
    """For each record the list of wordings that asks for no more than the answer has."""
    unread = np.bincount(scene.row[[at for at, text in enumerate(said) if not text]], minlength=len(scene.ids))
    capped = np.bincount(scene.row[left_out], minlength=len(scene.ids))
    return [
        "ask_some" if over or scene.hidden(row) else "ask_legible" if blank else "ask"
        for row, (over, blank) in enumerate(zip(capped.tolist(), unread.tolist(), strict=True))
    ]


def read_region(scene: Scene) -> Exchanges:
    """For each object with a text, what is written in it; one sample a record, one exchange an object."""
    said = _written(scene)
    readable = scene.order[np.isin(scene.order, _with_text(said))]
    keep, left_out = scene.capped(scene.row[readable], readable)
    objects = readable[keep]
    row = scene.row[objects]
    texts = Texts()
    turn = np.arange(len(objects)) - np.searchsorted(row, row)
    heads, tails = about_boxes(scene, "read-region", row, turn, texts)
    answers, reply = scene.worded("read-region", "answer", row, turn)
    answer = [
        texts.code(answers[which].format(text=said[at]))
        for which, at in zip(reply.tolist(), objects.tolist(), strict=True)
    ]
    made = dialogue("read-region", scene.ids, texts.list, row, heads.tolist(), answer)
    made.box, made.after = objects, tails
    made.uses, made.use_counts = objects, np.ones(len(objects), np.int64)
    made.capped, made.unfit = left_out, _unread(said)
    return made


def locate(scene: Scene) -> Exchanges:
    """For each text of a record, where it is written; one sample a record, one exchange a text.

    With negatives, after them those of texts that are not there (`absent_texts.py`), which are said not to be legible
    where a region could not be read. The first box of an answer bears the text itself, not its label. A text that is
    written in more objects than an answer may hold gives nothing (AN024): half an answer would be false.
    """
    said, limit = _written(scene), scene.asking.max_objects
    places = _places_of_texts(scene, said)
    over = [group for group in places.values() if limit and len(group) > limit]
    fitting = [(row, text, group) for (row, text), group in places.items() if not limit or len(group) <= limit]
    fitting += [(row, text, []) for row, text in absent_texts(scene, said)]
    fitting.sort(key=lambda one: one[0])
    record = np.array([row for row, _, _ in fitting], np.int64)
    names = [text for _, text, _ in fitting]
    texts = Texts()
    asks, which = scene.worded("locate", "ask", record, salt_of(names))
    before = [texts.code(asks[ask].format(text=text)) for ask, text in zip(which.tolist(), names, strict=True)]
    objects = np.array([at for _, _, group in fitting for at in group], np.int64)
    sizes = np.array([len(group) for _, _, group in fitting], np.int64)
    nothing = _not_there(scene, said, record, names)
    answer = [NOTHING if size else texts.code(none) for size, none in zip(sizes.tolist(), nothing, strict=True)]
    made = dialogue("locate", scene.ids, texts.list, record, before, answer, objects, sizes)
    made.called, made.label_once = np.array([texts.code(text) for text in names], np.int64), True
    made.unfit = _unread(said)
    for group in over:
        fault = ("AN024", f"its text is written in {len(group)} objects, more than {limit}")
        made.unfit |= dict.fromkeys(group, fault)
    return made


def _not_there(scene: Scene, said: list[str], record: Ints, names: list[str]) -> list[str]:
    """For each text of a record the answer that it is not there: no more is said than the labels tell."""
    salt = salt_of(names)
    plain, legible = (scene.worded("locate", name, record, salt) for name in ("none", "none_legible"))
    unread = np.bincount(scene.row[[at for at, text in enumerate(said) if not text]], minlength=len(scene.ids))
    chosen = [legible if blank else plain for blank in unread[record].tolist()]
    return [of[0][of[1][at]].format(text=name) for at, (of, name) in enumerate(zip(chosen, names, strict=True))]


def _places_of_texts(scene: Scene, said: list[str]) -> dict[tuple[int, str], list[int]]:
    """(record, text) → its objects, by record and by the first object of each text as objects are answered."""
    found: dict[tuple[int, str], list[int]] = {}
    for at, row in zip(scene.order.tolist(), scene.row[scene.order].tolist(), strict=True):
        if said[at]:
            found.setdefault((row, said[at]), []).append(at)
    return found


def _written(scene: Scene) -> list[str]:
    """What is written in each object; "" where nobody says."""
    return [(text or "").strip() for text in entries(scene.batch, "objects", "text").to_pylist()]


def _with_text(said: list[str]) -> Ints:
    return np.array([at for at, text in enumerate(said) if text], np.int64)


def _unread(said: list[str]) -> dict[int, tuple[str, str]]:
    return {at: ("AN022", "nobody says what is written there") for at, text in enumerate(said) if not text}

"""The tasks: detect, ground, refer, count, caption. Each makes exchanges of a scene; none knows a model's tags."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..table import counts, entries, item_starts, rows
from ..table import numbers as numbers_of
from .exchanges import NOTHING, Exchanges, dialogue, joined
from .ready import Ready
from .scene import Scene, Texts, about_boxes, salt_of
from .tasks_asked import chat, phrase, vqa
from .tasks_compare import compare
from .tasks_described import describe
from .tasks_grounded import grounded
from .tasks_media import hear, transcribe, when
from .tasks_points import keypoints
from .tasks_text import locate, read, read_region

Ints = NDArray[np.int64]
_NONE = np.empty(0, np.int64)


def detect(scene: Scene) -> Exchanges:
    """Every object of a record with its label, one box each; with negatives, a sample of labels that are not there.

    Records without objects give nothing but the latter.
    """
    texts = Texts()
    keep, left_out = scene.capped(scene.row[scene.order], scene.order)
    objects = scene.order[keep]
    record = np.flatnonzero(scene.object_counts > 0)
    wordings, asks = scene.worded("detect", "ask", record)
    codes = np.array([texts.code(wording) for wording in wordings], np.int64)
    sizes = np.bincount(scene.row[objects], minlength=len(scene.ids))[record]
    positive = _listing(scene, "detect", texts, record, codes[asks], objects, sizes)
    positive.capped = left_out
    return joined(positive, _detect_absent(scene)) if scene.asking.negatives else positive


def _detect_absent(scene: Scene) -> Exchanges:
    """For each record the labels that are asked for in vain, an exchange a label."""
    numbers = scene.numbers("detect")
    there = _pairs(scene)
    present: list[set[str]] = [set() for _ in scene.ids]
    for row, name in zip(there.record.tolist(), there.name, strict=True):
        present[row].add(name)
    absent = _absent(scene, numbers, present)
    record = np.array([row for row, _ in absent], np.int64)
    salt = salt_of([name for _, name in absent])
    wordings, asks = scene.worded("detect", "ask_labels", record, salt)
    replies, nones = scene.worded("detect", "none", record, salt)
    texts = Texts()
    asked = [
        texts.code(wordings[ask].format(labels=name)) for ask, (_, name) in zip(asks.tolist(), absent, strict=True)
    ]
    answer = [texts.code(replies[none]) for none in nones.tolist()]
    made = dialogue("detect", scene.ids, texts.list, record, asked, answer)
    made.ids = [f"{name}-none" for name in made.ids]
    return made


def detect_labels(scene: Scene, record: int, groups: Sequence[Sequence[int]]) -> Exchanges:
    """The detection of one record in several samples, each asking for some labels only.

    `groups` are the label codes of each sample. For answers that are too long as one: every sample stays true.
    """
    wordings, which = scene.worded("detect", "ask_labels", np.array([record]))
    ask = wordings[int(which[0])]
    keep, _ = scene.capped(scene.row[scene.order], scene.order)
    mine = scene.order[keep & (scene.row[scene.order] == record)]
    chosen = [mine[np.isin(scene.label[mine], list(group))] for group in groups]
    texts = Texts()
    join = scene.asking.wordings.join
    asked = [texts.code(ask.format(labels=join.join(scene.names[code] for code in group))) for group in groups]
    rows_ = np.full(len(groups), record)
    sizes = np.array([len(objects) for objects in chosen], np.int64)
    made = _listing(scene, "detect", texts, rows_, np.array(asked, np.int64), np.concatenate(chosen), sizes)
    made.ids = [f"{name}-{part}" for part, name in enumerate(made.ids)]
    made.uses = made.objects
    return made


def _listing(scene: Scene, task: str, texts: Texts, record: Ints, asked: Ints, objects: Ints, sizes: Ints) -> Exchanges:
    """One exchange a sample: a question without a box, an answer of boxes."""
    nothing = np.full(len(record), NOTHING)
    return Exchanges(
        task=task,
        texts=texts.list,
        record=record,
        ids=[f"{scene.ids[row]}-{task}" for row in record.tolist()],
        sample=np.arange(len(record)),
        before=asked,
        box=nothing,
        after=nothing,
        answer=nothing,
        answer_counts=sizes,
        objects=objects,
        uses=objects,
        use_counts=sizes,
    )


@dataclass(slots=True)
class _Pairs:
    """(record, label) pairs: those that are there, in the order of their first object, then those asked in vain.

    `objects` are the objects of the pairs that are there, `sizes` how many each has (0 for the absent).
    """

    record: Ints
    name: list[str]
    objects: Ints
    sizes: Ints


def _pairs(scene: Scene) -> _Pairs:
    order = scene.order
    key = (scene.row[order] << 32) | scene.label[order]
    found, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    rank_to_pair = np.argsort(first)
    rank = np.empty(len(found), np.int64)
    rank[rank_to_pair] = np.arange(len(found))
    by_pair = np.argsort(rank[inverse], kind="stable")
    pair_key = found[rank_to_pair]
    record, label = pair_key >> 32, pair_key & 0xFFFFFFFF
    return _Pairs(
        record,
        [scene.names[code] for code in label.tolist()],
        order[by_pair],
        np.bincount(rank[inverse], minlength=len(found)),
    )


def _absent(scene: Scene, numbers: Ints, present: list[set[str]]) -> list[tuple[int, str]]:
    """(record, label) of what is asked for in vain."""
    return [(row, name) for row in range(len(scene.ids)) for name in scene.absent(row, int(numbers[row]), present[row])]


def _asked_pairs(scene: Scene, numbers: Ints) -> _Pairs:
    """The pairs and, with negatives, after those of each record the labels that are not in it."""
    pairs = _pairs(scene)
    if not scene.asking.negatives:
        return pairs
    present: list[set[str]] = [set() for _ in scene.ids]
    for row, name in zip(pairs.record.tolist(), pairs.name, strict=True):
        present[row].add(name)
    absent = _absent(scene, numbers, present)
    record = np.concatenate([pairs.record, np.array([row for row, _ in absent], np.int64)])
    names = pairs.name + [name for _, name in absent]
    sizes = np.concatenate([pairs.sizes, np.zeros(len(absent), np.int64)])
    order = np.argsort(record, kind="stable")
    return _Pairs(record[order], [names[at] for at in order.tolist()], pairs.objects, sizes[order])


def ground(scene: Scene) -> Exchanges:
    """For each label of a record, where its objects are; one sample a record, one exchange a label."""
    pairs = _asked_pairs(scene, scene.numbers("ground"))
    salt = salt_of(pairs.name)
    wordings, asks = scene.worded("ground", "ask", pairs.record, salt)
    replies, nones = scene.worded("ground", "none", pairs.record, salt)
    texts = Texts()
    before = [texts.code(wordings[ask].format(label=name)) for ask, name in zip(asks.tolist(), pairs.name, strict=True)]
    answer = [
        NOTHING if size else texts.code(replies[none].format(label=name))
        for size, none, name in zip(pairs.sizes.tolist(), nones.tolist(), pairs.name, strict=True)
    ]
    of_pair = np.repeat(np.arange(len(pairs.record)), pairs.sizes)
    keep, left_out = scene.capped(of_pair, pairs.objects)
    objects, of_pair = pairs.objects[keep], of_pair[keep]
    sizes = np.bincount(of_pair, minlength=len(pairs.record)) if len(pairs.record) else pairs.sizes
    made = dialogue("ground", scene.ids, texts.list, pairs.record, before, answer, objects, sizes)
    made.label_once = True
    made.capped = left_out
    return made


def _countable(scene: Scene, pairs: _Pairs) -> _Pairs:
    """The pairs of which the labels give the whole number."""
    crowd = numbers_of(scene.batch, "objects", "crowd")
    if not crowd.any() and not scene.asking.hidden:
        return pairs
    of_pair = np.repeat(np.arange(len(pairs.record)), pairs.sizes)
    whole = np.bincount(of_pair, crowd[pairs.objects], minlength=len(pairs.record)) == 0
    for place, (row, name) in enumerate(zip(pairs.record.tolist(), pairs.name, strict=True)):
        whole[place] &= name not in scene.hidden(row)
    names = [name for name, keep in zip(pairs.name, whole.tolist(), strict=True) if keep]
    return _Pairs(pairs.record[whole], names, pairs.objects[whole[of_pair]], pairs.sizes[whole])


def count(scene: Scene) -> Exchanges:
    """For each label of a record, how many of it there are; one sample a record, one exchange a label.

    Nobody is asked to count what the labels do not tell one by one: crowds, and labels with an object left out.
    """
    pairs = _countable(scene, _asked_pairs(scene, scene.numbers("count")))
    salt = salt_of(pairs.name)
    wordings, asks = scene.worded("count", "ask", pairs.record, salt)
    answers, replies = scene.worded("count", "answer", pairs.record, salt)
    texts = Texts()
    before = [texts.code(wordings[ask].format(label=name)) for ask, name in zip(asks.tolist(), pairs.name, strict=True)]
    answer = [
        texts.code(answers[reply].format(count=size, label=name))
        for reply, size, name in zip(replies.tolist(), pairs.sizes.tolist(), pairs.name, strict=True)
    ]
    made = dialogue("count", scene.ids, texts.list, pairs.record, before, answer)
    made.uses, made.use_counts = pairs.objects, pairs.sizes
    return made


def refer(scene: Scene) -> Exchanges:
    """For each object of a record, what it is; one sample a record, one exchange an object."""
    keep, left_out = scene.capped(scene.row[scene.order], scene.order)
    objects = scene.order[keep]
    row = scene.row[objects]
    texts = Texts()
    turn = np.arange(len(objects)) - np.searchsorted(row, row)
    heads, tails = about_boxes(scene, "refer", row, turn, texts)
    answers, reply = scene.worded("refer", "answer", row, turn)
    answer = [
        texts.code(answers[which].format(label=scene.names[code]))
        for which, code in zip(reply.tolist(), scene.label[objects].tolist(), strict=True)
    ]
    made = dialogue("refer", scene.ids, texts.list, row, heads.tolist(), answer)
    made.box, made.after = objects, tails
    made.uses, made.use_counts = objects, np.ones(len(objects), np.int64)
    made.capped = left_out
    return made


def caption(scene: Scene) -> Exchanges:
    """For each caption of a record, one sample whose answer it is (outer white space aside)."""
    record = rows(scene.batch, "captions")
    said = [text.strip() for text in entries(scene.batch, "captions", "text").to_pylist()]
    which = np.arange(len(record)) - np.searchsorted(record, record)
    texts = Texts()
    wordings, ask = scene.worded("caption", "ask", record, which)
    many = counts(scene.batch, "captions")[record] > 1
    nothing = np.full(len(record), NOTHING)
    return Exchanges(
        task="caption",
        texts=texts.list,
        record=record,
        ids=[
            f"{scene.ids[row]}-caption" + (f"-{turn}" if several else "")
            for row, turn, several in zip(record.tolist(), which.tolist(), many.tolist(), strict=True)
        ],
        sample=np.arange(len(record)),
        before=np.array([texts.code(wordings[choice]) for choice in ask.tolist()], np.int64),
        box=nothing,
        after=nothing,
        answer=np.array([texts.code(text) for text in said], np.int64),
        answer_counts=np.zeros(len(record), np.int64),
        objects=_NONE,
        uses=item_starts(scene.batch)["captions"] + np.arange(len(record)),
        use_counts=np.ones(len(record), np.int64),
    )


MAKERS: dict[str, Callable[[Scene], Exchanges | Ready]] = {
    "detect": detect,
    "ground": ground,
    "refer": refer,
    "count": count,
    "caption": caption,
    "grounded": grounded,
    "compare": compare,
    "vqa": vqa,
    "phrase": phrase,
    "describe": describe,
    "read": read,
    "read-region": read_region,
    "locate": locate,
    "keypoints": keypoints,
    "chat": chat,
    "transcribe": transcribe,
    "hear": hear,
    "when": when,
}
"""Every task by name."""

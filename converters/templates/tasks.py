"""The tasks: detect, ground, refer, count, caption. Each makes exchanges of a scene; none knows a model's tags."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..table import counts, entries, item_starts, rows
from ..table import numbers as numbers_of
from .exchanges import NOTHING, Exchanges, Ready, dialogue, joined
from .scene import Scene, Texts, pick, salt_of
from .tasks_asked import chat, describe, phrase, vqa
from .tasks_text import locate, read, read_region

Ints = NDArray[np.int64]
_NONE = np.empty(0, np.int64)


def detect(scene: Scene) -> Exchanges:
    """Every object of a record with its label, one box each; with negatives, a sample of labels that are not there.

    Records without objects give nothing but the latter.
    """
    lists = scene.asking.wordings.lists["detect"]
    texts = Texts(lists["ask"])
    keep, left_out = scene.capped(scene.row[scene.order], scene.order)
    objects = scene.order[keep]
    record = np.flatnonzero(scene.object_counts > 0)
    codes = np.array([texts.code(wording) for wording in lists["ask"]], np.int64)
    number = scene.numbers("detect")[record]
    sizes = np.bincount(scene.row[objects], minlength=len(scene.ids))[record]
    positive = _listing(scene, "detect", texts, record, codes[pick(number, len(codes))], objects, sizes)
    positive.capped = left_out
    return joined(positive, _detect_absent(scene)) if scene.asking.negatives else positive


def _detect_absent(scene: Scene) -> Exchanges:
    """For each record the labels that are asked for in vain, an exchange a label."""
    lists = scene.asking.wordings.lists["detect"]
    numbers = scene.numbers("detect")
    there = _pairs(scene)
    present: list[set[str]] = [set() for _ in scene.ids]
    for row, name in zip(there.record.tolist(), there.name, strict=True):
        present[row].add(name)
    absent = _absent(scene, numbers, present)
    record = np.array([row for row, _ in absent], np.int64)
    salt = salt_of([name for _, name in absent])
    asks = pick(numbers[record], len(lists["ask_labels"]), salt).tolist()
    nones = pick(numbers[record], len(lists["none"]), salt).tolist()
    texts = Texts()
    asked = [
        texts.code(lists["ask_labels"][ask].format(labels=name)) for ask, (_, name) in zip(asks, absent, strict=True)
    ]
    answer = [texts.code(lists["none"][none]) for none in nones]
    made = dialogue("detect", scene.ids, texts.list, record, asked, answer)
    made.ids = [f"{name}-none" for name in made.ids]
    return made


def detect_labels(scene: Scene, record: int, groups: Sequence[Sequence[int]]) -> Exchanges:
    """The detection of one record in several samples, each asking for some labels only.

    `groups` are the label codes of each sample. For answers that are too long as one: every sample stays true.
    """
    lists = scene.asking.wordings.lists["detect"]
    number = scene.numbers("detect")[[record]]
    ask = lists["ask_labels"][int(pick(number, len(lists["ask_labels"]))[0])]
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
    lists = scene.asking.wordings.lists["ground"]
    numbers = scene.numbers("ground")
    pairs = _asked_pairs(scene, numbers)
    asks = pick(numbers[pairs.record], len(lists["ask"]), salt_of(pairs.name)).tolist()
    nones = pick(numbers[pairs.record], len(lists["none"]), salt_of(pairs.name)).tolist()
    texts = Texts()
    before = [texts.code(lists["ask"][ask].format(label=name)) for ask, name in zip(asks, pairs.name, strict=True)]
    answer = [
        NOTHING if size else texts.code(lists["none"][none].format(label=name))
        for size, none, name in zip(pairs.sizes.tolist(), nones, pairs.name, strict=True)
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
    lists = scene.asking.wordings.lists["count"]
    numbers = scene.numbers("count")
    pairs = _countable(scene, _asked_pairs(scene, numbers))
    asks = pick(numbers[pairs.record], len(lists["ask"]), salt_of(pairs.name)).tolist()
    replies = pick(numbers[pairs.record], len(lists["answer"]), salt_of(pairs.name)).tolist()
    texts = Texts()
    before = [texts.code(lists["ask"][ask].format(label=name)) for ask, name in zip(asks, pairs.name, strict=True)]
    answer = [
        texts.code(lists["answer"][reply].format(count=size, label=name))
        for reply, size, name in zip(replies, pairs.sizes.tolist(), pairs.name, strict=True)
    ]
    made = dialogue("count", scene.ids, texts.list, pairs.record, before, answer)
    made.uses, made.use_counts = pairs.objects, pairs.sizes
    return made


def refer(scene: Scene) -> Exchanges:
    """For each object of a record, what it is; one sample a record, one exchange an object."""
    lists = scene.asking.wordings.lists["refer"]
    numbers = scene.numbers("refer")
    keep, left_out = scene.capped(scene.row[scene.order], scene.order)
    objects = scene.order[keep]
    row = scene.row[objects]
    texts = Texts()
    halves = [wording.split("{box}") for wording in lists["ask"]]
    heads = np.array([texts.code(head) if head else NOTHING for head, _ in halves], np.int64)
    tails = np.array([texts.code(tail) if tail else NOTHING for _, tail in halves], np.int64)
    turn = np.arange(len(objects)) - np.searchsorted(row, row)
    ask = pick(numbers[row], len(halves), turn)
    reply = pick(numbers[row], len(lists["answer"]), turn).tolist()
    answer = [
        texts.code(lists["answer"][which].format(label=scene.names[code]))
        for which, code in zip(reply, scene.label[objects].tolist(), strict=True)
    ]
    made = dialogue("refer", scene.ids, texts.list, row, heads[ask].tolist(), answer)
    made.box, made.after = objects, tails[ask]
    made.uses, made.use_counts = objects, np.ones(len(objects), np.int64)
    made.capped = left_out
    return made


def caption(scene: Scene) -> Exchanges:
    """For each caption of a record, one sample whose answer it is (outer white space aside)."""
    wordings = scene.asking.wordings.lists["caption"]["ask"]
    record = rows(scene.batch, "captions")
    said = [text.strip() for text in entries(scene.batch, "captions", "text").to_pylist()]
    which = np.arange(len(record)) - np.searchsorted(record, record)
    texts = Texts()
    ask = pick(scene.numbers("caption")[record], len(wordings), which).tolist()
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
        before=np.array([texts.code(wordings[choice]) for choice in ask], np.int64),
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
    "vqa": vqa,
    "phrase": phrase,
    "describe": describe,
    "read": read,
    "read-region": read_region,
    "locate": locate,
    "chat": chat,
}
"""Every task by name."""

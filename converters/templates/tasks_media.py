"""The tasks about films and sounds: transcribe, hear, when. None knows a model's tags.

What is in a film or sound for some time is an object with `start` and `end` in seconds. Seconds are said with two
digits after the point at most. A record with several films or sounds gives nothing (AN022): no question would tell
which is meant.
"""

from collections.abc import Iterable
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ..table import counts, entries
from .exchanges import Exchanges, dialogue
from .scene import Scene, Texts, pick, salt_of

Ints = NDArray[np.int64]

TOUCHING = 0.05
"""Seconds: spans of one label no further apart than a frame are one, as the key frames of a track are."""


def transcribe(scene: Scene) -> Exchanges:
    """All that is said in a film or sound, a line an object in the order of time; one sample a record."""
    spans = _Spans(scene, needs_text=True)
    lists = scene.asking.wordings.lists["transcribe"]
    record, first = np.unique(scene.row[spans.objects], return_index=True)
    sizes = np.diff(np.append(first, len(spans.objects)))
    texts = Texts()
    which = pick(scene.numbers("transcribe")[record], len(lists["ask"])).tolist()
    before = [texts.code(lists["ask"][ask]) for ask in which]
    lines = iter([spans.said[at] for at in spans.objects.tolist()])
    answer = [texts.code("\n".join(next(lines) for _ in range(size))) for size in sizes.tolist()]
    made = dialogue("transcribe", scene.ids, texts.list, record, before, answer)
    made.uses, made.use_counts, made.unfit = spans.objects, sizes, spans.unfit
    return made


def hear(scene: Scene) -> Exchanges:
    """For each span with a text, what is said there; one sample a record, one exchange a span."""
    spans = _Spans(scene, needs_text=True)
    lists, row = scene.asking.wordings.lists["hear"], scene.row[spans.objects]
    texts = Texts()
    turn = np.arange(len(row)) - np.searchsorted(row, row)
    asks = pick(scene.numbers("hear")[row], len(lists["ask"]), turn).tolist()
    objects = spans.objects.tolist()
    before = [
        texts.code(lists["ask"][ask].format(start=seconds(spans.start[at]), end=seconds(spans.end[at])))
        for ask, at in zip(asks, objects, strict=True)
    ]
    made = dialogue("hear", scene.ids, texts.list, row, before, [texts.code(spans.said[at]) for at in objects])
    made.uses, made.use_counts, made.unfit = spans.objects, np.ones(len(objects), np.int64), spans.unfit
    return made


def when(scene: Scene) -> Exchanges:
    """For each label in a film or sound, from when to when it is there; one sample a record, one exchange a label."""
    spans = _Spans(scene, needs_text=False)
    lists = scene.asking.wordings.lists["when"]
    labels: dict[tuple[int, str], list[int]] = {}
    for at in spans.objects.tolist():
        labels.setdefault((int(scene.row[at]), scene.names[int(scene.label[at])]), []).append(at)
    pairs = sorted(labels, key=lambda pair: pair[0])
    record, names = np.array([row for row, _ in pairs], np.int64), [name for _, name in pairs]
    texts, join = Texts(), scene.asking.wordings.join
    numbers, salt = scene.numbers("when")[record], salt_of(names)
    asks, replies = (pick(numbers, len(lists[each]), salt).tolist() for each in ("ask", "answer"))
    before = [texts.code(lists["ask"][ask].format(label=name)) for ask, name in zip(asks, names, strict=True)]
    answer: list[int] = []
    for pair, reply in zip(pairs, replies, strict=True):
        told = _merged((spans.start[at], spans.end[at]) for at in labels[pair])
        wording = lists["answer"][reply]
        answer.append(texts.code(join.join(wording.format(start=seconds(a), end=seconds(b)) for a, b in told)))
    made = dialogue("when", scene.ids, texts.list, record, before, answer)
    made.uses = np.array([at for pair in pairs for at in labels[pair]], np.int64)
    made.use_counts = np.array([len(labels[pair]) for pair in pairs], np.int64)
    made.unfit = spans.unfit
    return made


class _Spans:
    """The objects of a scene that are in a film or sound for some time, record by record in the order of time.

    `start`, `end` and `said` are of all objects; `unfit` are those that cannot be spoken of, each with its rule.
    """

    def __init__(self, scene: Scene, *, needs_text: bool) -> None:
        self.start: list[float | None] = entries(scene.batch, "objects", "start").to_pylist()
        self.end: list[float | None] = entries(scene.batch, "objects", "end").to_pylist()
        self.said = [(text or "").strip() for text in entries(scene.batch, "objects", "text").to_pylist()]
        self.unfit: dict[int, tuple[str, str]] = {}
        several = counts(scene.batch, "media") > 1
        chosen: list[int] = []
        for at, row in enumerate(scene.row.tolist()):
            if fault := self._fault(at, several=bool(several[row]), needs_text=needs_text):
                self.unfit[at] = ("AN022", fault)
            else:
                chosen.append(at)
        order = sorted(chosen, key=lambda at: (scene.row[at], self.start[at], self.end[at]))
        self.objects: Ints = np.array(order, np.int64)

    def _fault(self, at: int, *, several: bool, needs_text: bool) -> str | None:
        if self.start[at] is None or self.end[at] is None:
            return "it is in a picture, at no time"
        if several:
            return "the record has several films, sounds or pictures"
        return "nobody says what is said there" if needs_text and not self.said[at] else None


def _merged(spans: Iterable[tuple[float | None, float | None]]) -> list[tuple[float, float]]:
    """The spans in order, those that touch as one."""
    made: list[tuple[float, float]] = []
    for start, end in sorted((start or 0.0, end or 0.0) for start, end in spans):
        if made and start <= made[-1][1] + TOUCHING:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made


def seconds(time: float | None) -> str:
    """A time as it is said: 1.5, 3, 0.04."""
    shown = f"{time:.2f}" if time is not None and isfinite(time) else "0"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown

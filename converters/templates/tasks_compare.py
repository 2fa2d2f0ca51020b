"""The task compare: pictures of one record against each other, called Picture 1, Picture 2 … in the order shown.

Each picture is compared with the next one of its record. What is asked is what the labels answer: which of the two
shows more of a label, and what is in one and not in the other. Which of the two is named first follows from the hash
of the record. Nobody is asked about what the labels do not tell whole: crowds, and labels of objects left out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..table import numbers
from .exchanges import Exchanges, dialogue
from .scene import Scene, Texts, pick, salt_of

Ints = NDArray[np.int64]


class _Pair(NamedTuple):
    """Two pictures of a record, by number from 0, and the objects of each by label."""

    record: int
    first: int
    second: int
    of_first: dict[str, list[int]]
    of_second: dict[str, list[int]]
    unsure: frozenset[str]


class _Question(NamedTuple):
    """One exchange: its wordings' lists and slots, the objects that it is about."""

    record: int
    ask: str
    answer: str
    slots: Mapping[str, object]
    uses: list[int]


def compare(scene: Scene) -> Exchanges:
    """For each two neighbouring pictures of a record what differs; one sample a record, several exchanges a pair.

    A record with fewer than two pictures, or without objects, gives nothing.
    """
    asked = [question for pair in _pairs(scene) for question in _questions(scene, pair)]
    record = np.array([each.record for each in asked], np.int64)
    salt = salt_of([f"{each.ask}:{each.slots}" for each in asked])
    texts = Texts()
    before = _said(scene, [each.ask for each in asked], asked, salt, texts)
    answer = _said(scene, [each.answer for each in asked], asked, salt, texts)
    made = dialogue("compare", scene.ids, texts.list, record, before, answer)
    made.uses = np.array([use for each in asked for use in each.uses], np.int64)
    made.use_counts = np.array([len(each.uses) for each in asked], np.int64)
    return made


def _said(scene: Scene, names: list[str], asked: list[_Question], salt: Ints, texts: Texts) -> list[int]:
    record = np.array([each.record for each in asked], np.int64)
    of = {name: scene.worded("compare", name, record, salt) for name in set(names)}
    return [
        texts.code(of[name][0][of[name][1][at]].format(**each.slots))
        for at, (name, each) in enumerate(zip(names, asked, strict=True))
    ]


def _pairs(scene: Scene) -> Iterator[_Pair]:
    media = numbers(scene.batch, "objects", "media").tolist()
    crowd = numbers(scene.batch, "objects", "crowd").tolist()
    held: dict[int, dict[int, dict[str, list[int]]]] = {}
    unsure: dict[int, set[str]] = {}
    row = scene.row.tolist()
    for thing in scene.order.tolist():
        name = scene.names[scene.label[thing]]
        held.setdefault(row[thing], {}).setdefault(media[thing], {}).setdefault(name, []).append(thing)
        if crowd[thing]:
            unsure.setdefault(row[thing], set()).add(name)
    turned = pick(scene.numbers("compare"), 2).tolist()
    for record, pages in held.items():
        out = scene.hidden(record) | unsure.get(record, set())
        for page in range(int(scene.pages[record]) - 1):
            first, second = (page + 1, page) if turned[record] else (page, page + 1)
            yield _Pair(record, first, second, pages.get(first, {}), pages.get(second, {}), frozenset(out))


def _questions(scene: Scene, pair: _Pair) -> Iterator[_Question]:
    numbers_ = {"first": pair.first + 1, "second": pair.second + 1}
    many = Counter({name: len(things) for name, things in pair.of_first.items()})
    other = Counter({name: len(things) for name, things in pair.of_second.items()})
    for name in dict.fromkeys([*pair.of_first, *pair.of_second]):
        if name not in pair.unsure:
            uses = [*pair.of_first.get(name, []), *pair.of_second.get(name, [])]
            more = pair.first if many[name] > other[name] else pair.second
            slots = {"label": name, "page": more + 1, "count": many[name], **numbers_}
            yield _Question(pair.record, "ask_more", "same" if many[name] == other[name] else "more", slots, uses)
    if (pair.of_first or pair.of_second) and not scene.hidden(pair.record):
        only = [name for name in pair.of_first if name not in pair.of_second]
        slots = {"labels": scene.asking.wordings.join.join(only), **numbers_}
        uses = [thing for name in only for thing in pair.of_first[name]]
        yield _Question(pair.record, "ask_only", "only" if only else "none", slots, uses)

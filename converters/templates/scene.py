"""A batch of records prepared for asking: objects in their stated order, labels, a stable number for every record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..table import boxes, counts, entries, picture_of_object, rows, starts
from .wordings import FILM, SOUND, Wordings

Ints = NDArray[np.int64]
Order = Literal["reading", "largest", "category"]
Answers = Literal["majority", "first", "sampled", "all"]


@dataclass(frozen=True)
class Asking:
    """How questions are made, whatever the task.

    `order` is that of the objects in an answer; `max_objects` caps an answer (0 = no cap) and keeps the largest;
    `negatives` is how many labels that are not there are asked for, a record; `vocabulary` are all labels of the data;
    `texts` is what is written in it, as `absent_texts.WrittenTexts` keeps and sorts it.
    `hidden` are the labels of objects that were left out, by the record's id: nobody may be told that there are none
    of them, nor how many. `answers` is which of several answers to a question is given; sampled: one of them, each as
    likely as it has votes.
    """

    wordings: Wordings
    order: Order = "reading"
    max_objects: int = 0
    negatives: int = 0
    seed: int = 0
    vocabulary: Sequence[str] = ()
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    answers: Answers = "majority"
    texts: Sequence[str] = ()


class Scene:
    """One annotation batch: per object its `row` and `label`, `order` (all objects, record by record).

    `label` is a code of `names`, one for each name, whatever the batch's own dictionary holds twice.
    """

    def __init__(self, batch: pa.RecordBatch, asking: Asking) -> None:
        self.batch = batch
        self.asking = asking
        self.ids: list[str] = batch.column("id").to_pylist()
        self.row = rows(batch, "objects")
        self.object_counts = counts(batch, "objects")
        self.pages = counts(batch, "media")
        labels = entries(batch, "objects", "label")
        self.names: list[str] = labels.dictionary.to_pylist()
        self.label = _one_code_a_name(self.names)[labels.indices.to_numpy()]
        self.order = self._order()

    def _order(self) -> Ints:
        """Objects by record, then as stated; what stands equal stays in the order of the data.

        reading: picture by picture, top edge first, then left edge, both to 1/64 px; largest: by area, falling, then
        as in reading; category: by label in the order of the alphabet (of code points, the same whatever other
        labels the data has), then as in reading.
        """
        corners = boxes(self.batch)
        reading = _reading_key(picture_of_object(self.batch), corners)
        if self.asking.order == "reading":
            return np.argsort(reading, kind="stable")
        if self.asking.order == "category":
            rank = np.empty(len(self.names), np.int64)
            rank[sorted(range(len(self.names)), key=self.names.__getitem__)] = np.arange(len(self.names))
            return np.asarray(np.lexsort((reading, rank[self.label], self.row)))
        area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
        return np.asarray(np.lexsort((reading, -area, self.row)))

    def numbers(self, task: str) -> Ints:
        """A number for each record that depends on its id, the task and the seed alone: the same in every run."""
        head = crc32(f"{self.asking.seed}:{task}:".encode())
        return np.fromiter((crc32(name.encode(), head) for name in self.ids), np.int64, len(self.ids))

    def worded(self, task: str, name: str, record: Ints, salt: Ints | int = 0) -> tuple[tuple[str, ...], Ints]:
        """The wordings of a list, and for each of `record` the number of its own.

        Several pictures have theirs in the list `name_pages`, a film in `name_film`, a sound in `name_sound`; without
        such a list the one for a picture serves.
        """
        lists, numbers = self.asking.wordings.lists[task], self.numbers(task)[record]
        alone, together = lists[name], lists.get(f"{name}_pages", ())
        chosen = pick(numbers, len(alone), salt)
        if together:
            chosen = np.where(self.pages[record] > 1, len(alone) + pick(numbers, len(together), salt), chosen)
        words = (*alone, *together)
        for suffix, kind in ((FILM, "video"), (SOUND, "audio")):
            if (own := lists.get(f"{name}{suffix}", ())) and (shown := self.shows(kind)[record]).any():
                chosen = np.where(shown, len(words) + pick(numbers, len(own), salt), chosen)
                words = (*words, *own)
        return words, chosen

    def shows(self, kind: str) -> NDArray[np.bool_]:
        """For each record whether the first of its media is of that kind: image, video or audio."""
        kinds = entries(self.batch, "media", "kind")
        found = np.zeros(len(self.ids), np.bool_)
        names = kinds.dictionary.to_pylist()
        if kind in names:
            there = np.flatnonzero(self.pages)
            first = starts(self.batch, "media")[:-1][there]
            found[there] = kinds.indices.to_numpy()[first] == names.index(kind)
        return found

    def capped(self, key: Ints, ordered: Ints) -> tuple[NDArray[np.bool_], Ints]:
        """Which of `ordered` (objects, answers told apart by the ascending `key`) stay under the cap; and the others.

        The largest stay.
        """
        limit = self.asking.max_objects
        keep: NDArray[np.bool_] = np.ones(len(ordered), np.bool_)
        if limit and len(ordered):
            corners = boxes(self.batch)[ordered]
            area = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
            by_area = np.lexsort((-area, key))
            first = np.searchsorted(key, key)
            rank = np.empty(len(ordered), np.int64)
            rank[by_area] = np.arange(len(ordered)) - first[by_area]
            keep = rank < limit
        return keep, ordered[~keep]

    def absent(self, record: int, number: int, present: set[str]) -> list[str]:
        """Labels that are not in a record, chosen by its number: as many as are asked for and there are."""
        known = present | self.hidden(record)
        others = [name for name in self.asking.vocabulary if name not in known]
        ranked = sorted(others, key=lambda name: crc32(name.encode(), number & 0xFFFFFFFF))
        return ranked[: self.asking.negatives]

    def hidden(self, record: int) -> frozenset[str]:
        """Labels of which the record has objects that were left out."""
        return self.asking.hidden.get(self.ids[record], frozenset())


def _one_code_a_name(names: Sequence[str]) -> Ints:
    """For each code the first code that has its name."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(name, code) for code, name in enumerate(names)], np.int64)


def _reading_key(medium: Ints, corners: NDArray[np.float64]) -> Ints:
    """One number an object that sorts as picture, top, left: one sort of integers is three times as fast as three.

    22 bits for each edge: 1/64 px, up to 65 535 px; beyond that boxes stand equal. 19 bits for the picture.
    """
    edges = np.clip(corners[:, :2] * 64, 0, 2**22 - 1).astype(np.int64)
    return np.asarray((medium << 44) | (edges[:, 1] << 22) | edges[:, 0])


class Texts:
    """Texts by number, each once."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.list: list[str] = []
        self.codes: dict[str, int] = {}
        for text in texts:
            self.code(text)

    def code(self, text: str) -> int:
        """The number of a text."""
        found = self.codes.setdefault(text, len(self.list))
        if found == len(self.list):
            self.list.append(text)
        return found


NOTHING = -1
"""The code of a text that is not there."""


def about_boxes(scene: Scene, task: str, record: Ints, turn: Ints, texts: Texts) -> tuple[Ints, Ints]:
    """What stands before and behind the box in each question about one: codes of `texts`, or NOTHING."""
    wordings, ask = scene.worded(task, "ask", record, turn)
    halves = [wording.split("{box}") for wording in wordings]
    heads = np.array([texts.code(head) if head else NOTHING for head, _ in halves], np.int64)
    tails = np.array([texts.code(tail) if tail else NOTHING for _, tail in halves], np.int64)
    return heads[ask], tails[ask]


def pick(number: Ints, choices: Ints | int, salt: Ints | int = 0) -> Ints:
    """One of `choices` for each number; `salt` tells the exchanges of one sample apart."""
    mixed = (number ^ salt) * 0x9E3779B1 & 0xFFFFFFFF
    return np.asarray((mixed >> 15) % choices)


def salt_of(names: Sequence[str]) -> Ints:
    """A stable number for each label."""
    return np.fromiter((crc32(name.encode()) for name in names), np.int64, len(names))

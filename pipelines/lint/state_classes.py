"""Classes of a run: how many things of each there are, in which split, where the first stands, and where boxes lie."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from .chats import Chats
from .hits import Ints
from .labels import Labels
from .settings import Settings
from .state_seen import Seen

CELLS = 10
"""Cells of a side of the map of where the centres of boxes lie."""

_SIDE = {"thousandths": 1000.0, "hundredths": 100.0, "shares": 1.0}


class ClassesSeen(Seen):
    """Counts of classes by split: `counts[split][class]`. Memory goes with the number of classes, not of things."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.counts: dict[int, Counter[str]] = {}
        self.first: dict[str, tuple[str, str]] = {}
        self.rows: Counter[int] = Counter()
        self.centres = np.zeros((CELLS, CELLS), np.int64)

    def see_labels(self, labels: Labels) -> None:
        """The objects of a batch of labels."""
        splits = np.array(self.split_numbers(labels), np.int64)
        self.rows.update(dict(zip(*(part.tolist() for part in np.unique(splits, return_counts=True)), strict=True)))
        names, of_object = labels.label_names, splits[labels.record]
        for split in np.unique(of_object).tolist():
            mine = of_object == split
            counted = np.bincount(labels.labels[mine], minlength=len(names))
            used = np.flatnonzero(counted)
            held = self.counts.setdefault(split, Counter())
            held.update({names[code]: int(counted[code]) for code in used.tolist()})
            self._remember_first(labels, np.flatnonzero(mine), split)
        self._centre(labels.boxes / np.tile(np.where(labels.sizes > 0, labels.sizes, np.nan), 2))

    def _remember_first(self, labels: Labels, objects: Ints, split: int) -> None:
        codes, first = np.unique(labels.labels[objects], return_index=True)
        new = [(int(code), int(at)) for code, at in zip(codes, first, strict=True)]
        new = [(code, at) for code, at in new if labels.label_names[code] not in self.first]
        if new and not self.is_against(split):
            places = labels.places("objects", [int(objects[at]) for _, at in new])
            self.first |= {labels.label_names[code]: place for (code, _), place in zip(new, places, strict=True)}

    def see_chats(self, chats: Chats) -> None:
        """The boxes of answers in a batch of rows, by the words before them."""
        if not chats.rows:
            return
        split = self.split_numbers(chats)[0]
        self.rows[split] += len(chats.rows)
        held, numbers = self.counts.setdefault(split, Counter()), list[tuple[float, ...]]()
        for _, text, spot in chats.boxes():
            if text >= 0 and chats.texts[text].role != "assistant":
                continue
            if spot.label:
                held[spot.label] += 1
                if spot.label not in self.first and not self.is_against(split):
                    self.first[spot.label] = (chats.file, chats.texts[text].at if text >= 0 else "")
            if len(spot.numbers) == 4:
                numbers.append(spot.numbers)
        if numbers and chats.grammar.frame in _SIDE:
            self._centre(np.array(numbers, np.float64) / _SIDE[chats.grammar.frame])

    def _centre(self, shares: NDArray[np.float64]) -> None:
        """Boxes as shares of their pictures' sides onto the map."""
        centres = (shares[:, :2] + shares[:, 2:]) / 2
        centres = centres[np.isfinite(centres).all(axis=1)]
        cells = np.clip(np.floor(centres * CELLS), 0, CELLS - 1).astype(np.int64)
        np.add.at(self.centres, (cells[:, 1], cells[:, 0]), 1)

    @property
    def total(self) -> Counter[str]:
        """How many things of each class there are in all splits of the data."""
        whole: Counter[str] = Counter()
        for split, counts in self.counts.items():
            if not self.is_against(split):
                whole.update(counts)
        return whole

    def compared(self) -> list[tuple[int, int]]:
        """Pairs of splits that are told apart: the largest of its source, and each smaller one."""
        held = [split for split in self.counts if self.counts[split].total()]
        held.sort(key=lambda split: (-self.rows[split], self.splits[split]))
        pairs: list[tuple[int, int]] = []
        for at, split in enumerate(held):
            larger = [other for other in held[:at] if self.differ(other, split)]
            pairs += [(larger[0], split)] if larger else []
        return pairs

    def first_of(self, label: str) -> tuple[str, str]:
        """Where the first thing of a class stands; any place for one that only `--against` has."""
        return self.first.get(label) or next(iter(self.first.values()), ("", ""))

"""A group of pictures torn apart by the split.

What
    Records that the labels call one group, or frames of one film by their names (`clip3_frame_0120.jpg`,
    `clip3/frame_0121.jpg`), in two splits.

Why it hurts training
    Frames of one film are nearly one picture: the test was trained on.

Example
    `garden_frame_0001.jpg` in `train` and `garden_frame_0002.jpg` in `val`.

Instead
    Split by group: `mmdata convert --split` keeps together what a source calls a group.

Fix safety
    None: which split it belongs to is for a person to say.

Sources
    Few-shot and video sets' own advice to split by clip; scikit-learn's GroupKFold says why.

"""

import re
from collections.abc import Iterator

import numpy as np

from ..chats import Chats
from ..hits import Located
from ..labels import Labels
from ..settings import Settings
from ..state import Keyed, Spooled, keys_of
from ..state_seen import Seen

_FRAME = re.compile(r"^(.*?)(?:^|[/_.\-])(?:frame|img_frame|f)[_\-]?\d+\.\w+$", re.IGNORECASE)
ROW, SPLIT, NAME = 1, 2, 3


class _Groups(Seen):
    """Groups by their hash: the row, its split, the name."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.groups = Keyed(3)
        self.names = Spooled()

    def see_labels(self, labels: Labels) -> None:
        """The groups of records, or those that the names of their first pictures tell."""
        said: list[str | None] = labels.batch.column("group").to_pylist()
        self._see(labels, [name if name is None else f"group {name}" for name in said])

    def see_chats(self, chats: Chats) -> None:
        """The films that the names of pictures tell."""
        self._see(chats, [None] * len(chats.rows))

    def _see(self, view: Labels | Chats, said: list[str | None]) -> None:
        for record, name in zip(view.media.record.tolist(), view.media.names, strict=True):
            if said[record] is None and (found := _FRAME.match(name)) and found[1].strip("/._-"):
                said[record] = f"film {found[1]}"
        held = [row for row, name in enumerate(said) if name is not None]
        if held:
            rows, splits = self.number(view)[held], np.array(self.split_numbers(view), np.int64)[held]
            names = [str(said[row]) for row in held]
            self.groups.add(keys_of(names), rows, splits, self.names.add(names))

    def finish(self) -> Iterator[Located]:
        """A finding at the first row of a group in every split after the first."""
        for rows in self.groups.groups():
            starts = np.sort(np.unique(rows[:, SPLIT], return_index=True)[1])
            first, *others = sorted(rows[starts].tolist(), key=lambda each: self.rank(each[SPLIT]))
            for each in others:
                if self.differ(first[SPLIT], each[SPLIT]):
                    file, at = self.place(each[ROW])
                    name = self.names[each[NAME]]
                    where = f"{self.name(first[SPLIT])}: {self.at(first[ROW])}"
                    yield Located(file, at, name, f"{name} is in {self.name(each[SPLIT])} and in {where}")


def start(settings: Settings) -> _Groups:
    """No groups yet."""
    return _Groups(settings)

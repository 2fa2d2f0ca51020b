"""The pictures of a run: by path, by bytes, by what the labels say of each.

Sizes are asked first; only files of one size are read, and those only as far as they agree (`pipelines.dedup.exact`).
"""

from collections.abc import Collection, Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...converters import table
from ...converters.pictures.header import PictureFacts
from ..dedup.exact import duplicates
from .chats import Chats
from .hits import Ints
from .labels import Labels
from .media import Media
from .settings import Settings
from .state import Keyed, Spooled, key_of, keys_of, mixed
from .state_seen import Seen

KEY, ROW, SPLIT, NAME, SIZE, SAID = range(6)
"""Columns of what is known of one picture in one row; SIZE in bytes, -1 where the file was not looked at."""


class Picture(NamedTuple):
    """One picture: its name or path, the row that shows it, its split's number, a hash of what labels say (0 none)."""

    name: str
    row: int
    split: int
    said: int


def shown(picture: Picture) -> str:
    """A picture in a message: its name and the folder around it, which is enough to know it by."""
    return "/".join(PurePath(picture.name).parts[-2:])


class PicturesSeen(Seen):
    """Every picture of every row. Those that were not found count by name, in data sets of ours alone: names in two
    files of labels may mean two pictures.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.names = Spooled()
        self._shown = Keyed(5)

    def see_labels(self, labels: Labels) -> None:
        """The pictures of a batch of labels that were found."""
        if len(labels.media) and labels.media.pictures is not None:
            self._see(labels, labels.media, _said(labels))

    def see_chats(self, chats: Chats) -> None:
        """The pictures of a batch of rows."""
        self._see(chats, chats.media, np.zeros(len(chats.rows), np.int64))

    def _see(self, view: Labels | Chats, media: Media, said: Ints) -> None:
        found = media.found if media.pictures is not None else [None] * len(media)
        facts = media.facts if media.pictures is not None else found
        by_name = isinstance(view, Chats)
        chosen = [
            at
            for at, path in enumerate(found)
            if at not in media.others and (isinstance(path, Path) or (by_name and path is None))
        ]
        if not chosen:
            return
        rows, splits = self.number(view), np.array(self.split_numbers(view), np.int64)
        names = [str(found[at] or media.names[at]) for at in chosen]
        sizes = [fact.bytes if isinstance(fact := facts[at], PictureFacts) else -1 for at in chosen]
        record = media.record[chosen]
        self._shown.add(
            keys_of(names), rows[record], splits[record], self.names.add(names), np.array(sizes, np.int64), said[record]
        )

    def picture(self, row: Ints) -> Picture:
        """One row of the table of pictures in words."""
        return Picture(self.names[int(row[NAME])], int(row[ROW]), int(row[SPLIT]), int(row[SAID]))

    def shared(self) -> list[list[Picture]]:
        """Pictures that rows of several splits show: one picture a split, the first."""
        found: list[list[Picture]] = []
        for group in self._shown.groups():
            if (group[:, SPLIT] != group[0, SPLIT]).any():
                first = np.unique(group[:, SPLIT], return_index=True)[1]
                found.append([self.picture(group[at]) for at in np.sort(first)])
        return sorted(found, key=lambda group: group[0].row)

    def labelled_again(self, families: Collection[str]) -> list[list[Picture]]:
        """Pictures that have boxes in several rows of those sources, each group in the order of its rows."""
        splits = [at for at, family in enumerate(self.families) if family in families and not self.is_against(at)]
        if not splits:
            return []
        groups = [group[(group[:, SAID] != 0) & np.isin(group[:, SPLIT], splits)] for group in self._shown.groups()]
        several = [group[np.argsort(group[:, ROW], kind="stable")] for group in groups if len(group) > 1]
        several.sort(key=lambda group: int(group[0, ROW]))
        return [[self.picture(row) for row in group] for group in several]

    def different(self) -> Iterator[Ints]:
        """The pictures that are different files, the first row of each, in parts of the table."""
        for rows in self._shown.buckets():
            yield rows[np.diff(rows[:, KEY], prepend=~rows[0, KEY]) != 0]

    @cached_property
    def copies(self) -> list[list[Picture]]:
        """Different files whose bytes are the same, each group in the order of its rows."""
        by_size = Keyed(5)
        for rows in self.different():
            known = rows[rows[:, SIZE] > 0]
            by_size.add(known[:, SIZE], *known[:, 1:].T)
        groups: list[list[Picture]] = []
        for group in by_size.groups():
            alike = [self.picture(row) for row in group[np.argsort(group[:, ROW], kind="stable")]]
            first = duplicates([Path(each.name) for each in alike])
            for leader in np.flatnonzero(np.bincount(first) > 1).tolist():
                groups.append([each for each, of in zip(alike, first.tolist(), strict=True) if of == leader])
        return sorted(groups, key=lambda group: group[0].row)

    def hashes(self) -> Iterator[tuple[str, Picture]]:
        """The sha256 of every picture that could be read, in hex."""
        for rows in self.different():
            for row in rows[rows[:, SIZE] > 0]:
                picture = self.picture(row)
                with Path(picture.name).open("rb") as file:
                    digest = sha256()
                    while block := file.read(1 << 20):
                        digest.update(block)
                yield digest.hexdigest(), picture


_FARTHEST = 2.0**53
"""A coordinate beyond it is no place in a picture, and would not be a whole number of hundredths."""


def _said(labels: Labels) -> Ints:
    """What the labels say of each record, as a hash: labels and boxes to a hundredth of a pixel, in any order."""
    batch = labels.batch
    names = np.array([key_of(name) for name in labels.label_names] or [0], np.int64)[labels.labels]
    key = names.view(np.uint64)
    hundredths = np.nan_to_num(table.boxes(batch)).clip(-_FARTHEST, _FARTHEST) * 100
    for column in hundredths.round().astype(np.int64).T:
        key = mixed(key ^ mixed(column.view(np.uint64)))
    total: NDArray[np.uint64] = np.zeros(len(batch), np.uint64)
    np.add.at(total, labels.record, key)
    return total.view(np.int64)

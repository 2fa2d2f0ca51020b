"""What is seen in which split: rows by number, with their places on disk, and splits by their names.

A data set of ours says its splits. Files of labels do by their names: `instances_train2017.json`, `val/a.xml`. What
`--against` names is a split of its own.
"""

import re
from pathlib import PurePath

from .chats import Chats
from .hits import Ints
from .labels import Labels
from .settings import Settings
from .state import Spooled

AGAINST = "--against"
"""The split of what is seen only to be compared with."""

_WORD = "train|training|val|valid|validation|test|dev"
_NAME = re.compile(rf"(?:^|[^a-z])({_WORD})(?:$|[^a-z])")
_FOLDER = re.compile(rf"({_WORD})[-_]?\d*")
_MEANT = {"training": "train", "valid": "val", "validation": "val"}


def split_of(file: str) -> str:
    """The split that a file's name, or the one or two folders around it, tells; "" where none does."""
    path = PurePath(file.lower())
    if found := _NAME.search(path.stem):
        return _MEANT.get(found[1], found[1])
    for folder in path.parts[-2:-4:-1]:
        if found := _FOLDER.fullmatch(folder):
            return _MEANT.get(found[1], found[1])
    return ""


class Seen:
    """Rows of any view by number: `places` has (file, place) of each, `splits` the names of the splits by number.

    What two sources read of one folder is one set in two forms, or two sets: their splits are not told apart, nor
    compared. `families` has the source of each split.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.places = Spooled()
        self.splits: list[str] = []
        self.families: list[str] = []

    def split_numbers(self, view: Labels | Chats) -> list[int]:
        """The number of the split of each row of a view."""
        if isinstance(view, Chats):
            return [self._split(view.split or split_of(view.file), "")] * len(view.rows)
        family = view.source.NAME if view.source else ""
        if view.split:
            return [self._split(view.split, family)] * len(view.batch)
        files: list[str] = view.batch.column("file").to_pylist()
        known = {file: self._split(split_of(file), family) for file in set(files)}
        return [known[file] for file in files]

    def number(self, view: Labels | Chats) -> Ints:
        """Remember where the rows of a view stand; their numbers."""
        count = len(view.rows) if isinstance(view, Chats) else len(view.batch)
        return self.places.add(view.places("", range(count)))

    def place(self, number: int) -> tuple[str, str]:
        """(file, place in it) of a row."""
        file, at = self.places[number]
        return file, at

    def at(self, number: int) -> str:
        """A row's place in words."""
        file, at = self.place(number)
        return f"{PurePath(file).name}:{at}" if at else PurePath(file).name

    def name(self, split: int) -> str:
        """A split's name in words."""
        name = self.splits[split]
        return f"{self.settings.against}" if name == AGAINST else name or "the data"

    def _split(self, name: str, family: str) -> int:
        known = list(zip(self.splits, self.families, strict=True))
        if (name, family) not in known:
            self.splits.append(name)
            self.families.append(family)
            return len(known)
        return known.index((name, family))

    def differ(self, one: int, other: int) -> bool:
        """Whether two splits are told apart: both have names, or one is what the data is compared with."""
        names = (self.splits[one], self.splits[other])
        return one != other and ((all(names) and self.families[one] == self.families[other]) or AGAINST in names)

    def one_set(self, one: int, other: int) -> bool:
        """Whether things of two splits are in one set: of one source, or compared with it."""
        return self.families[one] == self.families[other] or AGAINST in (self.splits[one], self.splits[other])

    def rank(self, split: int) -> int:
        """In which split a thing may stay: what is compared with, then train, then whichever is first."""
        return (AGAINST, "train", self.splits[split]).index(self.splits[split])

    def is_against(self, split: int) -> bool:
        """Whether a split is what the rest is compared with, and nothing is said of it."""
        return self.splits[split] == AGAINST

"""A name with stray white space, in two spellings, or none.

What
    A category's name begins or ends with white space or has two spaces inside; is not in Unicode's composed form
    (NFC); is written with other capitals elsewhere in the set; has a letter that cannot be seen (a control character,
    a zero-width space, a mark that turns the direction of writing); or is empty, in which case its annotations are
    left out.

Why it hurts training
    "Car", "car " and "car" are three classes to a language model: it learns to answer with each some of the time.

Example
    `"name": "car "` in COCO; `<name>Car</name>` here and `<name>car</name>` there in VOC

Instead
    One spelling in all files.

Fix safety
    Safe: white space and composed form. Unsafe: the rarer of two spellings becomes the commoner one. In COCO's list
    of categories; names that stand at every box (VOC, tables) are for the labelling tool.

Sources
    Unicode Standard Annex #15 (NFC), which the tokenizers of Qwen apply and others do not; real sets, such as this
    project's tests read.

"""

import re
from collections import Counter
from collections.abc import Iterator
from unicodedata import normalize

import numpy as np

from ....schemas.finding import Edit, Finding, Fix, Safety
from ..hits import Located
from ..labels import Labels
from ..raw import Raw
from ..settings import Settings

_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def mend(found: Finding) -> Fix | None:
    """Outer white space off, which COCO's reader says."""
    is_coco = found.at.startswith("/categories/") and isinstance(found.value, str) and found.value.strip()
    return _renamed(found.file, found.at, _tidy(found.value)) if is_coco else None


def check_raw(raw: Raw) -> Iterator[Located]:
    """Names in a COCO file's list that are not composed or have two spaces inside."""
    for at, name in _categories(raw):
        if name == name.strip() and name != _tidy(name):
            said = "has several spaces in a row" if re.search(r"\s\s", name) else "is not in composed form (NFC)"
            yield Located(raw.file, at, name, f"the name {name!r} {said}", _renamed(raw.file, at, _tidy(name)))


def start(_settings: Settings) -> "_Spellings":
    """Names over the whole set."""
    return _Spellings()


class _Spellings:
    """How often each name is used, where first, and where a COCO file lists it: O(classes)."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.first: dict[str, tuple[str, str]] = {}
        self.listed: dict[str, tuple[str, str]] = {}

    def see_labels(self, labels: Labels) -> None:
        """Count the labels of a batch."""
        used, first, counts = np.unique(labels.labels, return_index=True, return_counts=True)
        names = [labels.label_names[code] for code in used.tolist()]
        self.count.update(dict(zip(names, counts.tolist(), strict=True)))
        new = {name: place for name, place in zip(names, first.tolist(), strict=True) if name not in self.first}
        self.first.update(zip(new, labels.places("objects", list(new.values())), strict=True))

    def see_raw(self, raw: Raw) -> None:
        """Know where a name is listed."""
        for at, name in _categories(raw):
            self.listed.setdefault(name, (raw.file, at))

    def finish(self) -> Iterator[Located]:
        """Names with what cannot be seen, and every spelling but the commonest of those that differ in capitals and
        white space alone.
        """
        for name in self.count:
            if found := _HIDDEN.search(name):
                file, at = self.listed.get(name) or self.first[name]
                yield Located(file, at, name, f"U+{ord(found[0]):04X} stands in the name {name!a}, and cannot be seen")
        spellings: dict[str, list[str]] = {}
        for name in self.count:
            spellings.setdefault(_tidy(name).casefold(), []).append(name)
        for several in spellings.values():
            best = max(several, key=lambda name: (self.count[name], name))
            for name in several if len(several) > 1 else ():
                if name != best:
                    yield self._said(name, best)

    def _said(self, name: str, best: str) -> Located:
        file, at = self.listed.get(name) or self.first[name]
        fix = _renamed(file, at, best, "unsafe") if name in self.listed else None
        said = f"{name!r} stands at {self.count[name]} objects, {best!r} at {self.count[best]}"
        return Located(file, at, name, said, fix)


def _categories(raw: Raw) -> Iterator[tuple[str, str]]:
    """The place and name of each category of a COCO file."""
    for place, value in enumerate(raw.values if (raw.source, raw.key) == ("coco", "categories") else ()):
        if isinstance(value, dict) and isinstance(name := value.get("name"), str):
            yield f"{raw.at(place)}/name", name


def _tidy(name: str) -> str:
    return normalize("NFC", " ".join(name.split()))


def _renamed(file: str, at: str, name: str, safety: Safety = "safe") -> Fix:
    return Fix(safety, f"Write {name!r}", (Edit(file, at, "replace", name),))

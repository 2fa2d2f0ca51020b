"""Every file under a folder by its base name: for label files that name pictures without their folder."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from unicodedata import normalize

from .header import PICTURE_SUFFIXES

FILES = 2_000_000
"""More are not held in memory; the rules that search the tree are then off, for nothing could be called unique."""

_KIN = (frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}), frozenset({".tif", ".tiff"}), frozenset({".bmp", ".dib"}))

Group = dict[str, list[str]]


class Tree:
    """The files under `root` as they are now; links to folders are not followed.

    Paths are relative to `root`, with slashes; names are compared in NFC. `whole` is False, and nothing is found,
    when there are more than 2 000 000 files.
    """

    def __init__(self, root: str, limit: int = FILES) -> None:
        self._names: Group = defaultdict(list)
        self._stems: Group | None = None
        self._cases: Group | None = None
        self.whole = True
        for count, path in enumerate(_files(root)):
            if count == limit:
                self.whole = False
                self._names.clear()
                break
            self._names[normalize("NFC", _base(path))].append(path)

    def named(self, base: str) -> list[str]:
        """The files of that base name, sorted."""
        return sorted(self._names.get(normalize("NFC", base), ()))

    def same_stem(self, base: str) -> list[str]:
        """The pictures whose base name differs in the suffix at most, sorted."""
        if self._stems is None:
            self._stems = self._regroup(_stem)
        return [each for each in sorted(self._stems.get(_stem(normalize("NFC", base)), ())) if is_picture(each)]

    def kin(self, base: str) -> list[str]:
        """Those of `same_stem` whose suffix is the same but for its case, or is .jpeg for .jpg and the like."""
        suffix = _suffix(base)
        family = next((each for each in _KIN if suffix in each), frozenset({suffix}))
        return [each for each in self.same_stem(base) if _suffix(each) in family]

    def other_case(self, base: str) -> list[str]:
        """The files whose base name is the same but for upper and lower case, sorted."""
        if self._cases is None:
            self._cases = self._regroup(str.casefold)
        return sorted(self._cases.get(normalize("NFC", base).casefold(), ()))

    def _regroup(self, key: Callable[[str], str]) -> Group:
        group: Group = defaultdict(list)
        for name, paths in self._names.items():
            group[key(name)].extend(paths)
        return group


def is_picture(path: str) -> bool:
    """Whether the name ends as pictures' names do."""
    return _suffix(path) in PICTURE_SUFFIXES


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _stem(base: str) -> str:
    """The base name without a picture's suffix; `v1.2` keeps its dot."""
    return base.rpartition(".")[0] if is_picture(base) else base


def _suffix(path: str) -> str:
    return "." + _base(path).rpartition(".")[2].lower()


def _files(root: str) -> Iterator[str]:
    """Files and links to files under `root`, relative to it; folders that may not be read are passed over."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(f"{root}/{folder}") as listed:
                entries = list(listed)
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif _is_file(entry):
                yield path


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False

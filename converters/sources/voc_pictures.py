"""The picture of a VOC file: from `<filename>`, the XML file's own name and the layout to one name under the root.

`<filename>` goes stale whenever people rename or copy, so it is believed only as far as the disk bears it out:

1. the file that `<filename>` names, in a picture folder of the layout, when its stem is the XML file's;
2. where pictures of both names stand there: the one whose size `<size>` states, if only one has it; else the one
   named like the XML file, because a tool paired the two when it saved them;
3. whichever of the two stands there, with any picture ending;
4. what `Pictures.find` makes of `<filename>`;
5. the name that the layout would have, which the picture stage then reports as missing.

Under `--no-check-images` no picture is looked for: `<filename>` (else the XML file's stem, `.jpg`) in the layout's
picture folder.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..file_names import absolute
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from .beside import BESIDE_SUFFIXES
from .voc_layout import picture_folders


class Choice(NamedTuple):
    """The chosen name, relative to the root where it stands below it; `instead_of` is the `<filename>` not followed."""

    path: str
    instead_of: str | None = None


class PictureNames:
    """Chooses picture names for the XML files of one input, whose pictures stand below `home` by default.

    Paths are strings here: this runs once a record, and a pathlib step costs more than the system call it wraps.
    """

    def __init__(self, home: Path, pictures: Pictures) -> None:
        self.pictures = pictures
        root = absolute(pictures.root)
        self._bases = [f"{str(base).rstrip('/')}/" for base in (root, home)]
        self._folders = lru_cache(maxsize=4)(lambda folder: _strings(picture_folders(Path(folder), home, root)))
        self._stems = lru_cache(maxsize=4)(_stems)

    def choose(self, xml: str, filename: str | None, size: tuple[int, int]) -> Choice:
        """The picture of the XML file at absolute path `xml`, which says `<filename>` and its size (0 = not said)."""
        folder, _, name = xml.rpartition("/")
        stem, folders, said = _stem(name, ".xml"), self._folders(folder), _clean(filename)
        layout = f"{folders[0]}/{_with_suffix(said or stem, folders[0])}"
        if not self.pictures.check:
            return Choice(self._shown(layout))
        named = self._standing(folders, said) if said else None
        if named and _same_stem(named, stem):
            return Choice(self._shown(named))
        paired = self._with_stem(folders, stem)
        if found := self._better(paired, named, size):
            stale = found != named and said is not None and not _same_stem(said, stem)
            return Choice(self._shown(found), said if stale else None)
        return Choice(self._anywhere(said or stem) or (said if said and _escapes(said) else self._shown(layout)))

    def _better(self, paired: str | None, named: str | None, size: tuple[int, int]) -> str | None:
        if paired and named and self._has_size(named, size) and not self._has_size(paired, size):
            return named
        return paired or named

    def _has_size(self, path: str, size: tuple[int, int]) -> bool:
        try:
            facts = self.pictures.facts(Path(path))
        except PictureFault:
            return False
        return size in ((facts.width, facts.height), (facts.height, facts.width))

    def _standing(self, folders: list[str], said: str) -> str | None:
        """The file that the name stands for; a name without a picture ending stands for any picture so called.

        Names with `..` are not looked for: `Pictures.find` refuses them.
        """
        if _escapes(said):
            return None
        base = said.rpartition("/")[2]
        for name in (said, base) if base != said else (said,):
            for folder in folders:
                if os.path.isfile(path := f"{folder}/{name}"):  # noqa: PTH113
                    return path
        return None if _is_picture(said) else self._with_stem(folders, base)

    def _with_stem(self, folders: list[str], stem: str) -> str | None:
        for folder in folders:
            if name := self._stems(folder).get(stem.casefold()):
                return f"{folder}/{name}"
        return None

    def _anywhere(self, name: str) -> str | None:
        try:
            return self._shown(str(self.pictures.find(name)))
        except PictureFault:
            return None

    def _shown(self, path: str) -> str:
        return next((path[len(base) :] for base in self._bases if path.startswith(base)), path)


def _strings(paths: list[Path]) -> list[str]:
    return [str(path).rstrip("/") for path in paths]


def _clean(filename: str | None) -> str | None:
    """The file name with slashes; of an absolute path, which is another machine's, the last part alone."""
    name = (filename or "").strip().replace("\\", "/").removeprefix("./")
    if name.startswith("/") or name[1:3] == ":/":
        name = name.rpartition("/")[2]
    return name or None


def _escapes(name: str) -> bool:
    return ".." in name.split("/")


def _is_picture(name: str) -> bool:
    return name.lower().endswith(BESIDE_SUFFIXES)


def _with_suffix(name: str, folder: str) -> str:
    """ImageNet leaves `.JPEG` off, old tools `.jpg`."""
    return name if _is_picture(name) else f"{name}.JPEG" if "/CLS-LOC" in folder else f"{name}.jpg"


def _same_stem(picture: str, stem: str) -> bool:
    return _stem(picture.rpartition("/")[2], *BESIDE_SUFFIXES).casefold() == stem.casefold()


def _stem(name: str, *suffixes: str) -> str:
    """The name without one of the endings; other dots are part of a stem, as in `frame.0001`."""
    return next((name[: -len(suffix)] for suffix in suffixes if name.lower().endswith(suffix)), name)


def _stems(folder: str) -> Mapping[str, str]:
    """The pictures of a folder by their case-folded stem; of two with one stem the likelier ending."""
    try:
        names = [name for name in os.listdir(folder) if _is_picture(name)]  # noqa: PTH208  names are all it takes
    except OSError:
        return {}
    names.sort(key=lambda name: (BESIDE_SUFFIXES.index(PurePosixPath(name).suffix.lower()), name), reverse=True)
    return {_stem(name, *BESIDE_SUFFIXES).casefold(): name for name in names}

"""The picture that a text file is about, by the file's name or by a name in it, in the layouts that people have.

gt_img_1.txt, img_1.txt and img_1.csv belong to img_1, 1_GT.txt to 1; a picture of the file's whole name comes first.
Looked for in the folders of the layout (beside the file, `images/` there, `images/` beside its folder), then in the
whole tree of the pictures.
"""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..file_names import absolute
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from ..pictures.tree import is_picture
from .beside import BESIDE_SUFFIXES, PicturesBeside
from .voc_layout import PICTURE_FOLDERS, picture_folders

_TRUTH: Final = re.compile(r"(?:poly_)?gt_(.+)|(.+)_gt", re.IGNORECASE)


def stems(name: str) -> list[str]:
    """The stems of the pictures that a text file of that stem may belong to, the likeliest first."""
    found = _TRUTH.fullmatch(name)
    return [name, found[1] or found[2]] if found else [name]


def default_images(path: Path) -> Path:
    """The folder of the labels, or the one above where only that one holds pictures or a folder of them."""
    folder = absolute(path if path.is_dir() else path.parent)
    return next((each for each in (folder, folder.parent) if _holds_pictures(each)), folder)


class PicturePlaces:
    """Finds the pictures of the text files below one input, each folder listed once."""

    def __init__(self, path: Path, pictures: Pictures) -> None:
        self.home = default_images(path)
        self.pictures = pictures
        self.beside = PicturesBeside(pictures)
        self.root = absolute(pictures.root)
        self._folders = lru_cache(maxsize=4)(self._near)
        self._named = lru_cache(maxsize=16)(_by_stem)
        self._unchecked = lru_cache(maxsize=16)(self._below_root)

    def called(self, file: Path, name: str) -> str:
        """The picture that a line of the file calls `name`, as `Pictures.find` takes it."""
        if not self.pictures.check:
            return self.beside.name(file, [name])
        return self.beside.find(file, [name]) or self._near_by(file, name) or name

    def of(self, file: Path) -> str:
        """The picture of the file's own name, as `Pictures.find` takes it, which says what is wrong if it is none."""
        wanted = stems(file.stem)
        if not self.pictures.check:
            return f"{self._unchecked(str(file.parent))}{wanted[-1]}.jpg"
        file = absolute(file)
        return self._found(file) or f"{wanted[-1]}.jpg"

    def _found(self, file: Path) -> str | None:
        for stem in stems(file.stem):
            for folder in self._folders(file.parent):
                if name := self._named(folder).get(stem.casefold()):
                    return self._shown(folder / name)
        return next((found for stem in stems(file.stem) if (found := self._anywhere(stem))), None)

    def _below_root(self, folder: str) -> str:
        """What stands before the names of pictures beside the files of a folder, where nobody looks for them."""
        place = absolute(Path(folder))
        below = place.relative_to(self.root).as_posix() if self.root in place.parents else "."
        return "" if below == "." else f"{below}/"

    def _near_by(self, file: Path, name: str) -> str | None:
        folders = self._folders(absolute(file).parent) if _is_plain(name) else []
        # os.path takes any name; Path.is_file raises for one that is too long
        there = (folder / name for folder in folders if os.path.isfile(folder / name))  # noqa: PTH113
        return next(map(self._shown, there), None)

    def _near(self, folder: Path) -> list[Path]:
        return picture_folders(folder, self.home, self.root)

    def _anywhere(self, stem: str) -> str | None:
        for suffix in BESIDE_SUFFIXES:
            try:
                return self._shown(self.pictures.find(stem + suffix))
            except PictureFault:
                continue
        return None

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if self.root in path.parents else str(path)


def _by_stem(folder: Path) -> Mapping[str, str]:
    """The pictures of a folder by their case-folded stem; of two with one stem the likelier ending."""
    order = {suffix: place for place, suffix in enumerate(BESIDE_SUFFIXES)}
    names = [name for name in _names(folder) if Path(name).suffix.lower() in order]
    names.sort(key=lambda name: (order[Path(name).suffix.lower()], name), reverse=True)
    return {Path(name).stem.casefold(): name for name in names}


def _is_plain(name: str) -> bool:
    """Whether it is a path below some folder, that leads nowhere else."""
    return bool(name) and not name.startswith("/") and "\0" not in name and ".." not in re.split(r"[/\\]", name)


def _holds_pictures(folder: Path) -> bool:
    return any(name.lower() in PICTURE_FOLDERS or is_picture(name) for name in _names(folder))


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  names are all it takes
    except OSError:
        return []

"""The files of a YOLO data set: which are labels, which pictures, and which label belongs to which picture.

A label stands beside its picture (darknet, LabelImg) or in a folder that mirrors the pictures' own: `labels/train` for
`images/train`, `train/labels` for `train/images`, `Annotations` for `Images`. So both are known by their path with
those words and the ending left out. What is left over is paired by its name alone where only one picture bears it.
"""

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple
from unicodedata import normalize

from ..pictures.header import PICTURE_SUFFIXES
from .yolo_lines import cell_numbers

PICTURE_FOLDERS: Final = frozenset({"images", "image", "imgs", "img", "jpegimages", "pictures", "photos"})
"""Lower-case names of folders that hold pictures."""

LABEL_FOLDERS: Final = ("labels", "label", "annotations", "annotation", "txt", "labels_txt")
"""Lower-case names of folders that hold label files, the likelier first."""

_MARKS = PICTURE_FOLDERS | frozenset(LABEL_FOLDERS)
_HEAD = 4096


class Pair(NamedTuple):
    """A picture and its label file, absolute paths: either may be missing, not both. `at` is where a list names it."""

    picture: str | None
    label: str | None
    key: str
    at: tuple[str, str] | None = None


def walk(top: str) -> Iterator[str]:
    """Every file below `top`, relative to it, sorted; links to folders are followed once, hidden names passed over."""
    met: set[tuple[int, int]] = set()
    for folder, folders, names in os.walk(top, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in met:
            folders.clear()
            continue
        met.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        below = folder[len(top) :].strip("/")
        for name in sorted(names):
            if not name.startswith("."):
                yield f"{below}/{name}" if below else name


def is_picture(path: str) -> bool:
    """Whether the name ends as pictures' names do."""
    return f".{path.rpartition('.')[2].lower()}" in PICTURE_SUFFIXES


def key_of(below: str) -> str:
    """What a label and its picture have in common: the path without its ending and the folders named for a kind."""
    # archives made on a Mac hold names in NFD beside lists and labels in NFC
    *folders, name = (below if below.isascii() else normalize("NFC", below)).split("/")
    return "/".join([*(each for each in folders if each.lower() not in _MARKS), name.rpartition(".")[0] or name])


def in_label_folder(below: str) -> bool:
    """Whether a folder of the path is named as folders of labels are."""
    return any(each.lower() in LABEL_FOLDERS for each in below.split("/")[:-1])


def label_places(picture: str) -> Iterator[str]:
    """Where the label file of a picture may stand, as the trainers look for it: the last `images` read as `labels`
    (Ultralytics; darknet likewise), then beside the picture.
    """
    stem = picture.rpartition(".")[0] or picture
    parts = stem.split("/")
    for i in reversed(range(len(parts) - 1)):
        if parts[i].lower() in PICTURE_FOLDERS:
            for name in ("labels", "Labels", "label", "annotations", "Annotations"):
                yield "/".join([*parts[:i], name, *parts[i + 1 :]]) + ".txt"
            break
    yield f"{stem}.txt"


def label_of(picture: str) -> str | None:
    """The label file of a picture that is there, or None."""
    return next((place for place in label_places(picture) if os.path.isfile(place)), None)  # noqa: PTH113


def labels_folder(pictures: str) -> str:
    """The folder that mirrors a folder of pictures, `labels/train` for `images/train`; itself where there is none."""
    for place in label_places(f"{pictures}/x"):
        if os.path.isdir(folder := place.rpartition("/")[0]):  # noqa: PTH112
            return folder
    return pictures


def holds_labels(head: bytes) -> bool:
    """Whether a file's first line with anything in it is five numbers or more."""
    for line in head.removeprefix(b"\xef\xbb\xbf").splitlines():
        if cells := line.split():
            return len(cells) >= 5 and cell_numbers(cells) is not None
    return False


def content(path: str, most: int) -> bytes:
    """A file's bytes. `OSError` where it cannot be read, `ValueError` where it is too large or no file."""
    # a file object costs as much as the parse; a pipe that is called a.txt must not stop the conversion
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no regular file")
        if status.st_size > most:
            raise ValueError(f"{status.st_size} bytes are too many for the labels of one picture")
        return os.read(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def first_line(path: str) -> bytes:
    """The first line with anything in it, of the file's first 4 KiB; empty where it cannot be read."""
    return next(iter(first_lines(path)), b"")


def first_lines(path: str) -> list[bytes]:
    """The lines with anything in them of the file's first 4 KiB, stripped, the last perhaps cut."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return []
    try:
        head = os.read(descriptor, _HEAD)
    except OSError:
        return []
    finally:
        os.close(descriptor)
    lines = (line.strip() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines())
    return [line for line in lines if line]


def is_list(line: bytes) -> bool:
    """Whether a list of pictures begins with this line."""
    return is_picture(line.decode(errors="replace")) and b"\0" not in line


def pair(labels: Iterable[tuple[str, str]], pictures: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    """Labels and pictures, each as (absolute path, path to compare), by what their paths have in common, sorted.

    Two pictures of one name and other endings share a label file, as they do for the trainers. Every label and every
    picture is in a pair, alone if need be.
    """
    waiting: dict[str, list[str]] = defaultdict(list)
    for path, below in labels:
        waiting[key_of(below)].append(path)
    shown: dict[str, list[str]] = defaultdict(list)
    for path, below in pictures:
        shown[key_of(below)].append(path)
    found = [Pair(picture, None, key) for key, several in shown.items() if key not in waiting for picture in several]
    lonely: list[Pair] = []
    for key, files in waiting.items():
        taken: set[str] = set()
        for picture in shown.get(key, ()):
            label = _best(picture, files)
            taken.add(label)
            found.append(Pair(picture, label, key))
        lonely += [Pair(None, label, key) for label in files if label not in taken]
    yield from sorted([*_by_name(lonely, found)], key=lambda each: (each.key, each.picture or "", each.label or ""))


def _best(picture: str, files: list[str]) -> str:
    """Of several labels of one key the one where the trainers look first."""
    return files[0] if len(files) == 1 else next((each for each in label_places(picture) if each in files), files[0])


def _by_name(lonely: list[Pair], found: list[Pair]) -> Iterator[Pair]:
    """The pairs, with labels that have no picture given the one that is named alike, where it can only be one.

    That is the picture without a label whose path ends most like the label's: `val/a` for `x/val/a`; by the name alone
    only where neither another picture nor another label bears it.
    """
    free: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(found if lonely else ()):
        if each.label is None:
            free[each.key.rpartition("/")[2]].append(place)
    wanted = Counter(each.key.rpartition("/")[2] for each in lonely)
    for each in lonely:
        stem = each.key.rpartition("/")[2]
        places = [(_alike(found[place].key, each.key), place) for place in free[stem] if found[place].label is None]
        most = max(places)[0] if places else 0
        best = [place for alike, place in places if alike == most]
        if len(best) == 1 and (most > 1 or (wanted[stem] == 1 and len(places) == 1)):
            found[best[0]] = Pair(found[best[0]].picture, each.label, each.key)
        else:
            found.append(each)
    yield from found


def _alike(one: str, other: str) -> int:
    """How many parts at the end two paths have in common."""
    same = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], same))

"""Which XML files one VOC input holds, in order: a tree, a folder, an image set of it, or one file."""

import hashlib
import os
import re
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path, PurePosixPath

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..file_names import absolute, text
from .voc_foreign import Census
from .voc_layout import ANNOTATION_FOLDERS, annotation_folder, default_images

_FLAGGED = re.compile(r"(.+?)\s+(-?[0-9]+)")
"""A name in a list of a class (`2007_000027 -1`: 1 has it, 0 hard to see, -1 has it not), or with its number."""

_LOOK = 20_000
"""Files that a look at an input goes through."""


@dataclass(frozen=True, slots=True)
class XmlFile:
    """One XML file: its absolute path, how the user would name it, and the id of its record."""

    path: str
    name: str
    id: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The XML files of an input by path below `top`, sorted by code point, and what else stands there.

    `pipes` are named like XML files and are none.
    """

    top: Path
    home: Path
    below: list[str]
    census: Census

    said: Path
    pipes: tuple[Path, ...] = ()

    @property
    def prefix(self) -> str:
        """What stands before a path below `top` in a name: the folder as the user gave it, so that the name opens."""
        return "" if self.said == Path() else f"{text(str(self.said)).rstrip('/')}/"

    def files(self) -> Iterator[XmlFile]:
        """The files in order. An id is the path without its ending and without the folder of annotations."""
        short = [_id(each) for each in self.below]
        ids = short if len(set(short)) == len(short) else [_stem(each) for each in self.below]
        folder, prefix = f"{str(self.top).rstrip('/')}/", self.prefix
        for below, record in zip(self.below, ids, strict=True):
            yield XmlFile(folder + below, prefix + below, record)


def list_xml(path: Path) -> Listing:
    """The XML files at or below `path`; hidden files and folders, and macOS's `__MACOSX`, are passed over.

    Raises `InputError` when there is no such path or a folder cannot be listed.
    """
    top = absolute(path)
    if top.is_file():
        census = Census(top.parent)
        census.add(top.name)
        return Listing(top.parent, default_images(top), [top.name], census, path.parent)
    if not top.is_dir():
        raise InputError(str(path), "there is no such file or folder", "Name the folder that holds the XML files.")
    census = Census(top)
    pipes: list[Path] = []
    below = sorted(each for each in _walk(top, pipes) if census.add(each) == ".xml")
    named = tuple(sorted(path / each for each in pipes if each.suffix.lower() == ".xml"))
    return Listing(top, default_images(top), below, census, path, named)


def first_xml(path: Path) -> list[XmlFile]:
    """A few of the XML files at or below `path`, for a look at what they are; does not walk a large tree whole."""
    top = absolute(path)
    if top.is_file():
        return [XmlFile(str(top), top.name, top.stem)]
    some = (each for each in islice(_walk(top), _LOOK) if each.lower().endswith(".xml"))
    return [XmlFile(str(top / each), f"{top.name}/{each}", _id(each)) for each in islice(some, 8)]


def select(listing: Listing, imageset: str, accounting: Accounting) -> Listing:
    """The part of the listing that the image set names, of every year that has the set.

    A name on the list without an XML file is an image that was read and is rejected as AN027. Raises `ConfigError`
    when no year has such a set, `InputError` when none of its names has an XML file.
    """
    lists = [(folder, found) for folder in _devkits(listing) if (found := _find_set(folder, imageset))]
    if not lists:
        raise _no_such_set(listing, imageset)
    wanted = {below for folder, found in lists for below in _listed(listing, folder, found, accounting)}
    if not wanted:
        names = ", ".join(_shown(listing, found) for _, found in lists)
        raise InputError(names, "none of its names has an XML file", "Choose a set whose annotations are published.")
    chosen = [below for below in listing.below if below in wanted]
    return replace(listing, below=chosen)


def _walk(top: Path, pipes: list[Path] | None = None) -> Iterator[str]:
    """Every file below `top` as a posix path; folders behind links too, each once, so that a loop ends.

    What is neither, such as a pipe, is put into `pipes` by its path below `top`.

    A link that leads nowhere is a file as well: who reads it says what is wrong with it.
    """
    home = top.stat()
    waiting, met = deque([""]), {(home.st_dev, home.st_ino)}
    while waiting:
        folder = waiting.popleft()
        for entry in _entries(top / folder):
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            status = None if entry.is_file(follow_symlinks=False) else _status(entry)
            if status is None or stat.S_ISREG(status.st_mode):
                yield folder + entry.name
            elif stat.S_ISDIR(status.st_mode) and (identity := (status.st_dev, status.st_ino)) not in met:
                met.add(identity)
                waiting.append(f"{folder}{entry.name}/")
            elif pipes is not None and not stat.S_ISDIR(status.st_mode):
                pipes.append(Path(folder, entry.name))


def _status(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:  # a link to nothing, or to itself
        return None


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        fact = f"the folder cannot be listed: {error.strerror}"
        raise InputError(str(folder), fact, "Allow reading it, or move it out of the input.") from None


def _id(below: str) -> str:
    parts = _stem(below).split("/")
    for i in reversed(range(len(parts) - 1)):
        if parts[i].lower() in ANNOTATION_FOLDERS:
            return "/".join(parts[:i] + parts[i + 1 :])
    return "/".join(parts)


def _stem(below: str) -> str:
    return below[:-4] if below.endswith(".xml") else below


def _devkits(listing: Listing) -> list[Path]:
    """The folders that hold ImageSets: of every year, or the one above an input that is Annotations itself."""
    folders = {listing.home, *(listing.top / below for below in listing.census.devkits)}
    return sorted(folder for folder in folders if (folder / "ImageSets").is_dir())


def _find_set(folder: Path, imageset: str) -> Path | None:
    """`train` is ImageSets/Main/train.txt, else ImageSets/train.txt, else the only ImageSets/*/train.txt."""
    if not imageset or ".." in PurePosixPath(imageset).parts or "\0" in imageset:
        return None
    sets, name = folder / "ImageSets", f"{imageset.removesuffix('.txt').strip('/')}.txt"
    for each in (sets / "Main" / name, sets / name):
        if each.is_file():
            return each
    found = [each / name for each in sets.iterdir() if (each / name).is_file()]
    return found[0] if len(found) == 1 else None


def _no_such_set(listing: Listing, imageset: str) -> ConfigError:
    place, remedy = f"--imageset {imageset}", "Leave --imageset out to read every XML file."
    folders = _devkits(listing)
    if not folders:
        return ConfigError(place, f"{listing.said} holds no folder ImageSets", remedy)
    sets = {each.stem for folder in folders for each in (folder / "ImageSets" / "Main").glob("*.txt")}
    # the lists of one class (cat_train.txt) outnumber the sets: they are readable but not worth naming
    names = sorted(name for name in sets if name.rpartition("_")[2] not in sets or name in ("train", "val", "test"))
    close = get_close_matches(imageset, names, 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return ConfigError(place, f"no such list; ImageSets/Main has {', '.join(names) or 'none'}", f"{hint}{remedy}")


def _listed(listing: Listing, folder: Path, found: Path, accounting: Accounting) -> Iterator[str]:
    """The listed XML files, by path below the top; what has none is accounted for."""
    stems = _stems_below(listing, folder)
    for number, name in _names(found, _shown(listing, found), accounting):
        flagged = _FLAGGED.fullmatch(name)
        stem = flagged[1] if flagged and name not in stems else name
        if flagged and flagged[2] == "-1" and name not in stems:
            continue
        below = stems.get(stem) or stems.get(str(PurePosixPath(stem).with_suffix("")))
        if below:
            yield below
        else:
            accounting.read("images")
            fact = f"{stem[:80]!r} is on the list but has no XML file"
            place = _shown(listing, found)
            accounting.reject("images", "AN027", file=place, at=f"{number}:1", value=text(stem), message=fact)


def _stems_below(listing: Listing, folder: Path) -> dict[str, str]:
    """The XML files of one year by the name that lists know them by: the path in Annotations, and its end."""
    stems: dict[str, str] = {}
    for below in listing.below:
        xml = listing.top / below
        annotations = annotation_folder(xml.parent, folder)
        if folder in xml.parents:
            stem = _stem(xml.relative_to(annotations or folder).as_posix())
            stems[stem] = below
            for i, letter in enumerate(stem):  # ImageNet lists n0/x for Annotations/CLS-LOC/train/n0/x.xml
                if letter == "/":
                    stems.setdefault(stem[i + 1 :], below)
    return stems


def _names(found: Path, shown: str, accounting: Accounting) -> Iterator[tuple[int, str]]:
    data = found.read_bytes()
    accounting.input(shown, len(data), hashlib.sha256(data).hexdigest())
    for number, line in enumerate(os.fsdecode(data).lstrip("\ufeff").splitlines(), start=1):
        if (name := line.strip().strip('"')) and not name.startswith("#"):
            yield number, name


def _shown(listing: Listing, path: Path) -> str:
    """A file as the user would name it: the way to it from the input as it was given."""
    return text(os.path.normpath(listing.said / os.path.relpath(path, listing.top)))

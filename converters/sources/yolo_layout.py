"""Opening a YOLO data set: from what the user named to its class names and its pairs of picture and label file."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..file_names import absolute, text
from ..pictures.find import Pictures
from ..recognise import endings
from .beside import is_pipe
from .picture_sizes import Sizes
from .yolo_entries import Lines, candidates, is_below
from .yolo_names import Described, describe, is_names_file, read_names
from .yolo_tree import (
    PICTURE_FOLDERS,
    Pair,
    first_line,
    holds_labels,
    in_label_folder,
    is_list,
    is_picture,
    key_of,
    labels_folder,
    pair,
    walk,
)

_DESCRIBING = (".yaml", ".yml", ".data")
_MOST_DESCRIBING = 200
_ALIASES = {"valid": "val", "validation": "val"}


@dataclass(frozen=True, slots=True)
class DataSet:
    """What is read: class names by index, pairs in order, and what its file says of keypoints and task."""

    names: dict[int, str]
    pairs: list[Pair]
    kpt_shape: str
    task: str


class Opener:
    """Opens one input. `top` is the folder that the user named, or the folder of the file."""

    def __init__(self, path: Path, pictures: Pictures, sizes: Sizes | None, accounting: Accounting) -> None:
        self.path = absolute(path)
        self.said = str(path)
        if not self.path.exists():
            raise InputError(self.said, "there is no such file or folder", "Name data.yaml, or the data set's folder.")
        self.is_folder = self.path.is_dir()
        self.top = str(self.path if self.is_folder else self.path.parent)
        self.name = f"{Path(self.top).name}/".lstrip("/")
        self.root = str(absolute(pictures.root))
        self.check = pictures.check
        self.sizes = sizes
        self.accounting = accounting
        self.files = list(walk(self.top)) if self.is_folder else []

    def open(self, names: Path | None, imageset: str) -> DataSet:
        """The data set. Raises `InputError` where there is none, or no class names; `ConfigError` for the image set."""
        described = self._described()
        pairs = self._pairs(described, imageset)
        return DataSet(
            self._names(described, names),
            pairs,
            described.kpt_shape if described else "",
            described.task if described else "",
        )

    def shown(self, path: str) -> str:
        """A path as the user knows it: from the name of the folder that they gave."""
        home = f"{self.top.rstrip('/')}/"
        if path.startswith(home):
            path = f"{self.name}{path[len(home) :]}"
        return path if path.isascii() else text(path)

    # what describes the data set

    def _described(self) -> Described | None:
        if not self.is_folder:
            return self._described_by_the_file()
        files = [below for below in self.files if below.lower().endswith(_DESCRIBING)][:_MOST_DESCRIBING]
        found: list[tuple[int, str, Described]] = []
        for below in files:
            try:
                described = describe(Path(self.top, below), self.shown(f"{self.top}/{below}"), None)
            except InputError:
                if below.lower() in ("data.yaml", "data.yml", "obj.data"):
                    raise
                continue
            if described:
                found.append((below.count("/"), below, described))
        return self._only([(below, each) for depth, below, each in found if depth == min(found)[0]] if found else [])

    def _only(self, found: list[tuple[str, Described]]) -> Described | None:
        if len(found) > 1:
            usual = [(below, each) for below, each in found if each.file.name.lower() in ("data.yaml", "data.yml")]
            found = usual if len(usual) == 1 else found
        if len(found) > 1:
            names = ", ".join(text(below) for below, _ in found[:4])
            fact = f"holds {len(found)} descriptions of data sets: {names}"
            raise InputError(self.said, fact, f"Name one of them, as in {self.said.rstrip('/')}/{text(found[0][0])}.")
        if not found:
            return None
        file = found[0][1].file
        return describe(file, self.shown(str(file)), self.accounting)

    def _described_by_the_file(self) -> Described | None:
        suffix = self.path.suffix.lower()
        if suffix in _DESCRIBING:
            if described := describe(self.path, self.shown(str(self.path)), self.accounting):
                return described
            raise InputError(self.said, "names no classes and no pictures", "Name a data.yaml, or the folder.")
        if suffix != ".txt":
            raise InputError(self.said, "is no data.yaml, no obj.data and no .txt", "Name the data set's folder.")
        if is_list(first_line(str(self.path))):
            return Described(self.path, None, [("", self.path.name)])
        return None

    # class names

    def _names(self, described: Described | None, given: Path | None) -> dict[int, str]:
        if given is not None:
            return read_names(given, str(given), self.accounting)
        if described and described.names:
            return described.names
        bases = [str(described.file.parent), self.root] if described else []
        for place in candidates(described.names_file, bases, 1) if described and described.names_file else ():
            if os.path.isfile(place) and any(is_below(place, base) for base in bases):  # noqa: PTH113
                return read_names(Path(place), self.shown(place), self.accounting)
        return self._names_beside()

    def _names_beside(self) -> dict[int, str]:
        """The names in files beside or above the labels, which must be the same in all of the nearest."""
        inside = [f"{self.top}/{below}" for below in self.files if is_names_file(below.rpartition("/")[2])]
        parents = [Path(self.top), *list(Path(self.top).parents)[:2]]
        above = [[str(each) for each in _files(folder) if is_names_file(each.name)] for folder in parents]
        yamls = [[str(each) for each in _files(folder) if each.suffix in (".yaml", ".yml")] for folder in parents[1:]]
        for places in (inside, *above, *yamls):
            if found := self._agreed(_without_notes(places)):
                return found
        raise InputError(
            self.said,
            "no class names: neither data.yaml nor classes.txt, obj.names or notes.json is here",
            "Name the file of the class names with --names: one name a line.",
        )

    def _agreed(self, places: list[str]) -> dict[int, str] | None:
        found: dict[str, dict[int, str]] = {}
        for place in places:
            try:
                found[place] = read_names(Path(place), self.shown(place), None)
            except InputError:
                if not place.endswith((".yaml", ".yml")):
                    raise
        if not found:
            return None
        first = next(iter(found))
        for place, names in found.items():
            if names != found[first]:
                fact = f"the class names in {self.shown(first)} are not those in {self.shown(place)}"
                raise InputError(self.said, fact, "Choose with --names FILE, or convert the folders one by one.")
        return read_names(Path(first), self.shown(first), self.accounting)

    # pairs

    def _pairs(self, described: Described | None, imageset: str) -> list[Pair]:
        entries = self._chosen(described, imageset)
        if described is None or not entries:
            return self._scan(self.top, self.files if self.is_folder or described is None else None)
        places = [(split, name, self._entry(described, name)) for split, name in entries]
        missing = [(split, name) for split, name, place in places if place is None]
        found = list(dict.fromkeys(place for _, _, place in places if place))
        self._say_missing(described, missing, imageset)
        if missing and all(map(os.path.isdir, found)):  # a folder that was renamed is not to be lost
            return self._scan(str(described.file.parent), None)
        pairs = [each for place in found for each in self._of_entry(described, place)]
        once = list({each.picture or each.label: each for each in reversed(pairs)}.values())[::-1]
        if not imageset:
            self._say_unused(once)
        return once

    def _say_missing(self, described: Described, missing: list[tuple[str, str]], imageset: str) -> None:
        if missing and imageset:
            fact = f"{missing[0][1]} is not there"
            raise ConfigError(f"--imageset {imageset}", fact, f"Correct it in {described.file.name}.")
        for split, name in missing:
            message = f"{split}: {name} is not there"
            self.accounting.remark("AN027", file=self.shown(str(described.file)), at=split, value=name, message=message)

    def _say_unused(self, pairs: list[Pair]) -> None:
        """Label files in the folder that its own description leaves out."""
        used = {each.label for each in pairs}
        texts = [f"{self.top}/{below}" for below in self.files if below.lower().endswith(".txt")]
        unused = [path for path in texts if path not in used and holds_labels(first_line(path))]
        if unused:
            message = f"label files in no set that is described: {len(unused)}, such as {self.shown(unused[0])}"
            self.accounting.remark(
                "AN026", file=self.shown(unused[0]), at="", value=len(unused), message=message, count=len(unused)
            )

    def _chosen(self, described: Described | None, imageset: str) -> list[tuple[str, str]]:
        entries = described.entries if described else []
        if not imageset:
            return entries
        wanted = _ALIASES.get(imageset, imageset)
        chosen = [each for each in entries if _ALIASES.get(each[0], each[0]) == wanted]
        if not chosen:
            there = ", ".join(dict.fromkeys(split for split, _ in entries if split)) or "none"
            fact = (
                f"no such set in {described.file.name if described else 'a folder without data.yaml'}; it has {there}"
            )
            raise ConfigError(f"--imageset {imageset}", fact, "Choose one of them, or leave the option out.")
        return chosen

    def _entry(self, described: Described, name: str) -> str | None:
        """The folder or list that an entry names, or None. `InputError` where it is outside what may be read."""
        home = str(described.file.parent)
        there = [
            place
            for place in candidates(name, self._bases(described), 1 if name.lower().endswith(".txt") else 2)
            if "\0" not in place and Path(place).exists()
        ]
        inside = [place for place in there if is_below(place, home) or is_below(place, self.root)]
        if there and not inside:
            folder = there[0] if os.path.isdir(there[0]) else os.path.dirname(there[0])  # noqa: PTH112, PTH120
            raise InputError(
                self.shown(str(described.file)),
                f"{name} is {there[0]}, outside {self.root}",
                f"Name the folder of the pictures: --images {folder}",
            )
        return inside[0] if inside else None

    def _bases(self, described: Described) -> list[str]:
        home = str(described.file.parent)
        own = [os.path.normpath(f"{home}/{described.root}")] if described.root else []  # `/data/x` stays as it is
        own = [described.root] if described.root.startswith("/") else own
        return list(dict.fromkeys([*own, home, self.root]))

    def _of_entry(self, described: Described, place: str) -> Iterator[Pair]:
        if not os.path.isdir(place):  # noqa: PTH112
            yield from self._listed(described, place)
            return
        folder = labels_folder(place)
        # paths below one folder make ids that tell train from val
        whole = is_below(folder, self.root) and is_below(place, self.root)
        homes = [self.root] * 2 if whole else [folder, place]
        labels = [f"{folder}/{below}" for below in walk(folder) if self._is_label(f"{folder}/{below}", below, set())]
        pictures = [f"{place}/{below}" for below in walk(place) if is_picture(below)]
        yield from pair(
            [(path, path[len(homes[0]) :].lstrip("/")) for path in labels],
            [(path, path[len(homes[1]) :].lstrip("/")) for path in pictures],
        )

    def _listed(self, described: Described, file: str) -> Iterator[Pair]:
        shown = self.shown(file)
        if is_pipe(Path(file)):
            raise InputError(
                shown, "is a pipe or a device, and no list of pictures", "Save what it would say as a file."
            )
        data = Path(file).read_bytes()
        self.accounting.input(shown, len(data), hashlib.sha256(data).hexdigest())
        home = [os.path.dirname(file), *self._bases(described), self.top]  # noqa: PTH120
        lines = Lines(
            [base for base in home if is_below(base, self.top) or is_below(base, self.root)], check=self.check
        )
        for number, line in enumerate(os.fsdecode(data).removeprefix("\ufeff").splitlines(), 1):
            if name := line.strip():
                picture, label = lines.place(name)
                yield Pair(picture, label, key_of(self._below(picture)), (shown, f"{number}:1"))

    def _scan(self, top: str, files: list[str] | None) -> list[Pair]:
        """Every label below `top` with the pictures below the folder of the pictures.

        `files` are the files below `top` where they are known; no files at all is the one file that the user named.
        """
        alone = files == [] and not self.is_folder
        files = [self.path.name] if alone else list(walk(top)) if files is None else files
        below_root = files if top == self.root and not alone else list(walk(self.root))
        pictures = [(f"{self.root}/{below}", below) for below in below_root if is_picture(below)]
        keys = {key_of(below) for _, below in pictures}
        prefix = f"{top[len(self.root) :].strip('/')}/".lstrip("/") if is_below(top, self.root) else ""
        labels = [(f"{top}/{below}", prefix + below) for below in files]
        labels = [(path, below) for path, below in labels if self._is_label(path, below, keys)]
        if not labels:
            raise self._nothing(files)
        if self.check and not pictures:
            raise self._no_pictures()
        pairs = pair(labels, pictures)
        return [each for each in pairs if each.label] if alone else self._without_strangers(list(pairs))

    def _without_strangers(self, pairs: list[Pair]) -> list[Pair]:
        """The pairs without pictures from folders where no picture has a label: they are of something else."""
        home = {os.path.dirname(each.picture) for each in pairs if each.picture and each.label}  # noqa: PTH120
        strange = [each for each in pairs if each.picture and os.path.dirname(each.picture) not in home]  # noqa: PTH120
        if not strange:
            return pairs
        first = self.shown(strange[0].picture or "")
        message = f"pictures in folders where none has a label file: {len(strange)}, such as {first}"
        self.accounting.remark("AN026", file=first, at="", value=len(strange), message=message, count=len(strange))
        return [each for each in pairs if not each.picture or os.path.dirname(each.picture) in home]  # noqa: PTH120

    def _is_label(self, path: str, below: str, keys: set[str]) -> bool:
        """Whether a file is a label file: named like a picture, or its first line begins with a number.

        An empty one is where the folder is one of labels. What is neither is no loss in silence: AN026.
        """
        name = below.rpartition("/")[2]
        if not name.lower().endswith(".txt") or is_names_file(name):
            return False
        key = key_of(below)
        if key in keys or (self.sizes is not None and self.sizes.named(key)):
            return True
        line = first_line(path)
        if is_list(line):
            return False
        if line[:1].isdigit() or line[:1] in (b"-", b"+", b".") or (not line and in_label_folder(path)):
            return True
        said = "it is empty" if not line else f"its first line is {line[:40].decode(errors='backslashreplace')!r}"
        self.accounting.remark(
            "AN026", file=self.shown(path), at="1:1", value=said, message=f"no YOLO label file: {said}"
        )
        return False

    def _below(self, path: str) -> str:
        home = next((base for base in (self.root, self.top) if is_below(path, base)), "")
        return path[len(home) :].lstrip("/")

    # nothing there

    def _nothing(self, files: list[str]) -> InputError:
        fact = f"no YOLO labels here; found {endings(files) or 'an empty folder'}"
        return InputError(self.said, fact, "Name data.yaml, or a folder of .txt files with lines such as 0 .5 .5 .2 .1")

    def _no_pictures(self) -> InputError:
        near = (each for folder in [Path(self.top), *Path(self.top).parents][:3] for each in _folders(folder))
        beside = next((str(each) for each in near if each.name.lower() in PICTURE_FOLDERS), None)
        hint = f"--images {beside}" if beside else "--images DIR, or give their sizes: --no-check-images --sizes FILE"
        fact = f"no pictures below {self.root}, and YOLO's numbers are fractions of their sides"
        return InputError(self.said, fact, f"Name the folder of the pictures: {hint}")


def _without_notes(places: list[str]) -> list[str]:
    """notes.json says again what classes.txt beside it says."""
    folders = {os.path.dirname(place) for place in places if not place.endswith(".json")}  # noqa: PTH120
    return [place for place in places if not (place.endswith(".json") and os.path.dirname(place) in folders)]  # noqa: PTH120


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if each.is_file())[:1000]
    except OSError:
        return []


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if each.is_dir())[:1000]
    except OSError:
        return []

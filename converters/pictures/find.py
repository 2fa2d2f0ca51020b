"""Finding a picture: from the name in a label file to a file under the root that the user named."""

import os
import re
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from ...schemas.errors import InternalError
from .embedded import SCHEME, Embedded
from .fault import PictureFault
from .header import PictureFacts, read_facts
from .names import ENCODED, FORM, LITERAL, SLASHED, Address, address, climbs_out, shown, spellings, tails
from .tree import Tree

TAIL, BASE, SUFFIX = "the path's end", "the base name alone", "another suffix"
_RULES = {
    LITERAL: "the name as it stands, relative to the folder, or absolute and inside it",
    SLASHED: "the same with backslashes read as slashes",
    FORM: "the same in another Unicode form (NFC, NFD)",
    ENCODED: "the same percent-decoded",
    TAIL: "of an absolute path, an address or one with ..: its longest end, with a folder, that is a file there",
    BASE: "the base name alone, if one file in the folder's whole tree bears it and the named folder is not there",
    SUFFIX: "the same stem with another picture suffix in the same folder; .JPG, .jpeg for .jpg in the whole tree",
}
_ODD = re.compile(r"\A/|\A\Z|\.\.|[\\:\0]").search  # a name that needs thought before the disk is asked
_CACHED = 100_000


class Pictures:
    """The pictures of one conversion: where they are and what their headers say.

    `root` is the folder of `--images`; `check` is False under `--no-check-images`, when no picture is opened.

    A name is tried by these rules, in this order, until one gives a file:

    1. the name as it stands, relative to the root; an absolute path counts when it is inside the root;
    2. backslashes read as slashes;
    3. the NFC and the NFD form of the name;
    4. the name percent-decoded;
    5. of an absolute path, an address (http, s3, file …) or a path that climbs out by `..`: the longest end with at
       least one folder that is a file under the root: nothing is ever downloaded;
    6. the base name alone, if exactly one file in the whole tree bears it. Not where the folder in the name exists
       under the root: there the picture is missing, and a namesake elsewhere would be its mask or another picture;
    7. the same stem with another picture suffix, if there is exactly one: in the same folder whatever the suffix,
       elsewhere (as for rule 6) only .JPG, .jpeg and the like for .jpg.

    Pictures whose bytes stood in the labels are found among the `embedded`, which sources fill. `meanwhile` is a folder
    where sources may put what is too much for memory while they read; None is the system's for temporary files.

    No name leads out of the root, by `..` or by a link. `used` counts how often each rule gave the file, `missed` how
    often none did; `looked` is told the path of every picture whose header is read.
    """

    def __init__(self, root: Path, *, check: bool = True) -> None:
        self.root = Path(os.path.abspath(root))  # noqa: PTH100 (absolute() would keep `..`; links stay as they are)
        self.check = check
        self.embedded = Embedded()
        self.meanwhile: Path | None = None
        self.used: Counter[str] = Counter()
        self.missed = 0
        self.looked: Callable[[str], object] = _nobody
        self._said = str(root)
        self._prefix = f"{self.root}/".replace("//", "/")
        self._real = ""
        self._inside: dict[str, bool] = {}  # folder → whether no link on the way leads out
        self._folders: dict[str, bool] = {}  # folder → whether it is there
        self._tree: Tree | None = None
        self._facts: dict[str, PictureFacts | PictureFault] = {}

    def find(self, name: str) -> Path:
        """The absolute path of the picture that a label file calls `name`.

        Without `check` that is the root and the name, and the disk is not asked. Raises `PictureFault`: IM001 not
        there, or two files could be meant; IM012 an address of which no copy is under the root; SE001 a name that
        leads out of the root.
        """
        if not _ODD(name):
            path = self._at(name) if self.check else Path(self._prefix + name)
            if path:
                self.used[LITERAL] += 1
                return path
        if name.startswith(SCHEME) and (unpacked := self.embedded.path(name)):
            return unpacked
        meant = address(name, str(self.root))
        if not self.check:
            return self._unchecked(name, meant)
        path = self._named(name, meant) or self._by_tail(meant) or self._by_base(name, meant)
        if path is None:
            raise self._missing(name, meant)
        return path

    def facts(self, path: Path) -> PictureFacts:
        """What the header of that file says; `PictureFault` when it is no usable picture. Cached."""
        if not self.check:
            raise InternalError(str(path), "a picture was opened under --no-check-images", "Please report it.")
        key = str(path)
        known = self._facts.get(key)
        if known is None:
            known = self._remember(key)
        if isinstance(known, PictureFault):
            raise PictureFault(known.code, known.value, known.message)
        return known

    def describe(self) -> list[str]:
        """The rules in their order, one a line, each with how many names it has found so far."""
        return [f"{number}. {text}: {self.used[rule]}" for number, (rule, text) in enumerate(_RULES.items(), 1)]

    def _remember(self, key: str) -> PictureFacts | PictureFault:
        self.looked(key)
        if len(self._facts) >= _CACHED:
            self._facts.clear()
        try:
            known: PictureFacts | PictureFault = read_facts(key)
        except PictureFault as fault:
            known = fault.with_traceback(None)
        self._facts[key] = known
        return known

    def _unchecked(self, name: str, meant: Address) -> Path:
        if meant.kind == "remote":
            raise _remote(name)
        if meant.kind == "absolute":
            raise _outside(name, self._said)
        if meant.kind == "climbing":
            raise climbs_out(name)
        if not meant.path:
            raise _nameless(name)
        self.used[LITERAL] += 1
        return self.root / meant.path

    def _named(self, name: str, meant: Address) -> Path | None:
        """Rules 1 to 4."""
        if meant.kind == "relative":
            for rule, path in spellings(name, meant.path):
                if path and (found := self._at(path)):
                    self.used[rule] += 1
                    return found
        return None

    def _by_tail(self, meant: Address) -> Path | None:
        """Rule 5."""
        if meant.kind != "relative":
            for tail in tails(meant.path):
                if found := self._at(tail):
                    self.used[TAIL] += 1
                    return found
        return None

    def _by_base(self, name: str, meant: Address) -> Path | None:
        """Rules 6 and 7."""
        folder, _, base = meant.path.rpartition("/")
        if not base:
            return None
        tree = self._whole_tree()
        at_home = meant.kind == "relative" and self._is_folder(folder)
        anywhere = not (at_home and folder)
        for each in dict.fromkeys((base, unquote(base).rpartition("/")[2])):
            if anywhere and (found := self._only(tree.named(each), BASE, name)):
                return found
            near = [path for path in tree.same_stem(each) if at_home and path.rpartition("/")[0] == folder]
            far = tree.kin(each) if anywhere else []
            if found := self._only(near or far, SUFFIX, name):
                return found
        return None

    def _only(self, paths: list[str], rule: str, name: str) -> Path | None:
        if len(paths) > 1:
            raise PictureFault(
                "IM001", shown(name), f"{shown(name)} is not there, and could be {paths[0]} or {paths[1]}"
            )
        found = self._at(paths[0]) if paths else None
        if found:
            self.used[rule] += 1
        return found

    def _whole_tree(self) -> Tree:
        if self._tree is None:
            self._tree = Tree(str(self.root))
        return self._tree

    def _is_folder(self, folder: str) -> bool:
        known = self._folders.get(folder)
        if known is None:
            try:
                known = Path(self._prefix + folder).is_dir()
            except (OSError, ValueError):  # too long a name, half a surrogate pair
                known = False
            self._folders[folder] = known
        return known

    def _at(self, path: str) -> Path | None:
        """The file at that relative path, or None; `PictureFault` SE001 when a link on the way leads out."""
        whole = self._prefix + path
        try:
            mode = os.lstat(whole).st_mode
        except (OSError, ValueError):  # not there, too long a name, half a surrogate pair
            return None
        folder = path.rpartition("/")[0]
        inside = self._inside.get(folder)
        if inside is None:
            inside = self._inside[folder] = self._stays(self._prefix + folder)
        if stat.S_ISLNK(mode):
            inside = inside and self._stays(whole)
            mode = _target_mode(whole)
        if stat.S_ISDIR(mode) or not mode:
            return None
        if not inside:
            raise PictureFault("SE001", shown(path), f"a link on the way to {path} leads out of {self._said}")
        return Path(whole)

    def _stays(self, path: str) -> bool:
        """Whether `path`, with every link followed, is still under the root, with every link followed."""
        self._real = self._real or os.path.realpath(self.root)
        real = os.path.realpath(path)
        return real == self._real or real.startswith(self._real.rstrip(os.sep) + os.sep)

    def _missing(self, name: str, meant: Address) -> PictureFault:
        self.missed += 1
        if meant.kind == "remote":
            return _remote(name)
        if meant.kind == "absolute":
            return _outside(name, self._said)
        if meant.kind == "climbing":
            return climbs_out(name)
        if not meant.path:
            return _nameless(name)
        return PictureFault("IM001", shown(name), f"no file {shown(name)} under {self._said}{self._hint(meant.path)}")

    def _hint(self, path: str) -> str:
        """What else is there that the user may have meant."""
        tree, base = self._whole_tree(), path.rpartition("/")[2]
        if not tree.whole:
            return "; it holds too many files to look for the base name alone"
        if namesakes := tree.named(base):
            return f", where it is named; a file of that base name is at {namesakes[0]}"
        if others := tree.other_case(base):
            return f"; in other upper and lower case there is {others[0]}"
        return "" if self._is_folder("") else ", for that is no folder"


def _nobody(_path: str) -> None:
    pass


def _target_mode(path: str) -> int:
    try:
        return Path(path).stat().st_mode
    except OSError:
        return 0


def _remote(name: str) -> PictureFault:
    return PictureFault("IM012", shown(name), f"{shown(name)} is an address, and no copy of it is under --images")


def _outside(name: str, root: str) -> PictureFault:
    return PictureFault("SE001", shown(name), f"{shown(name)} is outside {root}, and no copy of it is inside")


def _nameless(name: str) -> PictureFault:
    return PictureFault("IM001", name, "the label file names no picture")

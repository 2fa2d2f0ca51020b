"""Build: a data set as rules look at it as a whole: its folder, its manifest, the files that are there.

One that mmdata wrote has a manifest. A folder of tars or Parquet from elsewhere has none, and its files are found by
their names. Everything is read when a rule asks for it, and once.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import msgspec

from ...schemas.errors import InputError
from ..commit.destination import MANIFEST, unlisted
from .settings import PLAIN, Settings
from .shard_files import SUFFIXES, ShardFile, shard_file

_BLOCK = 1 << 20
_STAGED = r"\.{}\.[0-9a-f]{{16}}\.(?:partial|old)"
_LOOKED_AT = 10_000
STAGED = re.compile(r"\..+\.[0-9a-f]{16}\.(?:partial|old)")
"""Names of folders in which a build was at work."""

_TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".crdownload")


class Listed(NamedTuple):
    """A file of which the manifest says path, size and hash."""

    path: str
    bytes: int
    sha256: str


class _Torn:
    """In the place of a manifest that is no JSON."""


class Build:
    """One data set. `manifest` is {} where there is none or it cannot be read.

    Columns that a Hits may name: "" (the whole), "files" (on the disk), "shards", "listed" (in the manifest),
    "inputs" (that it was built from), "leftovers", "strays" (in no manifest), "members" (of tars, as `members` has
    them).
    """

    def __init__(self, folder: Path, settings: Settings = PLAIN, only: str = "") -> None:
        self.folder = folder
        self.settings = settings
        self._only = only

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What manifest.json says, if it is one of ours: other programmes write files of that name too."""
        ours = isinstance(self._told, dict) and {"mmdata", "format"} <= self._told.keys()
        return self._told if ours else {}

    @cached_property
    def torn_manifest(self) -> bool:
        """Whether there is a manifest.json that is no JSON."""
        return isinstance(self._told, _Torn)

    @cached_property
    def whole(self) -> bool:
        """Whether this is a data set of ours and nothing else; mended labels have a manifest, and no splits."""
        return self.torn_manifest or "splits" in self.manifest or ("mmdata" in self.manifest and not self.mended)

    @cached_property
    def mended(self) -> bool:
        """Whether lint wrote it."""
        return "mended" in self.manifest

    @cached_property
    def _told(self) -> Any:
        try:
            return msgspec.json.decode((self.folder / MANIFEST).read_bytes())
        except OSError:
            return None
        except msgspec.DecodeError:
            return _Torn()

    @cached_property
    def files(self) -> list[str]:
        """Every file below the folder, relative to it, with `/`, sorted."""
        if self._only:
            return [self._only]
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    @cached_property
    def shards(self) -> list[dict[str, Any]]:
        """Files of samples: path and split; of the manifest's entries also samples, bytes and sha256."""
        if "splits" not in self.manifest:
            return [{"path": file, "split": ""} for file in self.files if file.lower().endswith(SUFFIXES)]
        return [
            {**shard, "split": name}
            for name, split in _objects(self.manifest.get("splits"))
            for shard in _list(split)
            if _stays(shard.get("path"))
        ]

    @cached_property
    def escaping(self) -> list[str]:
        """Paths in the manifest that lead out of the folder; nothing is looked for there."""
        told = [shard.get("path") for _, split in _objects(self.manifest.get("splits")) for shard in _list(split)]
        told += [each.get("path") for each in _members(self.manifest.get("files"))]
        return sorted({path for path in told if isinstance(path, str) and not _stays(path)})

    @cached_property
    def shard_files(self) -> list[ShardFile | None]:
        """What each of `shards` is on the disk; None where it is not there or cannot be read."""
        return [self._looked_at(shard["path"]) for shard in self.shards]

    @cached_property
    def listed(self) -> list[Listed]:
        """The files that the manifest lists, whether they are there or not."""
        if not self.manifest:
            return []
        entries = {each["path"]: each for each in self.shards if "sha256" in each} | {
            each["path"]: each for each in _members(self.manifest.get("files")) if _stays(each.get("path"))
        }
        return [Listed(path, each.get("bytes", -1), each.get("sha256", "")) for path, each in sorted(entries.items())]

    @cached_property
    def missing(self) -> list[int]:
        """The places in `listed` of files that are not there."""
        return [at for at, each in enumerate(self.listed) if not (self.folder / each.path).is_file()]

    @cached_property
    def inputs(self) -> list[Listed]:
        """The label files that it was built from, as far as the manifest names them one by one."""
        return [
            Listed(each["path"], each.get("bytes", -1), each.get("sha256", ""))
            for each in _members(self.manifest.get("inputs"))
            if isinstance(each.get("path"), str)
        ]

    @cached_property
    def input_files(self) -> list[Path]:
        """Where each of `inputs` may be: as the user named it, from here, or if not there, from beside the folder."""
        here = [Path(os.path.abspath(each.path)) for each in self.inputs]  # noqa: PTH100 (links stay)
        beside = [self.folder.parent / each.path for each in self.inputs]
        return [one if one.is_file() else other for one, other in zip(here, beside, strict=True)]

    @cached_property
    def leftovers(self) -> list[str]:
        """What runs that died have left: beside the folder (as absolute paths), and half-written files in it where
        there is no list of the files; where there is one, they are strays.
        """
        name = re.compile(_STAGED.format(re.escape(self.folder.name)))
        beside: list[str] = []
        if not self._only and not self.folder.parent.joinpath(f"{self.folder.name}.lock").exists():  # nobody is at it
            with suppress(OSError):
                beside = sorted(str(each) for each in self.folder.parent.iterdir() if name.fullmatch(each.name))
        return [*beside, *(file for file in self.files if not self._lists and half_written(file))]

    @cached_property
    def strays(self) -> dict[str, int]:
        """What the manifest does not list: files, each with 0; of folders without a listed file the outermost alone,
        with the number of files in it.
        """
        if not self._lists or self._only:
            return {}
        known = {".", *(str(above) for each in self.listed for above in PurePosixPath(each.path).parents)}
        found: Counter[str] = Counter()
        try:
            for path in unlisted(self.folder):
                above = (str(each) for each in reversed(PurePosixPath(path).parents))
                folder = next((each for each in above if each not in known), None)
                found[folder or path] += folder is not None
        except OSError as fault:
            raise InputError(str(self.folder), f"cannot be read ({fault.strerror})", "Check its permissions.") from None
        return dict(found)

    @property
    def _lists(self) -> bool:
        """Whether the manifest lists all files: mended labels lie among files of others."""
        return isinstance(self.manifest.get("files"), list) and not self.mended

    @cached_property
    def members(self) -> dict[str, list[tuple[int, str]]]:
        """Members of tars by what is wrong with them: `dotted`, `scattered`, `double`; each with its shard."""
        found: dict[str, list[tuple[int, str]]] = {"dotted": [], "scattered": [], "double": []}
        for number, shard in enumerate(self.shard_files):
            for kind, members in found.items():
                members += [(number, name) for name in (getattr(shard, kind) if shard else ())]
        return found

    def differs(self, each: Listed, path: Path) -> bool:
        """Whether a file is there and is another than was listed, by its size or by its hash."""
        try:
            if path.stat().st_size != each.bytes:
                return True
            return _hash(path) != each.sha256
        except OSError:
            return False

    def places(self, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
        """(file, "") of some entries; of a tar's member its name is the place."""
        if column in ("dotted", "scattered", "double"):
            members = [self.members[column][each] for each in chosen]
            return [(str(self.folder / self.shards[number]["path"]), name) for number, name in members]
        named: dict[str, Callable[[int], str]] = {
            "": lambda _: "",
            "files": lambda each: self.files[each],
            "shards": lambda each: self.shards[each]["path"],
            "listed": lambda each: self.listed[each].path,
            "inputs": lambda each: str(self.input_files[each]),
            "escaping": lambda _: MANIFEST,
            "leftovers": lambda each: self.leftovers[each],
            "strays": lambda each: list(self.strays)[each],
        }
        return [(str(self.folder / named[column](each)), "") for each in chosen]

    def has_ignores(self) -> bool:
        """Files bid nothing."""
        return False

    def bidder(self, column: str, place: int) -> int:
        """The place itself: files bid nothing."""
        return place if column else -1

    def ignored(self, column: str, chosen: Sequence[int]) -> list[frozenset[str]]:
        """Nothing: files bid lint nothing, whatever the column."""
        return [frozenset()] * len(self.places(column, chosen))

    def _looked_at(self, path: str) -> ShardFile | None:
        try:
            return shard_file(self.folder / path)
        except OSError:
            return None


def half_written(path: str) -> bool:
    """Whether a file is called like one that is still being written."""
    return path.lower().endswith(_TEMPORARY)


def shards_at(path: Path, settings: Settings) -> Build | None:
    """The files of samples at a path that has no manifest: one file, or those of a folder; None where there are none.

    A folder in which a build was at work, or that lost its manifest, counts although its files may be of any form.
    """
    if path.is_file():
        return Build(path.parent, settings, path.name) if path.name.lower().endswith(SUFFIXES) else None
    begun = STAGED.fullmatch(path.name) or (path / "rejected.jsonl").is_file()
    found = (each for pattern in ("*", "*/*", "*/*/*") for each in path.glob(pattern))
    shards = any(each.name.lower().endswith(SUFFIXES) for each in islice(found, _LOOKED_AT))
    return Build(path, settings) if begun or shards or Build(path).mended else None


def _objects(members: Any) -> list[tuple[Any, dict[str, Any]]]:
    """The members that are objects: a manifest may hold anything."""
    held: dict[Any, Any] = members if isinstance(members, dict) else {}
    return [(key, each) for key, each in held.items() if isinstance(each, dict)]


def _members(held: Any) -> list[dict[str, Any]]:
    """The objects in a list: a manifest may hold anything."""
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def _list(split: dict[str, Any]) -> list[dict[str, Any]]:
    return _members(split.get("shards"))


def _stays(path: Any) -> bool:
    """Whether this is a path, and inside the folder."""
    if not isinstance(path, str) or not path or "\0" in path:
        return False
    parts = PurePosixPath(path.replace("\\", "/"))
    return not parts.is_absolute() and ".." not in parts.parts


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

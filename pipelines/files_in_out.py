"""The files of OUT that a row shows, by what they hold: pictures, films and sounds that were put beside the rows.

A row names such a file and does not hold it, so the row stays when the file becomes another; and the name has in it
where the file came from, so that the same picture is called otherwise in another place. The manifest has the hash of
each; of a million files 16 MB are kept.
"""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from ..converters.targets.protocol import Target
from ..schemas.errors import InputError, MmdataError
from .report.out import AGAIN, Manifest

HOUSE = "images/"
"""The folder of OUT that pictures are put into; their names there have a hash of where they came from."""

_LONGEST = 4096
"""Letters of a path; longer texts are none."""


class _Listed(msgspec.Struct):
    path: str
    sha256: str = ""


class _Files(msgspec.Struct):
    files: list[_Listed] = []


class FilesInOut:
    """What the manifest of OUT says of files that are no rows; raises `InputError` where its list is none."""

    def __init__(self, out: Path, manifest: Manifest) -> None:
        self._target = manifest.target()
        self._heads = (f"{out.resolve()}/", f"{out.absolute()}/")
        self._folders = {
            split: {*(f"{Path(shard.path).parent.as_posix()}/" for shard in held.shards), ""}
            for split, held in manifest.splits.items()
        }
        rows = {shard.path for split in manifest.splits.values() for shard in split.shards}
        place = out / "manifest.json"
        try:
            listed = msgspec.json.decode(place.read_bytes(), type=_Files).files
        except msgspec.ValidationError as fault:
            raise InputError(str(place), f"is not a manifest: {fault}", AGAIN) from None
        facts = [
            (_hash(each.path), _hash(each.sha256)) for each in listed if "/" in each.path and each.path not in rows
        ]
        facts.sort()
        self._paths, self._contents = (np.array([each[at] for each in facts], np.uint64) for at in (0, 1))

    def shown(self, row: dict[str, Any], split: str) -> dict[str, int]:
        """The files that a row names: each name as it stands there, and 64 bits of what the file holds."""
        if not len(self._paths):
            return {}
        names = dict.fromkeys([*_pictures(self._target, row), *_texts(row)])
        found = ((name, self._content(name, split)) for name in names if len(name) <= _LONGEST)
        return {name: content for name, content in found if content is not None}

    def _content(self, name: str, split: str) -> int | None:
        for head in self._heads:
            if name.startswith(head):
                return self._listed(name[len(head) :])
        if name.startswith("/"):  # a set that was moved, or copied, names its pictures where it was made
            return self._listed(f"{HOUSE}{name.rpartition(f'/{HOUSE}')[2]}")
        tried = (self._listed(folder + name) for folder in self._folders[split])
        return next((content for content in tried if content is not None), None)

    def _listed(self, path: str) -> int | None:
        own = np.uint64(_hash(path))
        at = int(np.searchsorted(self._paths, own))
        return int(self._contents[at]) if at < len(self._paths) and self._paths[at] == own else None


def _pictures(target: Target, row: dict[str, Any]) -> list[str]:
    """By the target: some have the names inside their texts. None where the row is none of its own."""
    try:
        return [str(name) for name in target.pictures(row)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MmdataError):
        return []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in cast(dict[str, Any], value).values():
            yield from _texts(each)
    elif isinstance(value, list):
        held: list[Any] = value
        for each in held:
            yield from _texts(each)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")

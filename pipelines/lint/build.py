"""Build: a data set that mmdata wrote, as rules look at it: its folder, its manifest, the files that are there."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from .settings import PLAIN, Settings


class Build:
    """One built data set. `manifest` is {} where there is none or it cannot be read; Hits name the column "files"."""

    def __init__(self, folder: Path, settings: Settings = PLAIN) -> None:
        self.folder = folder
        self.settings = settings

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What manifest.json says."""
        try:
            read: Any = msgspec.json.decode((self.folder / "manifest.json").read_bytes())
        except (OSError, msgspec.DecodeError):
            return {}
        return read if isinstance(read, dict) else {}

    @cached_property
    def files(self) -> list[str]:
        """Every file below the folder, relative to it, with `/`, sorted."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    @cached_property
    def shards(self) -> list[dict[str, Any]]:
        """The manifest's entries of files of samples: path, samples, bytes, sha256, and the split's name."""
        splits = self.manifest.get("splits") or {}
        return [{**shard, "split": name} for name, split in splits.items() for shard in split.get("shards", ())]

    def places(self, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
        """(file, "") of some of `files`, or of some of `shards`."""
        if column == "shards":
            return [(str(self.folder / self.shards[each]["path"]), "") for each in chosen]
        return [(str(self.folder / self.files[each]), "") for each in chosen]

    def has_ignores(self) -> bool:
        """Files bid nothing."""
        return False

    def ignored(self, column: str, chosen: Sequence[int]) -> list[frozenset[str]]:
        """Nothing: files bid lint nothing, whatever the column."""
        return [frozenset()] * len(self.places(column, chosen))

"""Settings: what a user chose for one run of lint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices about one run; the defaults are those of the command line.

    `select` and `ignore` hold codes, beginnings of codes and names; an empty `select` is every stable rule. `target`
    is the model that will be trained, where that is not said by the data. Lengths are tokens, pixels are areas.
    """

    source: str = ""  # --as: a source's or target's name; empty: by content
    source_options: Any = None
    images: Path | None = None
    check_images: bool = True
    deep: bool = False
    cache: Path | None = None  # the folder of facts about pictures from earlier runs; None: none is kept
    target: str = ""
    max_length: int | None = None
    min_pixels: int | None = None
    max_pixels: int | None = None
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    root: Path = field(default_factory=Path)  # the folder that patterns of files are about
    shown: int | None = 20  # findings of a rule that are kept whole; None: all
    copy_of: tuple[Path, Path] | None = None  # the copy that is read while it is mended, and where the pictures are
    row_group_bytes: int = 300_000_000  # what the Hub shows of Parquet
    against: Path | None = None  # another split, or hashes of a benchmark, that must not be in here


PLAIN = Settings()
"""Nothing chosen."""

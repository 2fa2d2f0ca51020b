"""Recognising by content which source reads a file or folder; what may be two things is named, not guessed.

Every source is asked by its `sniff`. Of a folder, the folder itself is asked about first, then the files in it, two
folders down and a thousand at most, by those sources that did not know the folder as a whole.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from .sources import load_source, source_names
from .sources.beside import is_pipe
from .sources.protocol import Source

LEVELS = 2
"""Folders below the named one in which files are looked at."""
ENTRIES = 1000
"""Files that are looked at."""

_LABELS = (".json", ".jsonl", ".ndjson", ".xml", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".data", ".parquet", ".arrow")


class Candidate(NamedTuple):
    """A source that would read `path`, and what it saw there."""

    source: str
    path: Path
    why: str


def candidates(path: Path) -> list[Candidate]:
    """Every way to read a file or folder, in the order of the registry and of the files' names.

    A folder that a source knows as a whole is one candidate; its files are then none for the same source.
    """
    sources = list(_sources())
    whole = [Candidate(name, path, why) for name, source in sources if (why := sniffed(source, path))]
    if not path.is_dir():
        return whole
    known = {each.source for each in whole}
    files = list(label_files(path))
    inside = [
        Candidate(name, file, why)
        for name, source in sources
        if name not in known
        for file in files
        if (why := sniffed(source, file))
    ]
    return [*whole, *inside]


def sniffed(source: Source, path: Path) -> str | None:
    """Why the source knows the path, or None; also where it cannot be read, which its reader says better."""
    try:
        return source.sniff(path)
    except OSError:
        return None


def label_files(folder: Path) -> Iterator[Path]:
    """The files near the top of a folder whose endings are those of label files, sorted within each folder.

    Without pipes and devices, which are never read.
    """
    named = (path for path in _near(folder) if path.suffix.lower() in _LABELS)
    return islice((path for path in named if not is_pipe(path)), ENTRIES)


def seen(folder: Path) -> str:
    """What stands in a folder, by ending: `23 .txt, 4 .jpg and 1 .md`; `nothing`. Of the first thousand files."""
    return endings(path.name for path in islice(_near(folder, deep=True), ENTRIES)) or "nothing"


def endings(names: Iterable[str]) -> str:
    """File names counted by ending, the commonest first; empty where there are none."""
    counts = sorted(Counter(Path(name).suffix.lower() for name in names).items(), key=lambda each: (-each[1], each[0]))
    things = [f"{count} {ending or 'without an ending'}" for ending, count in counts[:5]]
    if len(counts) > 5:
        things[4:] = [f"{sum(count for _, count in counts[4:])} others"]
    return f"{', '.join(things[:-1])} and {things[-1]}" if len(things) > 1 else "".join(things)


def _sources() -> Iterator[tuple[str, Source]]:
    for name in source_names():
        try:
            yield name, load_source(name)
        except ImportError:
            continue  # a third party's source whose own needs are not met cannot help here


def _near(folder: Path, *, deep: bool = False) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        if not deep and len(Path(parent).relative_to(folder).parts) >= LEVELS:
            folders.clear()
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))

"""Bids: what entries of a label file bid lint pass over, by a `lint_ignore` of their own: `"lint_ignore": ["GE007"]`.

Readers do not keep a key that means nothing to training. So a JSON file that has the word in it anywhere is looked
through once, and what an annotation bids is put among its attributes, where rules' hits are held against it.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from ...converters import table
from ...converters.json_pointer import step

KEY = "lint_ignore"


def bids_in(path: Path) -> dict[str, list[str]]:
    """The words of every `lint_ignore` in a JSON file, by the pointer of the object that has it.

    Empty for folders and other kinds of file; where the file is no JSON its reader says so.
    """
    if path.suffix.lower() != ".json" or not path.is_file() or not path.stat().st_size:
        return {}
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content.find(f'"{KEY}"'.encode()) < 0:
                return {}
            return dict(_found(msgspec.json.decode(content), ""))
    except (OSError, ValueError, RecursionError):
        return {}


def _found(value: Any, at: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(value, dict):
        if KEY in value:
            words = value[KEY]
            yield at, [str(each) for each in words] if isinstance(words, list) else [str(words)]
        for key, below in value.items():
            if isinstance(below, (dict, list)):
                yield from _found(below, at + step(key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            if isinstance(below, (dict, list)):
                yield from _found(below, f"{at}/{number}")


def words_at(bids: dict[str, list[str]], at: str) -> list[str]:
    """What is bidden at a place: by the object there, or by one that it is in."""
    words: list[str] = []
    while at:
        words += bids.get(at, ())
        at = at.rpartition("/")[0]
    return words


def with_bids(batch: pa.RecordBatch, bids: dict[str, list[str]]) -> pa.RecordBatch:
    """The batch with what its objects bid among their attributes."""
    count = int(table.counts(batch, "objects").sum())
    held: list[str | None] = table.entries(batch, "objects", "attributes").to_pylist()
    changed = False
    for place, (_, at) in enumerate(table.places(batch, "objects", range(count))):
        if words := words_at(bids, at):
            known = msgspec.json.decode(held[place] or "{}")
            held[place] = msgspec.json.encode({**known, KEY: words}).decode()
            changed = True
    return table.with_fields(batch, "objects", {"attributes": pa.array(held, pa.string())}) if changed else batch

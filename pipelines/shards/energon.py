"""Megatron-Energon: the tars of the form `webdataset`, and the folder `.nv-meta` that `energon prepare` would make.

`.nv-meta/.info.json` has the samples of every tar, `split.yaml` the tars of every split, `index.sqlite` where every
sample and member stands, `index.uuid` the version of that; beside each tar `NAME.tar.idx` has where every sample
begins and the last ends (uint64). `dataset.yaml`, what the samples are, is the target's. Read off `energon prepare`
(flavors/webdataset/prepare.py, indexing.py, itar.py, head bef8be2) and compared with what it makes of the same tars:
the tables and indexes are the same, but for the uuid, which here follows from the tars instead of chance.
"""

import json
import sqlite3
import uuid
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..commit.destination import telling
from ..commit.staging import StagingFolder
from . import webdataset
from .tar import Member, members

FOLDER = ".nv-meta"
BATCH = 4096

_TABLES = (
    "CREATE TABLE samples (tar_file_id INTEGER NOT NULL, sample_key TEXT NOT NULL UNIQUE, "
    "sample_index INTEGER NOT NULL, byte_offset INTEGER, byte_size INTEGER)",
    "CREATE TABLE sample_parts (tar_file_id INTEGER, sample_index INTEGER, part_name TEXT, "
    "content_byte_offset INTEGER, content_byte_size INTEGER)",
)
_INDEXES = (
    "CREATE INDEX idx_samples_by_tar_and_idx ON samples(tar_file_id, sample_index)",
    "CREATE INDEX idx_sample_parts_seq ON sample_parts(tar_file_id, sample_index, content_byte_offset)",
    "CREATE INDEX idx_sample_parts_full ON sample_parts"
    "(tar_file_id, sample_index, part_name, content_byte_offset, content_byte_size)",
)

LENGTHS = webdataset.LENGTHS
files, read_rows = webdataset.files, webdataset.read_rows


class _Place(NamedTuple):
    """A sample in its tar: its key, its members, its first byte and that after its last."""

    key: str
    parts: list[Member]
    start: int
    end: int


def finish(staging: StagingFolder, manifest: Mapping[str, Any]) -> None:
    """Write `.nv-meta` and the tars' own indexes; every tar is read once more, its headers alone."""
    splits: Mapping[str, Any] = manifest["splits"]
    shards = [shard for split in splits.values() for shard in split["shards"]]
    counts = {shard["path"]: shard["samples"] for shard in shards}
    parts = {name: [shard["path"] for shard in split["shards"]] for name, split in splits.items()}
    said = {
        ".info.json": json.dumps({"energon_version": None, "shard_counts": counts}, indent=2).encode(),
        "split.yaml": yaml.safe_dump({"split_parts": parts, "exclude": []}, sort_keys=False).encode(),
        "index.uuid": _version(shards).encode(),
    }
    for name, content in said.items():
        with staging.open(f"{FOLDER}/{name}") as writer:
            writer.write(content)
    _write_index(staging, list(counts))


def _version(shards: Sequence[Mapping[str, Any]]) -> str:
    """A uuid of the tars' own bytes: the same data has the same, other data another."""
    digest = sha256("\n".join(f"{shard['path']} {shard['sha256']}" for shard in shards).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _write_index(staging: StagingFolder, paths: list[str]) -> None:
    name = f"{FOLDER}/index.sqlite"
    place = staging.folder / name
    with telling(staging.out / name):
        try:
            with closing(sqlite3.connect(place)) as index:
                for statement in _TABLES:
                    index.execute(statement)
                for number, path in enumerate(paths):
                    _add(index, number, staging, path)
                for statement in _INDEXES:
                    index.execute(statement)
                index.commit()
        except sqlite3.OperationalError as error:  # the disk is full, most likely
            raise OSError(None, str(error)) from error
    staging.adopt(name)


def _add(index: sqlite3.Connection, number: int, staging: StagingFolder, path: str) -> None:
    starts = array("Q")
    end = 0
    held: list[tuple[int, _Place]] = []
    for at, sample in enumerate(_samples(staging.folder / path)):
        starts.append(sample.start)
        end = sample.end
        held.append((at, sample))
        if len(held) == BATCH:
            _insert(index, number, held)
            held = []
    _insert(index, number, held)
    starts.append(end)
    with staging.open(f"{path}.idx") as writer:
        writer.write(b"".join(each.to_bytes(8, "little") for each in starts))


def _insert(index: sqlite3.Connection, number: int, held: Sequence[tuple[int, _Place]]) -> None:
    index.executemany(
        "INSERT INTO samples VALUES (?, ?, ?, ?, ?)",
        ((number, sample.key, at, sample.start, sample.end - sample.start) for at, sample in held),
    )
    index.executemany(
        "INSERT INTO sample_parts VALUES (?, ?, ?, ?, ?)",
        (
            (number, at, part.name.partition(".")[2], part.start, part.size)
            for at, sample in held
            for part in sample.parts
        ),
    )


def _samples(path: Path) -> Iterator[_Place]:
    key, parts = "", list[Member]()
    with path.open("rb") as file:
        for member in members(file, path):
            name = member.name.partition(".")[0]
            if parts and name != key:
                yield _Place(key, parts, parts[0].header, parts[-1].end)
                parts = []
            key = name
            parts.append(member)
    if parts:
        yield _Place(key, parts, parts[0].header, parts[-1].end)

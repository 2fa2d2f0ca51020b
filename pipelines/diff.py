"""What changed between two data sets, sample by sample, in memory that does not grow with what a sample says.

A sample is known by its row's `id`, with its turn where one id has several rows (`x`, the second `x`); rows without an
id are known by their content alone. In a tar the id is in the member `json`, or is what a key says after its split and
running number, which are no part of the sample: with one more in front all of them would be others. Content is the row
itself, with OUT's own folder taken out of its paths, so that the same set in another place is the same; and files of
OUT that it names are what they hold, by the manifest. Of every sample 16 bytes are kept and its split; the rows are
read a second time to name the first of each difference.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .files_in_out import FilesInOut
from .report.out import Manifest, read_manifest, rows
from .shards.webdataset import KEY, LENGTHS, own_part

_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True)
class Difference:
    """Numbers of samples, and the names of the first of each kind; `options` and `inputs` that are not the same."""

    same: int
    added: int
    removed: int
    changed: int
    moved: int
    examples: dict[str, list[str]]
    splits: dict[str, tuple[int, int]]
    options: dict[str, tuple[Any, Any]] = field(default_factory=dict[str, tuple[Any, Any]])
    inputs: list[str] = field(default_factory=list[str])

    @property
    def empty(self) -> bool:
        """Whether not a sample differs."""
        return not (self.added or self.removed or self.changed or self.moved)


@dataclass(frozen=True)
class _Samples:
    """Of every sample, in the order of its name's hash: that hash, its content's, its split's number, its place."""

    names: NDArray[np.uint64]
    contents: NDArray[np.uint64]
    splits: NDArray[np.int8]
    places: NDArray[np.int64]


def diff(old: Path, new: Path, shown: int = 10) -> Difference:
    """Compare two data sets that mmdata wrote. Raises `InputError` for what is none, or has a row that is none."""
    manifests = [read_manifest(folder) for folder in (old, new)]
    splits = list(dict.fromkeys(name for manifest in manifests for name in manifest.splits))
    before, after = (_samples(each, manifest, splits) for each, manifest in zip((old, new), manifests, strict=True))
    here, there = _found(before, after), _found(after, before)
    both = here >= 0
    altered = both & (before.contents != after.contents[here])
    moved = both & (before.splits != after.splits[here])
    kinds = {
        "removed": (old, manifests[0], before.places[~both]),
        "added": (new, manifests[1], after.places[there < 0]),
        "changed": (new, manifests[1], after.places[here[altered]]),
        "moved": (new, manifests[1], after.places[here[moved]]),
    }
    return Difference(
        same=int((both & ~altered & ~moved).sum()),
        **{kind: len(places) for kind, (_, _, places) in kinds.items()},
        examples={kind: _named(*where, splits, shown) for kind, where in kinds.items()},
        splits={name: (_count(manifests[0], name), _count(manifests[1], name)) for name in splits},
        options=_options(old, new),
        inputs=_inputs(old, new),
    )


def _samples(out: Path, manifest: Manifest, splits: list[str]) -> _Samples:
    names: NDArray[np.uint64] = np.zeros(0, np.uint64)
    contents: NDArray[np.uint64] = np.zeros(0, np.uint64)
    places: NDArray[np.int8] = np.zeros(0, np.int8)
    held: list[tuple[int, int, int]] = []
    seen: Counter[int] = Counter()
    for split, name, content in _keys(out, manifest, splits):
        seen[name] += 1
        own = name if seen[name] == 1 else _hash(f"{name} {seen[name]}".encode())
        held.append((own, content, split))
        if len(held) == 1 << 16:
            names, contents, places = _longer(names, contents, places, held)
            held.clear()
    names, contents, places = _longer(names, contents, places, held)
    order = np.argsort(names, kind="stable")
    return _Samples(names[order], contents[order], places[order], order.astype(np.int64))


def _longer(
    names: NDArray[np.uint64], contents: NDArray[np.uint64], splits: NDArray[np.int8], held: list[tuple[int, int, int]]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int8]]:
    more = list(zip(*held, strict=True)) or [(), (), ()]
    return (
        np.concatenate([names, np.array(more[0], np.uint64)]),
        np.concatenate([contents, np.array(more[1], np.uint64)]),
        np.concatenate([splits, np.array(more[2], np.int8)]),
    )


def _keys(out: Path, manifest: Manifest, splits: list[str]) -> Iterator[tuple[int, int, int]]:
    """(split, hash of the name, hash of the content) of every row, in order."""
    own = _encode(f"{out.resolve()}/")[1:-1]
    files = FilesInOut(out, manifest)
    for split, name, row in _rows(out, manifest, splits):
        said = _encode(row)
        for path, held in files.shown(row, splits[split]).items():
            said = said.replace(_encode(path)[1:-1], b"%016x" % held)
        content = _hash(said.replace(own, b"OUT/"))
        yield split, _hash(str(name).encode("utf-8", "surrogatepass")) if name is not None else content, content


def _rows(out: Path, manifest: Manifest, splits: list[str]) -> Iterator[tuple[int, Any, dict[str, Any]]]:
    for number, split in enumerate(splits):
        if split in manifest.splits:
            for row in rows(out, manifest, split):
                yield number, _name(row), row


def _name(row: dict[str, Any]) -> Any:
    """What names a row, None where nothing does; of the key of a tar's sample only that is left in the row."""
    if KEY not in row:
        return row.get("id")
    row[KEY] = own_part(str(row[KEY]))
    said: Any = row.get(LENGTHS)
    return (said.get("id") if isinstance(said, dict) else None) or row[KEY] or None


def _hash(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


def _found(these: _Samples, those: _Samples) -> NDArray[np.int64]:
    """For each of these samples where it is among those, -1 where it is not."""
    if not len(those.names):
        return np.full(len(these.names), -1, np.int64)
    at = np.minimum(np.searchsorted(those.names, these.names), len(those.names) - 1)
    return np.where(those.names[at] == these.names, at, -1).astype(np.int64)


def _named(out: Path, manifest: Manifest, places: NDArray[np.int64], splits: list[str], shown: int) -> list[str]:
    """The names of the first rows among some, by their places in the order of the files."""
    wanted = set(np.sort(places)[:shown].tolist())
    if not wanted:
        return []
    every = enumerate(_rows(out, manifest, splits))
    named = (str(name if name is not None else f"row {place}") for place, (_, name, _) in every if place in wanted)
    return list(islice(named, len(wanted)))


def _count(manifest: Manifest, split: str) -> int:
    return manifest.splits[split].samples if split in manifest.splits else 0


def _whole(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = msgspec.json.decode((out / "manifest.json").read_bytes())
    return read


def _options(old: Path, new: Path) -> dict[str, tuple[Any, Any]]:
    before, after = (_whole(each).get("options") or {} for each in (old, new))
    return {
        name: (before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def _inputs(old: Path, new: Path) -> list[str]:
    """Inputs whose bytes are not the same, by path; one that was only named otherwise is the same."""
    before, after = ({each["path"]: each["sha256"] for each in _whole(out).get("inputs") or ()} for out in (old, new))
    both = {*before.values()} & {*after.values()}
    there = [*before.items(), *after.items()]
    return sorted({path for path, held in there if before.get(path) != after.get(path) and held not in both})

"""Stamps: what files are now, so that a result of a store is known to be of what there is.

The files of labels that a part names count by their content, folders and pictures by names, sizes and times. A source
may read more than it was given: the questions beside the answers, the labels that a list names. Which, is known once
it has read them; they count by their content too, and files of their kind that come beside them.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from ...schemas.accounting import InputFile
from ...schemas.shown import shown
from ..digest import digest
from ..job import Job

BLOCK = 1 << 20


def stamp(path: bytes) -> bytes:
    """A file as it is now: its path, and size and time of its last change."""
    try:
        status = os.stat(path)  # noqa: PTH116  a path in bytes
    except (OSError, ValueError):
        return path + b"\t"
    return path + f"\t{status.st_size} {status.st_mtime_ns}".encode()


def tree_of(folder: Path) -> str:
    """The digest of the names, sizes and times of all files in a folder."""
    return digest(sorted(_stamps(folder)))


def label_files(job: Job) -> Iterator[tuple[str, str]]:
    """Every path of labels that a job names with what it holds: a file by its hash, a folder by what lies in it."""
    for path in _named(job):
        if path.is_dir():
            yield str(path), tree_of(path)
        elif path.is_file():
            yield str(path), _hash(path)


def read_besides(job: Job, inputs: Sequence[InputFile]) -> dict[str, str]:
    """Of the files that were read, those that the job does not name: their paths, with the hashes they had.

    Some sources say paths from above the folder they were given; one that leads nowhere stays as it was said, and no
    file will ever have its hash.
    """
    back = tuple((said, local) for local, said in job.shown)
    named = [os.path.realpath(path) for path in _named(job)]
    inside = (f"{job.input}/", f"{job.input.name}/") if job.input.is_dir() else ()
    found: dict[str, str] = {}
    for each in inputs:
        if inside and each.path.startswith(inside) and ".." not in each.path:  # there may be a million of these
            continue
        path = _where(shown(each.path, back), job.input, each.bytes)
        if not any(path == own or path.startswith(f"{own}/") for own in named):
            found[path] = each.sha256
    return found


def _where(said: str, given: Path, size: int) -> str:
    """The file of that size that is called so, from here or from a folder above the labels."""
    real = os.path.realpath(given)
    for folder in (Path(), *Path(real).parents):
        path = os.path.realpath(folder / said)
        if os.path.isfile(path) and os.path.getsize(path) == size:  # noqa: PTH113, PTH202  texts
            return path
    return said


def digest_besides(files: Mapping[str, str]) -> str:
    """The digest of such files with their hashes, and of the files of their kinds in their folders."""
    kinds = {(os.path.dirname(path), os.path.splitext(path)[1]) for path in files}  # noqa: PTH120, PTH122  texts
    beside = {name for folder, kind in kinds for name in _of_kind(folder, kind)}
    return digest(sorted(files.items()), sorted(beside)) if files else ""


def hashes_now(files: Mapping[str, str]) -> dict[str, str]:
    """The same files with the hashes they have now; empty for one that cannot be read."""
    return {path: _hash(Path(path)) for path in files}


def _named(job: Job) -> list[Path]:
    own = vars(job.source_options).values() if job.source_options is not None else ()
    return [job.input, *(each for each in own if isinstance(each, Path))]


def _of_kind(folder: str, kind: str) -> Iterator[bytes]:
    try:
        with os.scandir(folder or ".") as entries:
            yield from (stamp(os.fsencode(each.path)) for each in entries if each.name.endswith(kind))
    except OSError:
        return


def _hash(path: Path) -> str:
    state = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                state.update(block)
    except OSError:
        return ""
    return state.hexdigest()


def _stamps(folder: Path) -> Iterator[bytes]:
    for home, _, names in os.walk(os.fsencode(folder)):
        yield from (stamp(os.path.join(home, name)) for name in names)  # noqa: PTH118

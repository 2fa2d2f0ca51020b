"""What stages have done, kept by what it depends on: `--resume` of a run that was stopped, `--cache` for later ones.

An entry is a folder named by the digest of all that its result depends on (content, options, versions): the receipt,
and hard links to the files that it speaks of, or copies where there are no links. It is made beside its name and takes
it whole; when it is looked up every file is hashed again, and one that is not what it was is no entry.
"""

import os
import secrets
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_origin

import msgspec
import numpy as np

from ..converters.templates.absent_texts import WrittenTexts
from .commit import fs
from .commit.destination import telling

Result = TypeVar("Result")

RECEIPT = "receipt"
BLOCK = 1 << 20

STALE = 3600.0
"""Seconds after which an entry that is half made is nobody's any more."""


class _Entry(msgspec.Struct):
    """The receipt of an entry: the result as it was encoded, its hash, and size and sha256 of each file."""

    result: bytes
    sum: str
    files: list[tuple[int, str]]


class Kept(NamedTuple):
    """A result with the files that it speaks of, which have to be where `files` says."""

    result: bytes
    files: Sequence[Path]


class Store:
    """A folder of results by their keys; `counts` says of every stage how many were found, and how many made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter[str])

    def find(self, key: str, places: Callable[[bytes, Sequence[Path]], Sequence[Path] | None]) -> bool:
        """Whether there is a whole result of that key; then its files were put where `places` says, which is given the
        result and its files in the store.

        `places` may find that the result is of no use: None. Then nothing is put anywhere.
        """
        home = self._home(key)
        entry = self._whole(home)
        files = None if entry is None else places(entry.result, [home / str(at) for at in range(len(entry.files))])
        if entry is None or files is None or len(files) != len(entry.files):
            return False
        for at, file in enumerate(files):
            with telling(file):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.unlink(missing_ok=True)
                _given(home / str(at), file)
        return True

    def take(self, key: str, file: Path) -> bool:
        """Whether there is a whole result of that key that is one file; then it is `file`, which was not there, too.

        Workers do this side by side: an entry that another replaces meanwhile is none.
        """
        home = self._home(key)
        entry = self._whole(home)
        if entry is None or len(entry.files) != 1:
            return False
        with suppress(OSError):
            _given(home / "0", file)
            return True
        return False

    def keep(self, key: str, kept: Kept) -> None:
        """Keep a result; a store that takes nothing more only costs time later."""
        home = self._home(key)
        making = self.folder / f".making-{secrets.token_hex(8)}"
        facts: list[tuple[int, str]] = []
        with suppress(OSError):
            making.mkdir(parents=True)
            for at, file in enumerate(kept.files):
                _given(file, making / str(at))
                facts.append(_facts(making / str(at)) or (0, ""))
            entry = _Entry(kept.result, sha256(kept.result).hexdigest(), facts)
            (making / RECEIPT).write_bytes(msgspec.msgpack.encode(entry))
            home.parent.mkdir(exist_ok=True)
            if home.exists():
                shutil.rmtree(home)
            making.rename(home)
        shutil.rmtree(making, ignore_errors=True)

    def _home(self, key: str) -> Path:
        return self.folder / key[:2] / key

    def _whole(self, home: Path) -> _Entry | None:
        """The entry that is there, if its result and all its files are what they were."""
        try:
            entry = msgspec.msgpack.decode((home / RECEIPT).read_bytes(), type=_Entry)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        whole = sha256(entry.result).hexdigest() == entry.sum
        whole = whole and all(_facts(home / str(at)) == facts for at, facts in enumerate(entry.files))
        return entry if whole else None

    def told(self) -> dict[str, tuple[int, int]]:
        """Of every stage, how many of its parts were found, and of how many."""
        return {stage: (counts["found"], counts.total()) for stage, counts in self.counts.items()}

    def sweep(self) -> None:
        """Remove what runs that were stopped left half made; what is young another run may be making now."""
        with suppress(OSError):
            for each in self.folder.glob(".making-*"):
                if time.time() - each.stat().st_mtime > STALE:
                    shutil.rmtree(each, ignore_errors=True)


def _given(file: Path, place: Path) -> None:
    """The file under another name too; a copy where links are not."""
    try:
        fs.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def _facts(path: Path) -> tuple[int, str] | None:
    """Size and sha256; None where it cannot be read."""
    state, size = sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                state.update(block)
                size += len(block)
    except OSError:
        return None
    return size, state.hexdigest()


def encoded(result: Any) -> bytes:
    """A receipt as bytes: dataclasses of plain values, paths and arrays."""
    return msgspec.msgpack.encode(result, enc_hook=_plain)


def decoded(content: bytes, kind: type[Result]) -> Result:
    """The receipt that was `encoded`."""
    return msgspec.msgpack.decode(content, type=kind, dec_hook=_rebuilt)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return os.fspath(value)
    if isinstance(value, np.ndarray):
        return value.dtype.str, list(value.shape), value.tobytes()
    if isinstance(value, WrittenTexts):
        return value.in_order()
    raise NotImplementedError(type(value))


def _rebuilt(kind: Any, value: Any) -> Any:
    whole = get_origin(kind) or kind
    if whole is np.ndarray:
        dtype, shape, content = value
        return np.frombuffer(content, np.dtype(dtype)).reshape(shape)
    if whole is Counter:
        return Counter(value)
    if whole is WrittenTexts:
        texts = WrittenTexts()
        texts.add(value)
        return texts
    return whole(value)

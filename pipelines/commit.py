"""The commit protocol: at any instant OUT is absent, the previous whole version, or the new whole version.

    lock     OUT.lock beside OUT                               another run: OutputError naming it
    sweep    leftovers of runs that died
    stage    .OUT.<id>.partial/ beside OUT                     each file written, hashed, flushed, fsynced
    close    manifest.json last, then fsync of every folder
    publish  rename (OUT is absent or empty) or exchange of the two names (OUT is an older version), fsync of the parent
    sweep    the older version, then the lock

A run that dies before `publish` leaves a staging folder and no change; one that dies after it leaves the new version
and the old one under the staging name. The next run sweeps either. Where names cannot be exchanged (NFS, some FUSE)
the old version is moved to .OUT.<id>.old first: a run that dies between the two moves leaves OUT absent, and the next
run moves it back before anything else.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple, Self

from ..schemas.errors import InternalError
from . import fs
from .lock import Lock
from .place import MANIFEST, check_apart, check_replaceable, real, telling

BLOCK = 1 << 20  # bytes kept back before they are hashed and written


class Receipt(NamedTuple):
    """One file that is whole and on the disk: path relative to OUT with `/`, size in bytes, sha256 in hex."""

    path: str
    bytes: int
    sha256: str


class Writer:
    """One file being staged. `close` returns its receipt; leaving a `with` block by an exception gives the file up."""

    def __init__(self, staged: Path, shown: Path, path: str, done: Callable[[Receipt], None]) -> None:
        self.path = path
        self.bytes = 0
        self._shown = shown
        self._done = done
        self._hash = sha256()
        self._kept = bytearray()
        self._receipt: Receipt | None = None
        self._descriptor: int | None = fs.create(staged)

    def write(self, data: bytes) -> None:
        """Append `data`; `OutputError` when the disk does not take it."""
        self._kept += data
        self.bytes += len(data)
        if len(self._kept) >= BLOCK:
            self._flush()

    def close(self) -> Receipt:
        """Put everything on the disk and return the receipt; a second call returns the same one."""
        if self._receipt is None:
            self._flush()
            with telling(self._shown):
                fs.sync(self._open())
                descriptor, self._descriptor = self._open(), None
                fs.close(descriptor)
            self._receipt = Receipt(self.path, self.bytes, self._hash.hexdigest())
            self._done(self._receipt)
        return self._receipt

    def abandon(self) -> None:
        """Close the descriptor and nothing else; never fails."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):  # the file is given up anyway
                fs.close(descriptor)

    def _flush(self) -> None:
        data, self._kept = bytes(self._kept), bytearray()
        self._hash.update(data)
        rest = memoryview(data)
        with telling(self._shown):
            while rest:
                rest = rest[fs.write(self._open(), rest) :]

    def _open(self) -> int:
        if self._descriptor is None:
            raise InternalError(self.path, "was written after it was closed", "Please report this fault of mmdata's.")
        return self._descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


class Staging:
    """The next version of OUT while it is made; `publish` puts it in place, leaving without `publish` removes it.

    `inputs` are what the run reads: label file or folder, and the folder of pictures where the user named one.
    Entering takes the lock, checks that OUT may be replaced (see `place`) and makes the staging folder, so that a run
    which cannot write fails before it reads. Everything raises `OutputError` with the path and the system's words.
    """

    def __init__(self, out: Path, inputs: Sequence[Path] = ()) -> None:
        self.out = out
        self.receipts: list[Receipt] = []
        self._inputs = tuple(inputs)
        self._place = real(out)
        self._id = secrets.token_hex(8)
        self._lock = Lock(self._beside(f"{self._place.name}.lock"))
        self._writers: dict[str, Writer] = {}
        self._folders: set[Path] = set()
        self._above: list[Path] = []  # the folders above OUT that we made, the deepest first

    @property
    def folder(self) -> Path:
        """The staging folder, for those who must write a file themselves (see `adopt`)."""
        return self._beside(f".{self._place.name}.{self._id}.partial")

    def __enter__(self) -> Self:
        check_apart(self.out, self._inputs)
        try:
            with telling(self.out):
                self._above = [each for each in self._place.parents if not each.exists()]
                fs.make_folder(self._place.parent)
                self._lock.acquire()
                self._recover()
                check_replaceable(self._place)
                fs.make_folder(self.folder)
            self._folders.add(self.folder)
        except BaseException:  # a signal too, from the first moment there is something to remove
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._leave()

    def open(self, path: str) -> Writer:
        """Begin a file of OUT; `path` is relative to OUT, with `/`. Its folder is made when it is not there."""
        staged = self._staged(path)
        with telling(self.out / path):
            fs.make_folder(staged.parent)
            writer = Writer(staged, self.out / path, path, self._finished)
        self._writers[path] = writer
        self._folders.update(self._between(staged))
        return writer

    def adopt(self, path: str) -> Receipt:
        """Take over a whole file that somebody else wrote at `folder / path`: fsync and hash it; its receipt."""
        staged = self._staged(path)
        with telling(self.out / path), staged.open("rb") as file:
            digest, size = sha256(), 0
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
            fs.sync(file.fileno())
        self._folders.update(self._between(staged))
        receipt = Receipt(path, size, digest.hexdigest())
        self.receipts.append(receipt)
        return receipt

    def staged_source(self, path: str) -> Path:
        """Where the file that rows name by `path` can be read now.

        Rows name a picture of OUT by the place it will have (OUT as the user wrote it, made absolute); until `publish`
        it stands in the staging folder. Every other path is returned as it is.
        """
        shown = Path(os.path.abspath(self.out))  # noqa: PTH100 - links in it stay, as in the rows
        named = Path(path)
        return self.folder / named.relative_to(shown) if named.is_relative_to(shown) else named

    def publish(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Add `files` (every receipt) to the manifest, write it last, and put the version in OUT's place.

        Returns the manifest as it was written. After this OUT is the new version, whatever happens.
        """
        if self._writers:
            raise InternalError(min(self._writers), "was not closed", "Please report this fault of mmdata's.")
        files = [receipt._asdict() for receipt in sorted(self.receipts)]
        whole = {**manifest, "files": files}
        with self.open(MANIFEST) as writer:
            writer.write(_encode(whole))
        with telling(self.out):
            for folder in sorted(self._folders, reverse=True):
                fs.sync_folder(folder)
            check_replaceable(self._place)  # a file may have been put there since this run began
            self._swap()
            fs.sync_folder(self._place.parent)
        return whole

    def _swap(self) -> None:
        if not self._place.exists() or not any(self._place.iterdir()):
            fs.rename(self.folder, self._place)
            return
        try:
            fs.exchange(self.folder, self._place)
        except OSError as error:
            if error.errno not in fs.EXCHANGE_UNSUPPORTED:
                raise
            self._move_over()

    def _move_over(self) -> None:
        """Put the new version in place without an exchange; OUT is absent between the two moves, and only there."""
        aside = self._beside(f".{self._place.name}.{self._id}.old")
        try:
            fs.rename(self._place, aside)
            fs.rename(self.folder, self._place)
        except BaseException:
            if aside.exists() and not self._place.exists():
                fs.rename(aside, self._place)
            raise
        _remove(aside)

    def _recover(self) -> None:
        """Bring back a version that a dead run had moved aside, and remove what dead runs left."""
        for aside in self._leftovers("old"):
            if self._place.exists():
                _remove(aside)
            else:
                fs.rename(aside, self._place)
        for partial in self._leftovers("partial"):
            _remove(partial)

    def _leftovers(self, kind: str) -> list[Path]:
        """Folders of that kind beside OUT; as this run holds the lock, no living run owns them."""
        name = re.compile(rf"\.{re.escape(self._place.name)}\.[0-9a-f]{{16}}\.{kind}")
        return sorted(each for each in self._place.parent.iterdir() if name.fullmatch(each.name))

    def _leave(self) -> None:
        for writer in self._writers.values():
            writer.abandon()
        _remove(self.folder)  # the unpublished version, or after an exchange the old one
        self._lock.release()
        with suppress(OSError):  # one that is not empty stays, and so do those above it
            for folder in self._above:
                folder.rmdir()

    def _finished(self, receipt: Receipt) -> None:
        del self._writers[receipt.path]
        self.receipts.append(receipt)

    def _staged(self, path: str) -> Path:
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts or str(parts) in ("", "."):
            raise InternalError(path, "is no path inside OUT", "Please report this fault of mmdata's.")
        return self.folder / parts

    def _between(self, staged: Path) -> set[Path]:
        """The folders from the file's own up to the staging folder."""
        return {folder for folder in staged.parents if folder.is_relative_to(self.folder)}

    def _beside(self, name: str) -> Path:
        return self._place.parent / name


def _encode(manifest: Mapping[str, Any]) -> bytes:
    r"""JSON for people and programs; a file name that is not UTF-8 keeps its bytes as an escape (\udcXX)."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _remove(folder: Path) -> None:
    """Remove a folder that is nobody's; what cannot be removed now is swept by the next run."""
    with suppress(OSError):
        fs.remove_tree(folder)

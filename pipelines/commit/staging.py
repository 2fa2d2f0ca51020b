"""The place where files of OUT are made before OUT is there: all of a `Staging` that a worker needs, here or elsewhere.

A file is written under a name of its own, flushed and fsynced, and takes its name in one step when it is whole. So the
same work may be done twice, one after another or at once: whoever ends last puts the same bytes in the place of the
same bytes, and what a dead worker left is among the attempts, which are removed before OUT is published. A worker that
was taken for dead and goes on after that finds no folder, and makes none. The folders are fsynced by who publishes.
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, NamedTuple, Self

from ...schemas.errors import InternalError
from . import fs
from .destination import MANIFEST, telling

BLOCK = 1 << 20  # bytes kept back before they are hashed and written

ATTEMPTS = ".attempts"
"""The folder of files that are not whole yet, in the staging folder."""


class Receipt(NamedTuple):
    """One file that is whole and on the disk: path relative to OUT with `/`, size in bytes, sha256 in hex."""

    path: str
    bytes: int
    sha256: str


class Writer:
    """One file being staged. `close` returns its receipt; leaving a `with` block by an exception gives the file up.

    `attempt` is written and becomes `staged`; messages name `shown`; `done` is given the receipt.
    """

    def __init__(self, attempt: Path, staged: Path, shown: Path, path: str, done: Callable[[Receipt], None]) -> None:
        self.path = path
        self.bytes = 0
        self._attempt, self._staged, self._shown = attempt, staged, shown
        self._done = done
        self._hash = sha256()
        self._kept = BytesIO()  # written over block by block: memory that was never used costs more than the copy
        self._receipt: Receipt | None = None
        self._descriptor: int | None = fs.create(attempt)

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`; `OutputError` when the disk does not take it."""
        self.bytes += len(data)
        if len(data) >= BLOCK:
            self._flush()
            self._put(memoryview(data))
        elif self._kept.write(data) and self._kept.tell() >= BLOCK:
            self._flush()

    def close(self) -> Receipt:
        """Put everything on the disk under its name and return the receipt; a second call returns the same one."""
        if self._receipt is None:
            self._flush()
            with telling(self._shown):
                fs.sync(self._open())
                descriptor, self._descriptor = self._open(), None
                fs.close(descriptor)
                fs.rename(self._attempt, self._staged)
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
        with self._kept.getbuffer() as held, held[: self._kept.tell()] as data:
            self._put(data)
        self._kept.seek(0)

    def _put(self, rest: memoryview) -> None:
        self._hash.update(rest)
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


class StagingFolder:
    """Where files of OUT are staged. `out` is OUT as the user wrote it, which messages name; `folder` the staging
    folder, which whoever writes must reach by that path; `shown` OUT made absolute, as rows name files in it.

    `receipts` are those of the files that were finished here. A worker is `lent` the place without them: it sends its
    own back, for `Staging.take`, and finds the folder of attempts there, or is not wanted any more.
    """

    def __init__(self, out: Path, folder: Path, shown: Path, *, lent: bool = False) -> None:
        self.out, self.folder, self.shown = out, folder, shown
        self._lent = lent
        self._shown = str(shown)
        self.receipts: list[Receipt] = []
        self._writers: set[Writer] = set()
        self._dropped: set[str] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        return _lent, (self.out, self.folder, self.shown)

    def open(self, path: str) -> Writer:
        """Begin a file of OUT; `path` is relative to OUT, with `/`. Its folder is made when it is not there."""
        staged = self._staged(path)
        with telling(self.out / path):
            fs.make_below(self.folder, staged.parent)
            writer = Writer(self._attempt(), staged, self.out / path, path, self._finished)
        self._writers.add(writer)
        return writer

    def attempt(self, path: str) -> Path:
        """Where somebody else makes a file of OUT, for `adopt` to take over when it is whole."""
        with telling(self.out / path):
            return self._attempt(PurePosixPath(path).suffix)

    def adopt(self, path: str, made: Path | None = None) -> Receipt:
        """Take over a whole file that somebody else wrote at `folder / path`, or at `made`, from where it is moved
        there in one step: fsync and hash it; its receipt.
        """
        staged = self._staged(path)
        with telling(self.out / path):
            with (made or staged).open("rb") as file:
                digest, size = sha256(), 0
                while block := file.read(BLOCK):
                    digest.update(block)
                    size += len(block)
                fs.sync(file.fileno())
            if made:
                fs.make_below(self.folder, staged.parent)
                fs.rename(made, staged)
        receipt = Receipt(path, size, digest.hexdigest())
        self.receipts.append(receipt)
        return receipt

    def link(self, first: Receipt, path: str) -> bool:
        """Give a finished file another name as well; False where there are no hard links, or too many of this one."""
        staged, attempt = self._staged(path), self._attempt()
        with suppress(OSError):
            fs.make_below(self.folder, staged.parent)
            fs.link(self._staged(first.path), attempt)
            fs.rename(attempt, staged)
            self.receipts.append(first._replace(path=path))
            return True
        return False

    def alone(self) -> "StagingFolder":
        """The place without what was done in it, for a worker: it can be sent elsewhere, its receipts come back."""
        return _lent(self.out, self.folder, self.shown)

    def drop(self, receipts: Sequence[Receipt]) -> None:
        """Let finished files not be in OUT: they are removed by `sweep`, after which no late worker brings one back."""
        dropped = {each.path for each in receipts}
        self.receipts = [each for each in self.receipts if each.path not in dropped]
        self._dropped |= dropped

    def sweep(self) -> None:
        """Remove what was tried and not finished, and what was dropped; called when all workers are done."""
        fs.remove_tree(self.folder / ATTEMPTS)
        for path in sorted(self._dropped):
            fs.unlink(self.folder / path)
        for folder in {(self.folder / path).parent for path in self._dropped}:
            with suppress(OSError):  # others are in it
                folder.rmdir()

    def seal(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest, the last file of a data set, with `files` (every receipt) added; as it was written."""
        whole = {**manifest, "files": [receipt._asdict() for receipt in sorted(self.receipts)]}
        with self.open(MANIFEST) as writer:
            writer.write(_encode(whole))
        return whole

    def staged_source(self, path: str) -> Path:
        """Where the file that rows name by `path` can be read now.

        Rows name a picture of OUT by the place it will have (OUT as the user wrote it, made absolute); until `publish`
        it stands in the staging folder. Every other path is returned as it is.
        """
        return Path(self.source(path))

    def source(self, path: str) -> str:
        """The same as a text: there are a picture's for every row, and a `Path` takes ten times as long."""
        if path[:1] == "/" and "//" not in path and "/." not in path and not path.startswith(self._shown):
            return path
        named = Path(path)
        return str(self.folder / named.relative_to(self.shown) if named.is_relative_to(self.shown) else named)

    def _attempt(self, suffix: str = "") -> Path:
        """A name that no other attempt has, on any machine."""
        folder = self.folder / ATTEMPTS
        if not self._lent:
            fs.make_below(self.folder, folder)
        return folder / f"{secrets.token_hex(16)}{suffix}"

    def _finished(self, receipt: Receipt) -> None:
        self._writers = {each for each in self._writers if each.path != receipt.path}
        self.receipts.append(receipt)

    def _staged(self, path: str) -> Path:
        parts = PurePosixPath(path)
        if parts.is_absolute() or ".." in parts.parts or str(parts) in ("", "."):
            raise InternalError(path, "is no path inside OUT", "Please report this fault of mmdata's.")
        return self.folder / parts


def _lent(out: Path, folder: Path, shown: Path) -> StagingFolder:
    return StagingFolder(out, folder, shown, lent=True)


def absolute(out: Path) -> Path:
    """OUT as rows have it: absolute, its links not followed."""
    return Path(os.path.abspath(out))  # noqa: PTH100 - links in it stay, as in the rows


def _encode(manifest: Mapping[str, Any]) -> bytes:
    r"""JSON for people and programs; a file name that is not UTF-8 keeps its bytes as an escape (\udcXX)."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")

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

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...schemas.errors import InternalError, OutputError
from . import fs
from .destination import FULL, check_apart, check_replaceable, output_error, real, telling
from .lock import Lock
from .staging import ATTEMPTS, BLOCK, Receipt, StagingFolder, absolute

__all__ = ["BLOCK", "Receipt", "Staging"]


class Staging(StagingFolder):
    """The next version of OUT while it is made; `publish` puts it in place, leaving without `publish` removes it.

    `inputs` are what the run reads: label file or folder, and the folder of pictures where the user named one.
    Entering takes the lock, checks that OUT may be replaced (see `place`) and makes the staging folder, so that a run
    which cannot write fails before it reads. With `resume` what a run that was stopped had done is kept for this one.
    Everything raises `OutputError` with the path and the system's words.
    """

    def __init__(self, out: Path, inputs: Sequence[Path] = (), *, resume: bool = False) -> None:
        self._inputs = tuple(inputs)
        self._place = real(out)
        self._id = secrets.token_hex(8)
        super().__init__(out, self._beside(f".{self._place.name}.{self._id}.partial"), absolute(out))
        self._lock = Lock(self._beside(f"{self._place.name}.lock"))
        self._resume = resume
        self._above: list[Path] = []  # the folders above OUT that we made, the deepest first

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
                fs.make_below(self.folder, self.folder / ATTEMPTS)
        except BaseException:  # a signal too, from the first moment there is something to remove
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._leave()
        if isinstance(error, OSError) and error.filename is None and error.errno in FULL:
            raise output_error(self.out, error) from error  # of files that are needed meanwhile
        if isinstance(error, OutputError) and error.place.startswith(f"{self.folder}/"):
            raise OutputError(str(self.out), error.fact, error.remedy) from error

    @property
    def kept(self) -> Path:
        """Beside OUT, the folder of what a run has done that was to be resumed; it goes when one is published."""
        return self._beside(f".{self._place.name}.resume")

    def take(self, receipts: Iterable[Receipt]) -> None:
        """Count files in that a worker has finished in the staging folder."""
        self.receipts.extend(receipts)

    def publish(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Add `files` (every receipt) to the manifest, write it last, and put the version in OUT's place.

        Returns the manifest as it was written. After this OUT is the new version, whatever happens.
        """
        if self._writers:
            open_still = min(writer.path for writer in self._writers)
            raise InternalError(open_still, "was not closed", "Please report this fault of mmdata's.")
        whole = self.seal(manifest)
        with telling(self.out):
            self.sweep()
            for folder in sorted(self._folders(), reverse=True):
                fs.sync_folder(folder)
            check_replaceable(self._place)  # a file may have been put there since this run began
            self._swap()
            fs.sync_folder(self._place.parent)
        with suppress(OSError):  # one that may not be read cannot be synced, and OUT is in its place by now
            for made in self._above:
                fs.sync_folder(made.parent)
        _remove(self.kept)
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
        self._give_up(aside)

    def _recover(self) -> None:
        """Bring back a version that a dead run had moved aside, and remove what dead runs left."""
        for aside in self._leftovers("old"):
            if self._place.exists():
                self._give_up(aside)
            else:
                fs.rename(aside, self._place)
        for partial in self._leftovers("partial"):
            _remove(partial)
        if not self._resume:
            _remove(self.kept)

    def _give_up(self, aside: Path) -> None:
        """Let an older version go: half of it under its name would be taken for a version once OUT is deleted."""
        with suppress(OSError):
            fs.rename(aside, aside.with_suffix(".partial"))
            fs.remove_tree(aside.with_suffix(".partial"))

    def _leftovers(self, kind: str) -> list[Path]:
        """Folders of that kind beside OUT; as this run holds the lock, no living run owns them."""
        name = re.compile(rf"\.{re.escape(self._place.name)}\.[0-9a-f]{{16}}\.{kind}")
        return sorted(each for each in self._place.parent.iterdir() if name.fullmatch(each.name))

    def _leave(self) -> None:
        for writer in self._writers:
            writer.abandon()
        _remove(self.folder)  # the unpublished version, or after an exchange the old one
        self._lock.release()
        with suppress(OSError):  # one that is not empty stays, and so do those above it
            for folder in self._above:
                folder.rmdir()

    def _folders(self) -> set[Path]:
        """The folders of all files, whoever made them, up to the staging folder."""
        found = {self.folder}
        for folder in {(self.folder / receipt.path).parent for receipt in self.receipts}:
            found.update(each for each in (folder, *folder.parents) if each.is_relative_to(self.folder))
        return found

    def _beside(self, name: str) -> Path:
        return self._place.parent / name


def _remove(folder: Path) -> None:
    """Remove a folder that is nobody's; what cannot be removed now is swept by the next run."""
    with suppress(OSError):
        fs.remove_tree(folder)

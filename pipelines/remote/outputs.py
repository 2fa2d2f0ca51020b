"""An address as OUT: made in a folder of this machine's cache, then sent; the one entry for outputs."""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from ...schemas.errors import OutputError
from ..commit.destination import MANIFEST, telling
from ..commit.lock import Lock
from ..lint.cache import default_folder
from ..splits.ledger import NAME as LEDGER
from .address import Address
from .layout import as_commit
from .sending import check_ours, send
from .store import Store
from .store import telling as refusals

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Place:
    """Where a data set for an address is made: `folder` is what a conversion is given as its OUT."""

    address: Address
    folder: Path

    def send(self, told: Callable[[int], object] = lambda _bytes: None) -> str:
        """Send what lies in the folder, and commit it; the name of its build. Raises `OutputError`."""
        self._check_says_no_place()
        return send(self.folder, self.address, Store(), told)

    def _check_says_no_place(self) -> None:
        """Raise `OutputError` where a file names the folder it was made in: pictures rewritten upright, whose rows
        would lead nobody to them.
        """
        for path in sorted(each for each in self.folder.rglob("*") if each.is_file()):
            if _holds(path, os.fsencode(self.folder.parent.name)):
                raise OutputError(
                    str(self.address),
                    f"{path.relative_to(self.folder).as_posix()} names pictures by the folder it was made in",
                    "Choose a target that holds its pictures (see mmdata targets), or add --no-upright.",
                )


@contextmanager
def made_for(address: Address) -> Generator[Place]:
    """A local folder for the data set of `address`, one run of this user at a time; removed at the end.

    What a dead run left in it is removed at the beginning. Raises `OutputError` before anything is read where another
    run has it, where no folder can be made, where the store fails or where what the address holds is not ours.
    """
    home = default_folder() / "remote" / sha256(str(address).encode()).hexdigest()[:32]
    with _Alone(address, home):
        try:
            _bring_ledger(address, home / "out")
            yield Place(address, home / "out")
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _bring_ledger(address: Address, folder: Path) -> None:
    """Put the ledger of the version that the address holds, with its manifest, where that version would lie here: so
    that its splits stay. Its other files are not needed.
    """
    store = Store()
    with refusals(address, OutputError):
        there = store.objects(address)
        check_ours(address, there, store)
        if MANIFEST not in there:
            return
        commit = as_commit(store.read(address / MANIFEST)) or {}
        build = address / str(commit.get("build"))
        if f"{build.name}/{LEDGER}" in there and f"{build.name}/{MANIFEST}" in there:
            with telling(folder):
                folder.mkdir(parents=True)
                (folder / LEDGER).write_bytes(store.read(build / LEDGER))
                (folder / MANIFEST).write_bytes(store.read(build / MANIFEST))


class _Alone:
    """The lock on the local folder of an address, whose holder it names by the address."""

    def __init__(self, address: Address, home: Path) -> None:
        self._address, self._home = address, home
        self._lock = Lock(home.with_name(f"{home.name}.lock"))

    def __enter__(self) -> Self:
        with telling(self._home):
            self._home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._lock.acquire()
            except OutputError as error:
                raise OutputError(str(self._address), error.fact, error.remedy) from error
            shutil.rmtree(self._home, ignore_errors=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._lock.release()


def _holds(path: Path, word: bytes) -> bool:
    """Whether a file has these bytes somewhere."""
    with path.open("rb") as content:
        before = b""
        while block := content.read(_BLOCK):
            if word in before + block:
                return True
            before = block[-len(word) :]
    return False

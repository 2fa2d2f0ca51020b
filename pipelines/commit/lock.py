"""One writer at a time: `OUT.lock` beside OUT, held by the kernel's file lock where there is one.

The file is made with O_EXCL and says who holds it (pid, boot id, host). Where the file system has locks (flock), they
decide: the kernel frees them when the holder dies, so a left-over file is simply taken over. Elsewhere the text
decides: a holder of this host is dead when the machine was started anew since or the pid is gone, and its file is
moved aside once, never twice.
"""

import json
import os
import re
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ...schemas.errors import OutputError
from . import fs

_ATTEMPTS = 5  # another run may give the lock up between our opening and our locking it


class Holder(NamedTuple):
    """Who says to hold a lock: process id, boot id of the kernel ("" where there is none), host name."""

    pid: int
    boot: str
    host: str


class Lock:
    """The lock on one path; `acquire` raises `OutputError` naming the holder, `release` never fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise: `OutputError` when another run has it, `OSError` when the disk refuses."""
        for _ in range(_ATTEMPTS):
            if self._try():
                self._sweep()
                return
        raise self._held(None)

    def release(self) -> None:
        """Give the lock up and remove its file; a file that cannot be removed is taken over by the next run."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        with suppress(OSError):
            fs.unlink(self.path)  # while the lock is held, so that nobody takes a file that is about to go
        _close(descriptor)

    def _try(self) -> bool:
        opened = _open(self.path)
        if opened is None:
            return False
        descriptor, fresh = opened
        taken = False
        try:
            taken = self._take(descriptor, fresh)
            if taken:
                _sign(descriptor)
        except BaseException:
            if taken:  # it could not be signed, as on a full disk: nothing is left behind
                with suppress(OSError):
                    fs.unlink(self.path)
            _close(descriptor)
            raise
        if taken:
            self._descriptor = descriptor
        else:
            _close(descriptor)
        return taken

    def _take(self, descriptor: int, fresh: bool) -> bool:
        try:
            fs.lock(descriptor)
        except BlockingIOError:
            raise self._held(_read(descriptor)) from None
        except OSError as error:
            if error.errno not in fs.LOCK_UNSUPPORTED:
                raise
            return fresh or self._break(_read(descriptor))
        return _same_file(descriptor, self.path)

    def _break(self, holder: Holder | None) -> bool:
        """Move a dead holder's file aside, so that the next attempt makes its own; raises when it may be alive."""
        if holder is None or not dead(holder):
            raise self._held(holder)
        aside = self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")
        fs.rename(self.path, aside)
        text = aside.read_bytes()
        if parse_holder(text) != holder:  # another run broke it first and this file is that run's own: give it back
            os.link(aside, self.path)
        fs.unlink(aside)
        return False

    def _sweep(self) -> None:
        """Remove dead holders' files that a run moved aside and did not live to remove (see `_break`)."""
        aside = re.compile(rf"{re.escape(self.path.name)}\.[0-9a-f]{{16}}")
        with suppress(OSError):
            for each in [path for path in self.path.parent.iterdir() if aside.fullmatch(path.name)]:
                holder = parse_holder(each.read_bytes())
                if holder is not None and dead(holder):
                    fs.unlink(each)

    def _held(self, holder: Holder | None) -> OutputError:
        who = f"process {holder.pid} on {holder.host}" if holder else "another run"
        return OutputError(
            str(self.path.with_suffix("")),
            f"{who} is writing it now (lock: {self.path.name})",
            f"Wait until it is done, stop it, or choose another -o. If no such run exists, delete {self.path.name}.",
        )


def _open(path: Path) -> tuple[int, bool] | None:
    """The file's descriptor, and whether we made it; None when its holder removed it between our two looks."""
    try:
        return fs.create(path), True
    except FileExistsError:
        with suppress(FileNotFoundError):
            return fs.reopen(path), False
        return None


def _close(descriptor: int) -> None:
    with suppress(OSError):  # nothing of worth is in a lock file; the kernel frees the descriptor all the same
        fs.close(descriptor)


def me() -> Holder:
    """The holder that this process is."""
    return Holder(os.getpid(), _boot_id(), socket.gethostname())


def _sign(descriptor: int) -> None:
    fs.truncate(descriptor)
    os.lseek(descriptor, 0, os.SEEK_SET)
    fs.write(descriptor, json.dumps(me()._asdict()).encode())


def _read(descriptor: int) -> Holder | None:
    return parse_holder(os.pread(descriptor, 4096, 0))


def parse_holder(text: bytes) -> Holder | None:
    """Whom a lock names; None where it is not signed."""
    try:
        said = json.loads(text)
        return Holder(int(said["pid"]), str(said["boot"]), str(said["host"]))
    except (ValueError, KeyError, TypeError):
        return None


def dead(holder: Holder) -> bool:
    """Whether the holder ran on this host and runs no more; False where that cannot be known."""
    if holder.host != socket.gethostname():
        return False
    return holder.boot != _boot_id() or not _alive(holder.pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's process, but a process
    return True


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

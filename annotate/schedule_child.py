"""The commands that a schedule runs: processes of our own interpreter, each in a session of its own.

A process each, so that what one leaks or breaks ends with it, and the schedule goes on. They get no terminal and no
input, and nothing of them reaches a shell. A ^C on the terminal goes to the schedule alone, which then asks its command
to end (SIGTERM), and after `_PATIENCE` seconds makes it (SIGKILL). What a schedule that is itself killed leaves behind
is ended by the kernel: see `schedule_kin`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, NamedTuple

from . import schedule_kin

_PATIENCE = 60.0
_TAIL = 1 << 16
_LONGEST = 7 * 86400.0
"""Seconds; a command that hangs for a week does not end by itself."""
_KIN = (sys.executable, "-I", "-S", schedule_kin.__file__)


class Ended(NamedTuple):
    """How a command ended: its exit code (-N: by signal N) and the ends of what it said."""

    code: int
    stdout: str
    stderr: str


def ours(*arguments: str) -> tuple[str, ...]:
    """The argument list that runs an mmdata command with the interpreter that runs now.

    With `-P`, as the command `mmdata` itself has it: a folder mmdata where one happens to be is not imported.
    """
    return (sys.executable, "-P", "-m", __name__.partition(".")[0], *arguments)


class Child:
    """One command at a time; `stop` may be called from another thread, and no command is started after it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.stopped = False

    def run(self, arguments: Sequence[str]) -> Ended | None:
        """Run a command to its end; None where `stop` came first. `OSError` where it cannot be started."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            with self._guard:
                if self.stopped:
                    return None
                self._process = subprocess.Popen(  # noqa: S603  a list of arguments, and no shell
                    [*_KIN, str(os.getpid()), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=errors,
                    start_new_session=True,
                )
            process = self._process
            try:
                code = process.wait(_LONGEST)
            except subprocess.TimeoutExpired:
                self._kill(process)
                code = process.wait()
            with self._guard:
                self._process = None
            return Ended(code, _end_of(out), _end_of(errors))

    def stop(self) -> None:
        """Ask the running command to end, and return at once; one that does not is killed a minute later."""
        with self._guard:
            self.stopped = True
            process = self._process
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                timer = threading.Timer(_PATIENCE, self._kill, (process,))
                timer.daemon = True
                timer.start()

    @staticmethod
    def _kill(process: "subprocess.Popen[bytes]") -> None:
        with suppress(ProcessLookupError):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _end_of(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return file.read().decode("utf-8", "replace")

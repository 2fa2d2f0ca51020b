"""A real process that keeps a schedule, for tests that end it in every way: what it pulls is a small program."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mmdata.annotate.run_log import Run, last_runs

WITHIN = 90.0
"""Seconds after which something is wrong, on a machine that is busy with other things."""

PULL = """\
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
with (folder / "pulls").open("a") as file:
    file.write(f"{os.getpid()}\\n")
signal.signal(signal.SIGTERM, lambda *_: ((folder / "ended").write_text("cleanly"), sys.exit(143)))
while (folder / "hold").exists():
    time.sleep(0.05)
code = int((folder / "code").read_text()) if (folder / "code").exists() else 0
if code:
    print("Error: what the pull says of itself", file=sys.stderr)
sys.exit(code)
"""
"""Notes that it runs, waits while there is a file `hold`, and ends with the number in `code`."""

KEEP = """\
import sys
from datetime import timedelta
from pathlib import Path
from mmdata.annotate.schedule import Plan, Schedule
from mmdata.annotate.schedule_run import Work
from mmdata.annotate.schedule_times import every
from mmdata.cli.guard import stop_on_signals
from mmdata.schemas.errors import MmdataError

folder, period, back_off, port = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4]
stop_on_signals()
work = Work(folder / "store", (sys.executable, str(folder / "pull.py"), str(folder)))
plan = Plan(work, every(period), back_off=timedelta(seconds=back_off), port=int(port) if port else None)
try:
    Schedule(plan, lambda text: print(text, flush=True)).keep()
except MmdataError as error:
    sys.exit(f"{error.place}: {error.fact}")
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@dataclass
class Kept:
    """A schedule of one folder; `store` is in it. `start` and the ways of ending it may follow each other at will."""

    folder: Path
    period: str = "1s"
    back_off: float = 1.0
    port: str = ""
    process: "subprocess.Popen[bytes] | None" = None
    starts: int = field(default=0)

    def __post_init__(self) -> None:
        (self.folder / "pull.py").write_text(PULL, encoding="utf-8")

    @property
    def store(self) -> Path:
        """Where the log is."""
        return self.folder / "store"

    @property
    def runs(self) -> list[Run]:
        """All runs so far."""
        return last_runs(self.store, 1000)

    @property
    def ended(self) -> list[Run]:
        """All runs that have their end."""
        return [run for run in self.runs if run.outcome not in ("running", "interrupted")]

    @property
    def pulls(self) -> list[int]:
        """The process numbers of what was run as a pull."""
        file = self.folder / "pulls"
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def said(self) -> str:
        """What all its processes printed."""
        return "".join(file.read_text(encoding="utf-8") for file in sorted(self.folder.glob("said.*")))

    def start(self) -> None:
        """Start the process; returns at once."""
        self.starts += 1
        with (self.folder / f"said.{self.starts}").open("wb") as said:
            arguments = [str(self.folder), self.period, str(self.back_off), self.port]
            self.process = subprocess.Popen([sys.executable, "-c", KEEP, *arguments], stdout=said, stderr=said)

    def kill(self) -> None:
        """As a power cut would, but for what it had started."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self, number: int = signal.SIGTERM) -> int:
        """As a person or systemd would; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(WITHIN)

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until this holds; fails where it never does, or the process has ended."""
        until = time.monotonic() + WITHIN
        while not holds():
            over = self.process is not None and self.process.poll() is not None
            assert time.monotonic() < until and not over, f"{self.runs}\n{self.said}"
            time.sleep(0.05)

    def wait_for(self, count: int) -> list[Run]:
        """Wait until so many runs have ended; all of them."""
        self.until(lambda: len(self.ended) >= count)
        return self.ended


@contextmanager
def kept(folder: Path, period: str = "1s", back_off: float = 1.0, port: str = "") -> Generator[Kept]:
    """A schedule that is not started yet; nothing of it is left afterwards."""
    schedule = Kept(folder, period, back_off, port)
    try:
        yield schedule
    finally:
        (folder / "hold").unlink(missing_ok=True)
        if schedule.process is not None and schedule.process.poll() is None:
            schedule.process.kill()
            schedule.process.wait()

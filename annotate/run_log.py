"""The log of a schedule: what ran when, why, and what came of it, as JSON lines under the store's folder.

A run is two lines, one when it starts and one when it ends, each on the disk before anything else happens. So a run
that was killed is seen: it started, and a later one started without its end in between. A last line that a kill tore
is passed over by the reader and closed by the next writer. The file is set aside (`runs.1.jsonl`, the one before it is
dropped) when it grows beyond `LARGEST`, which is years of a quarter of an hour.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ..pipelines.commit import fs
from ..schemas.errors import OutputError

FOLDER = "schedule"
"""The folder of a schedule within that of its store."""

LARGEST = 8 << 20
"""Bytes of a log file before it is set aside."""

Why = Literal["time", "webhook", "start", "retry", "once"]
Outcome = Literal["new", "nothing", "drift", "failed", "stopped", "interrupted", "running"]
OUTCOMES: tuple[Outcome, ...] = ("new", "nothing", "drift", "failed", "stopped", "interrupted", "running")
"""What comes of a run. `interrupted`: its process died within it. `stopped`: it was asked to end."""

_TAIL = 1 << 16


@dataclass(frozen=True, slots=True)
class Run:
    """One run: when it started (UTC), why, and what came of it.

    `seconds` is how long it took; `pull` and `build` are the exit codes of the two commands, None where one was not
    started or did not end; `said` is what the failing one said last; `failures` counts failed runs in a row.
    """

    number: int
    at: datetime
    why: Why
    outcome: Outcome = "running"
    seconds: float = 0.0
    pull: int | None = None
    build: int | None = None
    said: str = ""
    failures: int = 0


def log_file(store: Path) -> Path:
    """Where the log of a store's schedule is."""
    return store / FOLDER / "runs.jsonl"


class RunLog:
    """The writer; one at a time, which the schedule's lock sees to. `OutputError` when the disk refuses."""

    def __init__(self, store: Path) -> None:
        self.path = log_file(store)

    def start(self, why: Why, at: datetime) -> Run:
        """Note that a run starts; its number follows that of the last one."""
        last = last_runs(self.path.parent.parent, 1)
        run = Run(last[-1].number + 1 if last else 1, at, why, failures=last[-1].failures if last else 0)
        self._append({"event": "start", "run": run.number, "at": _iso(at), "why": why, "failures": run.failures})
        return run

    def end(self, run: Run) -> None:
        """Note what came of it."""
        told: dict[str, Any] = {"event": "end", "run": run.number, "at": _iso(datetime.now(UTC))}
        told |= {"outcome": run.outcome, "seconds": round(run.seconds, 3), "pull": run.pull, "build": run.build}
        self._append(told | {"said": run.said, "failures": run.failures})

    def _append(self, line: dict[str, Any]) -> None:
        try:
            fs.make_folder(self.path.parent)
            self._set_aside()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self.path, flags, 0o666)
            try:
                size = os.fstat(descriptor).st_size
                torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                data = memoryview((b"\n" if torn else b"") + json.dumps(line).encode() + b"\n")
                while data:
                    data = data[fs.write(descriptor, data) :]
                fs.sync(descriptor)
            finally:
                fs.close(descriptor)
            if not size:
                fs.sync_folder(self.path.parent)
        except OSError as error:
            remedy = "Make room, or give write permission; the schedule goes on when it can say what it does."
            raise OutputError(str(self.path), f"cannot be written ({error.strerror})", remedy) from None

    def _set_aside(self) -> None:
        with suppress(FileNotFoundError):
            if self.path.stat().st_size > LARGEST:
                fs.rename(self.path, self.path.with_name("runs.1.jsonl"))


def last_runs(store: Path, count: int = 10) -> list[Run]:
    """The last runs of a store's schedule, the latest last; an empty list where none was ever kept.

    The last of them is `running` while it has no end; whether its process still lives only the lock knows. One before
    it without an end was `interrupted`. Lines that are no such lines are passed over. Raises nothing: what cannot be
    read is as if it were not there.
    """
    path = log_file(store)
    runs = _runs(path, count)
    if len(runs) < count:
        earlier = _runs(path.with_name("runs.1.jsonl"), count - len(runs) + 1)
        known = {run.number for run in runs}
        halves = {run.number: run for run in earlier}
        runs = [_joined(halves.get(run.number), run) for run in runs]
        runs = [run for run in earlier if run.number not in known] + runs
    latest = max((run.number for run in runs), default=0)
    ended = [
        replace(run, outcome="interrupted") if run.outcome == "running" and run.number < latest else run for run in runs
    ]
    return ended[-count:]


def _joined(start: Run | None, run: Run) -> Run:
    """A run whose start was set aside with the file before."""
    return replace(run, at=start.at, why=start.why) if start and start.at < run.at else run


def _runs(path: Path, count: int) -> list[Run]:
    size = _TAIL
    while True:
        try:
            with path.open("rb") as file:
                whole = file.seek(0, os.SEEK_END)
                start = file.seek(max(0, whole - size))
                data = file.read()
        except OSError:
            return []
        lines = data.split(b"\n")[1 if start else 0 :]
        runs: dict[int, Run] = {}
        for line in _lines(lines):
            _take(runs, line)
        if start == 0 or len(runs) > count:
            return list(runs.values())[-count:]
        size *= 4


def _lines(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            yield told


def _take(runs: dict[int, Run], line: dict[str, Any]) -> None:
    """Put one line's news into the runs; a line that lacks something is passed over."""
    try:
        number, at = int(line["run"]), datetime.fromisoformat(line["at"])
        if line["event"] == "start":
            runs[number] = Run(number, at, line["why"], failures=int(line["failures"]))
        elif line["event"] == "end" and line["outcome"] in OUTCOMES:
            run = runs.get(number) or Run(number, at, "time")
            runs[number] = replace(
                run,
                outcome=line["outcome"],
                seconds=float(line["seconds"]),
                pull=line["pull"],
                build=line["build"],
                said=str(line["said"]),
                failures=int(line["failures"]),
            )
    except (KeyError, TypeError, ValueError, OverflowError):
        return


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")

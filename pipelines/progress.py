"""Progress for the person who waits: a bar on a terminal, a plain line now and then elsewhere, or nothing.

A stage is started, advanced and done; a stage that is started before the last was done ends that one. Only `Bar`
imports rich.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

EVERY = 5.0  # seconds between two plain lines


class Progress(Protocol):
    """What a pipeline tells while it works."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins: its name ("reading"), and how many steps it has, None when nobody knows."""
        ...

    def advance(self, count: int) -> None:
        """That many more steps are done."""
        ...

    def done(self) -> None:
        """The stage is over."""
        ...


class Shown(Progress, Protocol):
    """A progress that holds the terminal between enter and exit."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None: ...


def shown_on(stream: TextIO, *, quiet: bool) -> Shown:
    """The progress that fits the stream."""
    if quiet:
        return Silent()
    return Bar(stream) if stream.isatty() else Lines(stream)


class Silent:
    """Says nothing."""

    def start(self, stage: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, count: int) -> None:
        """Nothing."""

    def done(self) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        pass


SILENT = Silent()


class Lines(Silent):
    """A line at most every few seconds while a stage runs, and one for each stage that took as long."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._stage: str | None = None
        self._total: int | None = None
        self._count = 0
        self._began = self._said = 0.0

    def start(self, stage: str, total: int | None) -> None:
        """Remember the stage; a short one is never mentioned."""
        self.done()
        self._stage, self._total, self._count = stage, total, 0
        self._began = self._said = self._clock()

    def advance(self, count: int) -> None:
        """Say how far it is, unless that was said within the last seconds."""
        self._count += count
        now = self._clock()
        if now - self._said >= EVERY:
            self._said = now
            self._say(f"{self._far()}, {self._pace(now)}")

    def done(self) -> None:
        """Say that it is over, if anything was said of it."""
        if self._stage is not None and self._said > self._began:
            self._say(f"{self._count:,} in {_duration(self._clock() - self._began)}")
        self._stage = None

    def _far(self) -> str:
        if not self._total:
            return f"{self._count:,}"
        return f"{self._count:,} of {self._total:,} ({100 * self._count / self._total:.0f}%)"

    def _pace(self, now: float) -> str:
        rate = self._count / (now - self._began)
        pace = f"{rate:,.0f} a second"
        if not self._total or not rate:
            return pace
        return f"{pace}, {_duration(max(self._total - self._count, 0) / rate)} left"

    def _say(self, what: str) -> None:
        self._stream.write(f"{self._stage}: {what}\n")
        self._stream.flush()


class Bar:
    """A bar with count, rate and time left; it goes away when all is done."""

    def __init__(self, stream: TextIO) -> None:
        self._rich = _rich_progress(stream)
        self._task: TaskID | None = None

    def start(self, stage: str, total: int | None) -> None:
        """Begin a bar; without a total it only moves to and fro."""
        self.done()
        self._task = self._rich.add_task(stage, total=total)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._rich.advance(self._task, count)

    def done(self) -> None:
        """Fill the bar and leave it standing until all stages are over."""
        if self._task is not None:
            task = next(each for each in self._rich.tasks if each.id == self._task)
            self._rich.update(self._task, total=task.completed)
            self._task = None

    def __enter__(self) -> Self:
        self._rich.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._rich.stop()


def _rich_progress(stream: TextIO) -> "RichProgress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f}/s" if speed else "", style="cyan")

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()]
    return RichProgress(*columns, console=Console(file=stream), transient=True)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

"""Progress for the person who waits: a bar on a terminal, a plain line now and then elsewhere, or nothing.

A stage is started, advanced and done; a stage that is started before the last was done ends that one. Where a run makes
several data sets it says which one the stages that follow are of. Only `Bar` imports rich.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from .stage_progress import StageProgress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

EVERY = 5.0  # seconds between two plain lines


class Progress(Protocol):
    """What a pipeline tells while it works."""

    def about(self, data_set: str) -> None:
        """What follows is of the data set of that name; empty: of the only one, or of all."""
        ...

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

    def about(self, data_set: str) -> None:
        """Nothing."""

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
        self._data_set = ""
        self._paced: StageProgress | None = None

    def about(self, data_set: str) -> None:
        """Put it before the stages that follow."""
        self.done()
        self._data_set = data_set

    def start(self, stage: str, total: int | None) -> None:
        """Remember the stage; a short one is never mentioned."""
        self.done()
        self._paced = StageProgress(_named(self._data_set, stage), total, EVERY, self._clock)

    def advance(self, count: int) -> None:
        """Say how far it is, unless that was said within the last seconds."""
        if self._paced is not None and self._paced.advance(count):
            self._say(self._paced, f"{_far(self._paced)}, {_pace(self._paced)}")

    def done(self) -> None:
        """Say that it is over, if anything was said of it."""
        if self._paced is not None and self._paced.mentioned:
            self._say(self._paced, f"{self._paced.done:,} in {_duration(self._paced.seconds)}")
        self._paced = None

    def _say(self, paced: StageProgress, what: str) -> None:
        self._stream.write(f"{paced.stage}: {what}\n")
        self._stream.flush()


def _named(data_set: str, stage: str) -> str:
    return f"{data_set}: {stage}" if data_set else stage


def _far(paced: StageProgress) -> str:
    if not paced.total:
        return f"{paced.done:,}"
    return f"{paced.done:,} of {paced.total:,} ({100 * paced.done / paced.total:.0f}%)"


def _pace(paced: StageProgress) -> str:
    pace = f"{paced.rate or 0:,.0f} a second"
    return pace if paced.left is None else f"{pace}, {_duration(paced.left)} left"


class Bar:
    """A bar with count, rate and time left; it goes away when all is done."""

    def __init__(self, stream: TextIO) -> None:
        self._rich = _rich_progress(stream)
        self._data_set = ""
        self._task: TaskID | None = None

    def about(self, data_set: str) -> None:
        """Put it before the stages that follow."""
        self.done()
        self._data_set = data_set

    def start(self, stage: str, total: int | None) -> None:
        """Begin a bar; without a total it only moves to and fro."""
        self.done()
        self._task = self._rich.add_task(_named(self._data_set, stage), total=total)

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

"""A log for programs: what a run does, one JSON object a line.

    {"event": "start", "stage": "reading labels, kB", "total": 4881, …}        a stage begins; null: nobody knows
    {"event": "progress", "stage": …, "done": 2048, "rate": 910.2, …}          a second or more after the last line
    {"event": "end", "stage": …, "done": 4881, "seconds": 5.2, "rate": 938.6}
    {"event": "note", "text": "photos: 3 of its pictures were not found; …"}   what a person is told
    {"event": "rejected", "annotations": {"GE001": 2}, "images": {}, …}        what was left out, by rule
    {"event": "result", …}                                                     what came of it
    {"event": "error", "place": …, "fact": …, "remedy": …, "exit_code": 2}     instead of a result

Every line has `time`, RFC 3339 in UTC; rates are steps a second. Where a run makes several data sets, a line about one
of them has its name as `data_set`, and what was left out is a line for each. A log that cannot be written any more
ends, and the run goes on.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

from ..schemas.errors import MmdataError
from .own_files import begins_with_object
from .progress import Progress
from .stage_progress import StageProgress

EVERY = 1.0
"""Seconds between two lines about one stage, at least."""


def is_log(head: bytes) -> bool:
    """Whether a file that begins so is a log of ours."""
    return begins_with_object(head, "event", "time")


class JsonLog:
    """A progress that writes lines, and the events besides; `lost` is told once of a stream that takes no more, `first`
    is called before the first line.
    """

    def __init__(
        self,
        stream: TextIO,
        lost: Callable[[OSError], object] = lambda _error: None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        first: Callable[[], object] = lambda: None,
    ) -> None:
        self._stream: TextIO | None = stream
        self._first: Callable[[], object] | None = first
        self._lost = lost
        self._clock = clock
        self._now = now
        self._data_set = ""
        self._paced: StageProgress | None = None

    def about(self, data_set: str) -> None:
        """Name the data set in the lines that follow."""
        self.done()
        self._data_set = data_set

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins."""
        self.done()
        self._paced = StageProgress(stage, total, EVERY, self._clock)
        self.event("start", stage=stage, total=total)

    def advance(self, count: int) -> None:
        """Say how far it is, unless that was said within the last second."""
        if self._paced is not None and self._paced.advance(count):
            self.event("progress", stage=self._paced.stage, total=self._paced.total, **_pace(self._paced))

    def done(self) -> None:
        """The stage is over."""
        if self._paced is not None:
            self.event("end", stage=self._paced.stage, **_pace(self._paced))
        self._paced = None

    def failed(self, error: MmdataError) -> None:
        """The run ends without a result."""
        facts = {"place": error.place, "fact": error.fact, "remedy": error.remedy, "exit_code": error.exit_code}
        self.event("error", **facts)

    def stop(self) -> None:
        """Write nothing more."""
        self._stream = None

    def event(self, event: str, **facts: Any) -> None:
        """One line."""
        if self._stream is None:
            return
        if self._data_set:
            facts = {"data_set": self._data_set} | facts
        at = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        try:
            if self._first is not None:
                self._first()
                self._first = None
            self._stream.write(json.dumps({"event": event, "time": at, **facts}, default=str) + "\n")
            self._stream.flush()
        except OSError as error:
            self._stream = None
            self._lost(error)


def _pace(paced: StageProgress) -> dict[str, Any]:
    rate = None if paced.rate is None else round(paced.rate, 1)
    return {"done": paced.done, "seconds": round(paced.seconds, 3), "rate": rate}


class Both:
    """Two progresses told of the same."""

    def __init__(self, one: Progress, other: Progress) -> None:
        self._each = (one, other)

    def about(self, data_set: str) -> None:
        """What follows is of that data set, for both."""
        for each in self._each:
            each.about(data_set)

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins, for both."""
        for each in self._each:
            each.start(stage, total)

    def advance(self, count: int) -> None:
        """That many more steps are done, for both."""
        for each in self._each:
            each.advance(count)

    def done(self) -> None:
        """The stage is over, for both."""
        for each in self._each:
            each.done()

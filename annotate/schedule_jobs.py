"""APScheduler's part: the triggers of a schedule's times, and a job store that is remembered in SQLite.

APScheduler 3.11 gives what is tedious to get right: one thread that waits for the next moment, missed moments that
become one run. Its crontab trigger is not taken (`schedule_cron.py` says why), nor its store in SQLite
(`schedule_state.py`); ours is its store in memory, which writes down when the job runs next.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from apscheduler.job import Job
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import get_localzone

from ..schemas.errors import OutputError
from .schedule_cron import next_moment
from .schedule_state import Memory
from .schedule_times import Cron, Times


def trigger(times: Times, timezone: tzinfo | None) -> BaseTrigger:
    """APScheduler's trigger for these times, whose moments are in UTC; None as zone is the machine's own."""
    if isinstance(times, Cron):
        return CronLine(times, timezone or get_localzone())
    return IntervalTrigger(seconds=times.seconds, timezone=UTC)


class CronLine(BaseTrigger):  # type: ignore[misc]  # no types to mypy
    """The moments of a crontab line by the clocks of a zone."""

    def __init__(self, times: Cron, zone: tzinfo) -> None:
        self._times, self._zone = times, zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first moment after the previous one; not before now where there was none, or the clock was set back."""
        begin = now = now.astimezone(UTC)
        if previous_fire_time is not None and (previous := previous_fire_time.astimezone(UTC)) <= now:
            begin = previous + timedelta(microseconds=1)
        return next_moment(self._times, self._zone, begin)


class RememberedJobs(MemoryJobStore):  # type: ignore[misc]  # no types to mypy
    """APScheduler's store in memory, whose one job's next moment is also written down.

    Where that fails, `told` says so once and the schedule goes on: only a restart would not know the moment.
    """

    def __init__(self, memory: Memory, times: str, told: Callable[[str], None]) -> None:
        super().__init__()
        self._memory = memory
        self._times = times
        self._told = told
        self._failed = False

    def add_job(self, job: Job) -> None:
        """As the base class, and written down."""
        super().add_job(job)
        self._remember(job)

    def update_job(self, job: Job) -> None:
        """As the base class, and written down."""
        super().update_job(job)
        self._remember(job)

    def _remember(self, job: Job) -> None:
        try:
            self._memory.plan(self._times, job.next_run_time)
            self._failed = False
        except OutputError as error:
            if not self._failed:
                self._told(f"{error.place}: {error.fact}")
            self._failed = True

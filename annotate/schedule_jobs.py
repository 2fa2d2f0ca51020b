"""APScheduler's part: the triggers of a schedule's times, and a job store that is remembered in SQLite.

APScheduler 3.11 gives what is tedious to get right: the next moment in a time zone with its hours that are missing or
there twice, one thread that waits for it, missed moments that become one run. Its store in SQLite is not taken
(`schedule_state.py` says why); ours is its store in memory, which writes down when the job runs next.
"""

from collections.abc import Callable
from datetime import tzinfo

from apscheduler.job import Job
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from ..schemas.errors import OutputError
from .schedule_state import Memory
from .schedule_times import WEEKDAYS, Cron, Times


def trigger(times: Times, timezone: tzinfo | None) -> BaseTrigger:
    """APScheduler's trigger for these times; None as zone is the machine's own."""
    if not isinstance(times, Cron):
        return IntervalTrigger(seconds=times.seconds, timezone=timezone)
    days = _listed(times.days)
    weekdays = ",".join(WEEKDAYS[day] for day in times.weekdays)  # by name: its numbers begin with Monday
    if not times.either:
        return _of_days(times, timezone, day=days, day_of_week=weekdays)
    return OrTrigger([_of_days(times, timezone, day=days), _of_days(times, timezone, day_of_week=weekdays)])


def _of_days(times: Cron, timezone: tzinfo | None, **fields: str) -> CronTrigger:
    minute, hour, month = (_listed(each) for each in (times.minutes, times.hours, times.months))
    return CronTrigger(minute=minute, hour=hour, month=month, second="0", timezone=timezone, **fields)


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


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

"""The schedule: pulls a project into its store at its times, until it is told to end.

What holds whatever happens to it:

- one at a time: `STORE/schedule.lock` is held for as long as it lives, and a store's own lock by each pull;
- missed moments become one run, made up for when it is back; a run that was killed or stopped midway is made again at
  once; a wake-up during a run becomes one run after it;
- after a failure it waits longer each time (`back_off`, doubled up to an hour, give or take a fifth), whatever its
  times say, and goes on by them after the first success;
- SIGTERM and SIGINT reach the running command, which ends cleanly, and then end the schedule;
- what it does is in the run log (`run_log.py`), each line on the disk before the next step.
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from ..pipelines.commit.lock import Lock
from ..schemas.errors import ConfigError, MmdataError, OutputError
from .run_log import Run, Why, last_runs
from .schedule_child import Child
from .schedule_run import Work, run_once
from .schedule_state import Memory
from .schedule_times import Every, Times
from .schedule_webhook import HOST, receiving

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.base import BaseTrigger

_JOB = "pull"
_LONGEST_BACK_OFF = timedelta(hours=1)
_SETTLE = timedelta(seconds=2)
"""How long a wake-up waits for the next: a person who annotates sends several."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run when. `timezone` None is the machine's own; `jitter` is the longest that a run waits, by chance,
    after its moment; `port` is that of the webhooks' receiver, 0 a free one.
    """

    work: Work
    times: Times
    timezone: tzinfo | None = None
    jitter: timedelta = timedelta()
    back_off: timedelta = timedelta(seconds=30)
    port: int | None = None

    @property
    def words(self) -> str:
        """What tells these times from others; a schedule of other times does not take up the moment that was noted."""
        return f"{self.times.text} {self.timezone or 'local'}"


def only_one(work: Work) -> Lock:
    """The lock of a store's schedule, held; `OutputError` where another process has it."""
    lock = Lock(work.store / "schedule.lock")
    try:
        work.store.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise OutputError(str(work.store), f"cannot be written ({error.strerror})", "Choose another -o.") from None
    return lock


def once(work: Work) -> Run:
    """One run, now; for those who have a scheduler of their own. `OutputError` where a schedule is at work."""
    lock = only_one(work)
    try:
        last = last_runs(work.store, 1)
        return run_once(work, "once", Memory(work.store), Child(), last[-1].failures if last else 0)
    finally:
        lock.release()


class Schedule:
    """A schedule that runs; `keep` returns never: a signal's exception ends it."""

    def __init__(self, plan: Plan, told: Callable[[str], None]) -> None:
        self.plan = plan
        self._told = told
        self._child = Child()
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._fault: BaseException | None = None
        self._running = False
        self._again = False
        self._why: Why = "time"
        self._failures = 0
        self._scheduler: BackgroundScheduler | None = None

    def keep(self) -> None:
        """Run until a signal raises here. Raises `MmdataError` where it cannot begin, or a run's own fault."""
        lock = only_one(self.plan.work)
        try:
            self._memory = Memory(self.plan.work.store)
            self._start()
            with receiving(self.plan.port, self.wake) as port:
                self._say_where(port)
                self._over.wait()
            if self._fault:
                raise self._fault
        finally:
            self._stop()
            lock.release()

    def wake(self) -> None:
        """Run soon, for a reason from outside; one that comes during a run is a run after it.

        While runs fail it is passed over: what is broken is not asked more often for being called.
        """
        with self._guard:
            if self._running:
                self._again = True
                return
            if self._failures:
                return
        self._bring_forward(datetime.now(UTC) + _SETTLE, "webhook")

    def _start(self) -> None:
        try:
            from apscheduler.executors.pool import ThreadPoolExecutor
            from apscheduler.schedulers.background import BackgroundScheduler

            from .schedule_jobs import RememberedJobs, trigger
        except ImportError as fault:
            remedy = "pip install 'mmdata[annotate]'"
            raise ConfigError("mmdata annotate schedule", f"needs APScheduler: {fault}", remedy) from None
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # that a run is longer than its period is no news
        plan = self.plan
        when = trigger(plan.times, plan.timezone)
        first = self._first(when)
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            jobstores={"default": RememberedJobs(self._memory, plan.words, self._told)},
            timezone=UTC,  # by a zone's own clocks it would take an hour that is there twice for over
        )
        scheduler.add_job(
            self._run,
            when,
            id=_JOB,
            next_run_time=first,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._scheduler = scheduler
        scheduler.start()

    def _first(self, when: "BaseTrigger") -> datetime | None:
        """When the first run is due: where the last process left off, or now where it has left something undone."""
        now = datetime.now(UTC)
        last = last_runs(self.plan.work.store, 1)
        self._failures = last[-1].failures if last else 0
        noted = self._memory.next_run(self.plan.words)
        if last and last[-1].outcome in ("running", "stopped"):
            self._why = "start"
            return now
        if noted is not None:
            return max(noted, now)
        if isinstance(self.plan.times, Every):
            self._why = "start"
            return now
        first: datetime | None = when.get_next_fire_time(None, now)
        return first

    def _run(self) -> None:
        """The job: in APScheduler's thread, so nothing may leave it but by `_fault`."""
        with self._guard:
            why, self._why, self._running = self._why, "time", True
        try:
            if why == "time" and self._over.wait(random.uniform(0, self.plan.jitter.total_seconds())):  # noqa: S311
                return
            run = run_once(self.plan.work, why, self._memory, self._child, self._failures)
            self._failures = run.failures
            self._told(said_of(run))
        except MmdataError as error:
            self._failures += 1
            self._told(f"{error.place}: {error.fact}")
        except BaseException as fault:
            self._fault = fault
            self._over.set()
        finally:
            with self._guard:
                self._running, again, self._again = False, self._again, False
        if self._failures:
            self._bring_forward(datetime.now(UTC) + self._pause(), "retry", later_too=True)
        elif again:
            self._bring_forward(datetime.now(UTC) + _SETTLE, "webhook")

    def _pause(self) -> timedelta:
        growing: timedelta = self.plan.back_off * (1 << min(self._failures - 1, 20))
        return min(growing, _LONGEST_BACK_OFF) * random.uniform(0.8, 1.2)  # noqa: S311  not for secrets

    def _bring_forward(self, moment: datetime, why: Why, *, later_too: bool = False) -> None:
        """Let the next run be at that moment, unless it is sooner anyway (`later_too`: also then)."""
        job = self._scheduler.get_job(_JOB) if self._scheduler and not self._over.is_set() else None
        if job and self._scheduler and (later_too or job.next_run_time is None or job.next_run_time > moment):
            self._why = why
            self._scheduler.modify_job(_JOB, next_run_time=moment)

    def _say_where(self, port: int | None) -> None:
        job = self._scheduler.get_job(_JOB) if self._scheduler else None
        due = job.next_run_time if job else None
        at = due.astimezone(self.plan.timezone).isoformat(timespec="seconds") if due else "none"
        listening = f"; webhooks wake it at http://{HOST}:{port}/" if port is not None else ""
        self._told(f"Pulling into {self.plan.work.store}, {self.plan.times.text}; next run {at}{listening}.")

    def _stop(self) -> None:
        """End the running command and the thread, in that order; the log then says that the run was stopped."""
        self._over.set()
        self._child.stop()
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=True)


def said_of(run: Run) -> str:
    """A run in a line or two, for a person."""
    at = run.at.isoformat(timespec="seconds")
    what = {
        "new": "brought something new",
        "nothing": "nothing new",
        "drift": "the label config changed, nothing was pulled",
        "failed": "failed",
        "stopped": "stopped",
    }.get(run.outcome, run.outcome)
    built = ", and the data set was built" if run.build == 0 else ""
    told = f"{at} run {run.number} ({run.why}): {what}{built}, {run.seconds:.1f} s"
    return told + "".join(f"\n  {line}" for line in run.said.splitlines()[:4])

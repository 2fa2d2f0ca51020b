"""One run of a schedule: a pull, and where it or an earlier one brought something, a build of the data set.

What a build is owed is not remembered as a wish, which a kill could lose, but found: the store's last change is
compared with that of the last build that finished. So what a person pulled by hand is built too, and a build that
failed or was killed is made up for by the next run.
"""

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ..schemas.errors import MmdataError
from .pull_report import LACKING
from .run_log import Outcome, Run, RunLog, Why
from .schedule_child import Child, Ended
from .schedule_news import news
from .schedule_state import Memory

NEW, DRIFT = 10, 3
"""Exit codes of `mmdata annotate pull`; 3 is a drift only where its report says so, else a fault of ours. After
`LACKING` the run goes on with what came, and says what did not.
"""

_SAID = 2000
_LINES = 12


@dataclass(frozen=True, slots=True)
class Work:
    """What is run for a store: argument lists of a pull with a JSON report, and of a build, if there is any.

    `secret` is looked for in what they say before it is kept; theirs never say it, this is the second lock.
    """

    store: Path
    pull: tuple[str, ...]
    build: tuple[str, ...] | None = None
    secret: str = ""


def run_once(work: Work, why: Why, memory: Memory, child: Child, failures: int = 0) -> Run:
    """Run it, and log its start and its end; what came of it. Raises `MmdataError` where that cannot be logged."""
    log = RunLog(work.store)
    run = replace(log.start(why, datetime.now(UTC)), failures=failures)
    since = time.monotonic()
    try:
        run = _done(work, run, memory, child)
    except MmdataError as error:  # the store cannot be read, or what was built not be noted
        run = replace(run, outcome="failed", said=f"{error.place}: {error.fact}")
    except OSError as error:  # the interpreter itself cannot be started
        run = replace(run, outcome="failed", said=f"{error.strerror}: {error.filename or work.pull[0]}")
    counted = {"failed": failures + 1, "stopped": failures}.get(run.outcome, 0)
    run = replace(run, failures=counted, seconds=time.monotonic() - since)
    log.end(run)
    return run


def _done(work: Work, run: Run, memory: Memory, child: Child) -> Run:
    pulled = child.run(work.pull)
    if pulled is None or child.stopped:
        return replace(run, outcome="stopped")
    outcome = _outcome(pulled)
    said = "" if pulled.code in (0, NEW) else _last_words(pulled, work.secret)
    run = replace(run, outcome=outcome, pull=pulled.code, said=said)
    if work.build is None or outcome in ("drift", "failed"):
        return run
    held = news(work.store)
    if not held or held == memory.built():
        return run
    built = child.run(work.build)
    if built is None or child.stopped:
        return replace(run, outcome="stopped")
    run = replace(run, build=built.code)
    if built.code:
        return replace(run, outcome="failed", said=_last_words(built, work.secret))
    memory.note_built(held)
    return run


def _outcome(ended: Ended) -> Outcome:
    if ended.code == DRIFT and _status(ended.stdout) == "drift":
        return "drift"
    if ended.code == LACKING:
        lacking: dict[object, Outcome] = {"new": "new", "unchanged": "nothing"}
        return lacking.get(_status(ended.stdout), "failed")
    outcomes: dict[int, Outcome] = {0: "nothing", NEW: "new"}
    return outcomes.get(ended.code, "failed")


def _status(report: str) -> object:
    try:
        told = json.loads(report)
    except (ValueError, RecursionError):
        return None
    return told.get("status") if isinstance(told, dict) else None


def _last_words(ended: Ended, secret: str) -> str:
    """What a command said last on stderr: an error of ours with all of its lines, and nothing that was said before."""
    lines = [line for line in ended.stderr.splitlines() if line.strip()][-_LINES:]
    error = max((number for number, line in enumerate(lines) if line.startswith("Error: ")), default=0)
    text = "\n".join(lines[error:])
    text = text.replace(secret, "…") if secret else text
    if ended.code < 0:
        text = f"ended by signal {-ended.code}\n{text}".rstrip()
    return text[-_SAID:] or f"exit {ended.code}, and nothing said"

"""Sending tasks: in batches, each looked up before it is sent and counted when it was.

The server never detects a task that is there twice, so every batch is first looked up by `mm_id`; what is there is
left to `Change`, and a push that was interrupted goes on where it stopped when it is run again. Tasks, annotations and
predictions of one import are one transaction: all of them are there, or none. An import whose answer was lost is looked
up until two looks agree, and what is not there then is sent again; at the end those batches are looked at once more,
since an import that a proxy gave up may still have been done.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from .alone import alone
from .faults import ServerFault, Unanswered
from .push_change import Outcome
from .push_serve import Serving
from .push_task import Task
from .push_there import There, look_up
from .server import Server

BATCH = 500
"""Tasks of an import. The server does 250 a second; a larger one is only longer in doubt."""

_LOOKS = 30
"""Looks until an import whose answer was lost is given up, a second apart at first."""


@dataclass
class Sent:
    """What became of tasks, as their numbers on the server.

    `held` differ here from what was pushed and were left alone; `predicted` were there and got a prediction;
    `worked_on` were to be updated and have somebody's work. `found` is how many of those created were looked up, as
    the answer to their import was lost.
    """

    created: list[int] = field(default_factory=list[int])
    unchanged: list[int] = field(default_factory=list[int])
    held: list[int] = field(default_factory=list[int])
    updated: list[int] = field(default_factory=list[int])
    predicted: list[int] = field(default_factory=list[int])
    worked_on: list[int] = field(default_factory=list[int])
    found: int = 0

    @property
    def there(self) -> int:
        """How many tasks the project is known to have."""
        lists = (self.created, self.unchanged, self.held, self.updated, self.predicted, self.worked_on)
        return sum(map(len, lists))


class Change(Protocol):
    """What is done with a task that is there."""

    @property
    def predictions(self) -> bool:
        """Whether it must know the predictions that are there."""
        ...

    def change(self, task: Task, there: There) -> Outcome:
        """Do it, or leave it; the list of `Sent` that it goes to."""
        ...

    def finish(self) -> None:
        """The batch is at its end."""
        ...


class Sender:
    """Sends tasks to one project."""

    def __init__(self, server: Server, project: int, serving: Serving, change: Change, batch: int = BATCH) -> None:
        self.server, self.project, self.serving = server, project, serving
        self.change, self.batch = change, batch
        self.sent = Sent()
        self._doubtful: list[str] = []

    def send(self, tasks: Iterable[Task], told: Callable[[int], object]) -> Sent:
        """All of them. `told` hears of every batch that is there, by its number of tasks.

        Raises `ServerFault` where the server cannot be used, or made another number of tasks than it was sent: what is
        there then stays, and the same push again goes on from it. `ConfigError` where another push is at work.
        """
        with alone("push", self.server.url, self.project):
            return self._send(tasks, told)

    def _send(self, tasks: Iterable[Task], told: Callable[[int], object]) -> Sent:
        stream = iter(tasks)
        empty = not self.server.count(self.project)
        while chunk := list(islice(stream, self.batch)):
            there = {} if empty else self._there(chunk, predictions=self.change.predictions)
            for task in chunk:
                if known := there.get(task.id):
                    getattr(self.sent, self.change.change(task, known)).append(known.task)
            self.change.finish()
            if fresh := [task for task in chunk if task.id not in there]:
                self._create(fresh)
            told(len(chunk))
        self._count_doubtful()
        return self.sent

    def _there(self, tasks: Iterable[Task], *, predictions: bool = False) -> dict[str, There]:
        return look_up(self.server, self.project, (task.id for task in tasks), predictions=predictions)

    def _create(self, tasks: list[Task]) -> None:
        waiting = tasks
        for attempt in range(3):
            try:
                self.sent.created += self._import(waiting)
            except Unanswered:
                self._doubtful += [task.id for task in waiting]
                there = self._settled(waiting)
                self.sent.created += [each.task for each in there.values()]
                self.sent.found += len(there)
                waiting = [task for task in waiting if task.id not in there]
                if not waiting:
                    return
                if attempt == 2:
                    raise
            else:
                return

    def _import(self, tasks: list[Task]) -> list[int]:
        bodies = [task.with_addresses([self.serving.address(Path(each)) for each in task.pictures]) for task in tasks]
        path = f"/api/projects/{self.project}/import"
        answer = self.server.post(path, json=bodies, params={"return_task_ids": "true"})
        told = answer if isinstance(answer, dict) else {}
        wanted = (
            len(tasks),
            sum(len(body.get("annotations", ())) for body in bodies),
            sum(len(body.get("predictions", ())) for body in bodies),
        )
        made = tuple(told.get(f"{what}_count") for what in ("task", "annotation", "prediction"))
        ids: list[int] = told.get("task_ids") or []
        if made != wanted or len(ids) != len(tasks):
            fact = (
                f"was sent {wanted[0]} tasks with {wanted[1]} annotations and {wanted[2]} predictions, "
                f"and says that it made {made[0]}, {made[1]} and {made[2]}"
            )
            raise ServerFault(f"POST {self.server.url}{path}", fact, "Look at the project, and at the server's log.")
        return ids

    def _settled(self, tasks: list[Task]) -> dict[str, There]:
        """What is there of an import whose answer was lost, once two looks in a row say the same."""
        before: set[str] | None = None
        there: dict[str, There] = {}
        for look in range(_LOOKS):
            there = self._there(tasks)
            if len(there) == len(tasks) or before == set(there):
                break
            before = set(there)
            self.server.sleep(min(1.0 + look, 10.0))
        return there

    def _count_doubtful(self) -> None:
        there = look_up(self.server, self.project, self._doubtful)
        missing = [each for each in self._doubtful if each not in there]
        if missing:
            fact = f"has no task of {len(missing)} that it was sent, such as {missing[0]!r}"
            raise ServerFault(f"{self.server.url} project {self.project}", fact, "Run the same push again.")

"""What a Ray cluster has in hand: the parts of one stage that were given out, each with its attempts.

A machine that hangs keeps its parts without a word, and Ray was seen to wait for it for minutes after it had declared
it dead. So a part that is overdue (`overdue.py`) is given out once more: to the machine that was heard of last, of
those that live and have the fewest such parts, beside whatever else is done there, since a worker that hangs keeps its
core. The first attempt that ends counts and the others are ended, or left to themselves where they hang: every attempt
has files of its own (`commit/staging.py`).

Nobody says when a part is begun. They are begun in the order in which they were given out, so the first of those that
are not done, as many as there are cores, are taken to be.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .overdue import Pace

LOOK = 1.0
"""Seconds after which it is looked which parts are overdue."""

ENDING = 10.0
"""Seconds without a word after which what is not wanted any more is left to Ray, which kills what hangs after five."""


@dataclass(eq=False)
class Given:
    """A part that was given out, as what its task was `called` with. `attempts` are those that nothing was heard of;
    `begun` is when the last of them was, `lost` how many machines were lost by then; where it was given out `again`,
    `on` is the machine. `done` is what came of it, or `fault` what the attempt that ended last raised.
    """

    called: tuple[Any, ...]
    attempts: list[Any]
    lost: int
    begun: float | None = None
    again: bool = False
    on: str = ""
    done: tuple[Any] | None = None
    fault: Exception | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.done is not None or self.fault is not None


class InHand:
    """The parts of one stage, under whose `name` Ray shows them.

    `task` is Ray's: what comes of a part, the seconds that it took, the machine.
    """

    def __init__(self, ray: Any, task: Any, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._ray = ray
        self._task = task
        self._name = name
        self._clock = clock
        self._given: deque[Given] = deque()
        self._pace = Pace()
        self._heard: dict[str, float] = {}
        self._lost = 0
        self._looked = clock()

    def __len__(self) -> int:
        return len(self._given)

    def give(self, *called: Any) -> None:
        """Give out one more part: call the task with it."""
        self._given.append(Given(called, [self._task.options(name=self._name).remote(*called)], self._lost))

    def take(self) -> Any:
        """What came of the part that was given out first, once it is there; raises what its attempt raised."""
        first = self._given[0]
        while not first.over:
            self._hear()
            if not first.over and self._clock() - self._looked >= LOOK:
                self._look()
        self._given.popleft()
        if first.fault is not None:
            raise first.fault
        assert first.done is not None  # noqa: S101  else it is not over
        return first.done[0]

    def end(self) -> None:
        """End what still runs, so that nobody writes into a folder that is about to be removed."""
        left = [attempt for each in self._given for attempt in each.attempts]
        self._given.clear()
        for each in left:
            self._ray.cancel(each, force=True)
        while left:
            ended, left = self._ray.wait(left, timeout=ENDING, fetch_local=False)
            if not ended:
                return

    def _hear(self) -> None:
        """Note every attempt that has ended, having waited for one for some time."""
        out = {attempt: each for each in self._given for attempt in each.attempts}
        if self._ray.wait(list(out), timeout=LOOK)[0]:
            for attempt in self._ray.wait(list(out), num_returns=len(out), timeout=0)[0]:
                self._ended(out[attempt], attempt)

    def _ended(self, given: Given, attempt: Any) -> None:
        if attempt not in given.attempts:  # another of the same part has ended just before it
            return
        given.attempts.remove(attempt)
        try:
            result, seconds, machine = self._ray.get(attempt)
        except self._ray.exceptions.RayError as fault:
            if given.attempts and not isinstance(fault, self._ray.exceptions.RayTaskError):
                return  # it was lost, and another is still at it
            given.fault = fault
        else:
            given.done = (result,)
            self._pace.took(seconds)
            self._heard[machine] = self._clock()
        for other in given.attempts:
            self._ray.cancel(other, force=True)
        given.attempts.clear()

    def _look(self) -> None:
        """Give parts that are overdue to somebody else, no more at a time than there are cores."""
        self._looked = now = self._clock()
        cores = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        machines = self._ray.nodes()
        self._lost = sum(not each["Alive"] for each in machines)
        out = [each for each in self._given if not each.over]
        for each in [each for each in out if not each.again][:cores]:
            each.begun = now if each.begun is None else each.begun
        room = cores - sum(each.again for each in out)
        for each in out:
            lost = each.lost < self._lost
            if each.begun is None or not self._pace.overdue(now - each.begun, again=each.again, lost=lost):
                continue
            if each.again or room > 0:
                room -= not each.again
                self._give_again(each, [node["NodeID"] for node in machines if node["Alive"]], now)

    def _give_again(self, given: Given, living: list[str], now: float) -> None:
        having = Counter(each.on for each in self._given if each.again and not each.over)
        here = self._ray.get_runtime_context().get_node_id()
        heard = {here: 0.0} | self._heard  # of all that nothing was heard of, this machine lives for sure
        given.on = min(living, key=lambda machine: (having[machine], -heard.get(machine, -1.0)), default=here)
        affinity = import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
        there = {"num_cpus": 0, "scheduling_strategy": affinity(given.on, soft=True)}
        given.attempts.append(self._task.options(name=self._name, **there).remote(*given.called))
        given.begun, given.lost, given.again = now, self._lost, True

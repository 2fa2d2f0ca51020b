"""Several processes of this machine.

The processes are forked from a clean server that has imported the stages and nothing else, so that no thread or open
file of ours is in them. A worker that is killed, or the server, breaks Python's pool: a new one takes over what had no
receipt yet.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, resource_tracker
from time import sleep
from types import TracebackType
from typing import Any, Self, TypeVar

from ...schemas.errors import InternalError
from ..progress import SILENT, Progress
from .stops import heard_later, let_through

Part = TypeVar("Part")
Receipt = TypeVar("Receipt")

MOST_BREAKS = 3
"""How often in a row workers may die before anything new is finished; then it is the data or the memory, not chance."""

PATIENCE = 5.0
"""Seconds that the pool's own thread has to end, once its workers have."""

MOMENT = 0.1
"""Seconds in which a server that was killed, and takes no more connections, is known to the system to be dead."""

AHEAD = 4
"""Parts in hand for each worker; more would only wait, and their receipts with them."""


class Pool:
    """The engine for all cores of one machine."""

    inside = False

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def run(
        self, stage: Callable[[Part, Progress], Receipt], parts: Sequence[Part], progress: Progress
    ) -> Iterator[Receipt]:
        """The receipts of all parts, in order."""
        held: dict[int, Future[Receipt]] = {}
        breaks = done = 0
        while done < len(parts):
            for number in range(done, min(done + AHEAD * self.workers, len(parts))):
                if number not in held:
                    held[number] = self._submit(stage, parts[number])
            try:
                receipt = held[done].result()
            except BrokenProcessPool:
                breaks += 1
                self._end()
                held = {}
                if breaks > MOST_BREAKS:
                    said = f"{breaks} times in a row a worker was killed"
                    raise InternalError("--workers", said, "Give it more memory, or take one worker.") from None
                continue
            del held[done]
            breaks, done = 0, done + 1
            progress.advance(1)
            yield receipt

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._end()

    def _submit(self, stage: Callable[[Part, Progress], Receipt], part: Part) -> "Future[Receipt]":
        # Amid this workers start. One that nobody ends, for it is not in the pool's list yet, would find its locks gone
        # and print a traceback; and the ^C that a terminal sends to all would stop them amid their imports.
        with heard_later():
            resource_tracker.ensure_running()  # which lets signals through once it has started it
        with heard_later():
            if self._pool is None:
                context = get_context("forkserver")
                context.set_forkserver_preload(["mmdata.pipelines.stages"])
                self._pool = ProcessPoolExecutor(self.workers, context, initializer=_begin, initargs=(os.getpid(),))
            try:
                return self._pool.submit(_in_worker, stage, part)
            except BrokenProcessPool as broken:
                return _failed(broken)
            except (ConnectionError, EOFError):
                sleep(MOMENT)
                return _failed(BrokenProcessPool("the server that workers come from is gone"))

    def _end(self) -> None:
        workers: dict[int, Any] = {}
        manager: Any = None
        with heard_later():
            pool, self._pool = self._pool, None
            if pool is not None:
                workers.update(getattr(pool, "_processes", None) or {})  # there is no public way to them
                manager = getattr(pool, "_executor_manager_thread", None)
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in workers.values():
                    worker.kill()
        for worker in workers.values():
            worker.join()
        if manager is not None:  # it holds the locks: were they there when we leave, a warning would be printed
            manager.join(PATIENCE)


def _failed(broken: BrokenProcessPool) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_exception(broken)
    return future


def _begin(parent: int) -> None:
    """In a worker: Ctrl-C is the parent's to hear, and no worker outlives it."""
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    let_through()
    Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    import time

    while _alive(parent):
        time.sleep(1)
    os._exit(1)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _in_worker(stage: Callable[[Part, Progress], Receipt], part: Part) -> Receipt:
    return stage(part, SILENT)

"""Signals that would stop us, heard when what must not be half done is done."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

STOPS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM})
"""^C, which comes as an alarm where it came amid an import, and those that end us."""


@contextmanager
def heard_later() -> Generator[None]:
    """Meanwhile no signal unwinds this thread; the first that came is heard at the end. Processes that are started
    meanwhile have the signals blocked (`let_through`).
    """
    held: list[tuple[int, FrameType | None]] = []
    over = False

    def hold(number: int, frame: FrameType | None) -> None:
        if not over:
            held.append((number, frame))
        elif callable(handler := handlers[signal.Signals(number)]):
            handler(number, frame)

    handlers = {each: signal.getsignal(each) for each in STOPS}
    mine = [each for each in STOPS if callable(handlers[each]) and current_thread() is main_thread()]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        for each in mine:  # a mask alone is of this thread: what comes to another is heard here all the same
            signal.signal(each, hold)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        over = True
        for each in mine:
            signal.signal(each, handlers[each])
        for number, frame in held[:1]:
            hold(number, frame)


def let_through() -> None:
    """In a process that was started meanwhile: it hears the signals."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

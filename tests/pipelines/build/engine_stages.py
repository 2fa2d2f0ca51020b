"""Stages that tests of engines run in other processes."""

import os
import signal
from pathlib import Path

from mmdata.pipelines.progress import Progress
from mmdata.schemas.errors import InputError


def squared(part: int, _progress: Progress) -> tuple[int, int]:
    """A stage: where it was done, and the square."""
    return os.getpid(), part * part


def refused(part: int, _progress: Progress) -> int:
    """A stage that cannot do one of its parts."""
    if part == 3:
        raise InputError("part 3", "is not to be done", "Leave it out.")
    return part


def dying(part: tuple[int, Path], _progress: Progress) -> int:
    """A stage whose process is killed the first time that it does a part."""
    number, marks = part
    mark = marks / str(number)
    if number % 5 == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def always_dying(_part: int, _progress: Progress) -> int:
    """A stage that no process survives."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def orphaned(part: tuple[int, Path], _progress: Progress) -> int:
    """A stage that kills the server that its process came from the first time that it does some of its parts."""
    number, marks = part
    mark = marks / str(number)
    if number % 8 == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getppid(), signal.SIGKILL)
    return number


def standing(part: tuple[int, Path], _progress: Progress) -> int:
    """A stage whose process stands still at its third part until somebody lets it go on; its number is in the mark."""
    number, mark = part
    if number == 2:
        mark.with_suffix(".new").write_text(str(os.getpid()))
        mark.with_suffix(".new").rename(mark)
        os.kill(os.getpid(), signal.SIGSTOP)
    return number

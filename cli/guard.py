"""The one place where errors become messages and exit codes.

0 clean   1 findings, or more left out than allowed   2 the user's input or options   3 our fault
130 interrupted (^C)   129, 143 hung up, terminated   141 nobody reads our output any more
"""

import errno
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import click

from .. import __version__
from ..schemas.errors import ConfigError, InternalError, MmdataError, OutputError
from .log import log_on_stderr
from .terminal import say, visible, visible_lines

_OUTPUT_REFUSED = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What a disk says that takes no more; errors on OUT and on inputs bear their file's name before they get here."""

_IMPORTING = "<frozen importlib._bootstrap>"
_LATER = 0.02
"""Seconds after which an interrupt is heard that came during an import, if that is over."""


class Stopped(KeyboardInterrupt):
    """A signal asked us to end; cleaned up after like ^C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def stop_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind the stack, so that what is half written is removed; ignored ones stay ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def leave_on_interrupt() -> None:
    """Let ^C end the process at once, but unwind the stack under `guarded`; where it is ignored it stays so."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)
        signal.signal(signal.SIGALRM, _interrupt)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(130)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Unwind, but not out of an import: extension modules that import others drop what is raised there, or make
    something else of it.
    """
    if not _imports(frame):
        raise KeyboardInterrupt
    signal.setitimer(signal.ITIMER_REAL, _LATER)


@contextmanager
def _unwound() -> Generator[None]:
    """Meanwhile there is something to clean up after ^C, where `leave_on_interrupt` was called."""
    if signal.getsignal(signal.SIGINT) is not _leave:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, _leave)


def _imports(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False


def open_what_is_closed() -> None:
    """Give the standard streams that were closed (`>&-`, some daemons) to nothing, before a file of ours gets their
    number and what is said there goes into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  for good


def leave_at_once() -> None:
    """End the process in success, all said and all files closed, without taking a hundred thousand objects apart."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # the ordinary way out knows what to say
    os._exit(0)


@contextmanager
def guarded() -> Generator[None, None, None]:
    """Run a command: its errors are told on stderr, in words, or as lines where a log was asked for there, and end it
    by `click.exceptions.Exit` with their code.
    """
    try:
        with _unwound():
            yield
        sys.stdout.flush()
    except (click.exceptions.Exit, click.Abort):
        raise
    except click.ClickException as error:
        if log_on_stderr() is None:
            raise  # click prints its own usage errors (exit 2)
        _tell(_of_usage(error))
        raise click.exceptions.Exit(error.exit_code) from error
    except MmdataError as error:
        _tell(error)
        raise click.exceptions.Exit(error.exit_code) from error
    except KeyboardInterrupt as stop:
        if log := log_on_stderr():
            log.event("interrupted")
        raise click.exceptions.Exit(stop.exit_code if isinstance(stop, Stopped) else 130) from None
    except BrokenPipeError:
        _close_output()
        raise click.exceptions.Exit(128 + signal.SIGPIPE) from None
    except OSError as error:
        if error.filename is not None or error.errno not in _OUTPUT_REFUSED:
            _tell(_our_fault(error))
            raise click.exceptions.Exit(3) from error
        _close_output()
        _tell(_refused(error))
        raise click.exceptions.Exit(2) from None
    except Exception as error:
        _tell(_our_fault(error))
        raise click.exceptions.Exit(3) from error


def _tell(error: MmdataError) -> None:
    if log := log_on_stderr():
        log.failed(error)
    else:
        say(message(error))


def _of_usage(error: click.ClickException) -> MmdataError:
    """What click says of words on the command line that it does not understand."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "mmdata"
    return ConfigError(command, error.format_message(), f"{command} --help")


def _refused(error: OSError) -> OutputError:
    what = error.strerror or type(error).__name__
    return OutputError("stdout", f"does not take what is written: {what}", "Look at where the output is sent.")


def message(error: MmdataError) -> str:
    """An error's three parts: place and fact on the first line, what to do below it."""
    return f"Error: {visible(error.place)}: {visible(error.fact)}\n{visible_lines(error.remedy, '  ')}"


def _our_fault(error: Exception) -> MmdataError:
    what = visible(f"{type(error).__name__}: {error}".splitlines()[0][:300])
    try:
        where = f"the details are in {_write_log(error)}"
    except OSError as no_log:
        where = f"the details could not be written ({no_log.strerror})"
    return InternalError("mmdata failed by its own fault", what, f"Please report it; {where}")


def _write_log(error: Exception) -> str:
    """Versions, command and traceback in a file of the temporary folder; its path."""
    lines = [f"mmdata {__version__}", f"Python {sys.version}", f"{sys.platform}", f"command: {sys.argv!r}", ""]
    text = "\n".join(lines) + "\n" + "".join(traceback.format_exception(error))
    descriptor, path = tempfile.mkstemp(prefix="mmdata-", suffix=".log")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(text)
    return path


def _close_output() -> None:
    """Point stdout at nothing, so that the interpreter does not complain again when it flushes at the end."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
    except (OSError, ValueError):
        return

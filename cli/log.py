"""`--log-json`: what a command does as JSON lines, in a file or on stderr, beside what it says to a person."""

import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import MmdataError, OutputError
from .terminal import say, visible

if TYPE_CHECKING:
    from ..pipelines.log import JsonLog
    from ..pipelines.progress import Progress
    from .summary import Kept, Result

STDERR = "-"

_NAME = "--log-json"
_ON_STDERR = "mmdata.log"
"""Where a command's context keeps the log that is on stderr."""
_FACTS: dict[str, Any] = {
    "metavar": "FILE|-",
    "help": "Write what happens to FILE, a JSON object a line; -: to stderr, in place of what is said there.",
}

LOG_JSON = click.Option([_NAME], **_FACTS)
"""The option, for commands that are made of parameters."""

log_json = click.option(_NAME, **_FACTS)
"""The same for commands that are functions."""


class Log:
    """What a command tells, to a person and, where there is a log, to programs.

    `quiet` is whether a person is told nothing but what must be said: by -q, or because the log is on stderr.
    """

    def __init__(self, log: "JsonLog | None", *, quiet: bool, alone: bool, file: Path | None = None) -> None:
        self._log = log
        self._file = file
        self.quiet = quiet or alone
        self.silent = alone

    @contextmanager
    def progress(self) -> "Generator[Progress]":
        """The progress of the stages, shown and logged."""
        from ..pipelines.progress import shown_on

        with shown_on(sys.stderr, quiet=self.quiet) as shown:
            if self._log is None:
                yield shown
                return
            from ..pipelines.log import Both

            yield Both(shown, self._log)

    def built(self, out: Path, manifest: Mapping[str, Any], outputs: "Sequence[Result]", kept: "Kept") -> None:
        """The last lines of the log of a build or conversion."""
        if self._log is not None:
            for each in outputs:
                self._log.about(each.out.name if len(outputs) > 1 else "")
                left_out = each.manifest["accounting"].items()
                self._log.event("rejected", **{kind: counts["rejected"] for kind, counts in left_out})
            self._log.about("")
            balance = manifest["accounting"]
            splits = {name: split["samples"] for name, split in manifest["splits"].items()}
            counts = {kind: {"read": each["read"], "written": each["written"]} for kind, each in balance.items()}
            self._log.event("result", out=str(out), splits=splits, **({"kept": kept} if kept else {}), **counts)

    def apart(self, inputs: Iterable[Path]) -> None:
        """Raise `OutputError` where the log is among inputs that are only known now, before its first line."""
        if self._log is not None and self._file is not None:
            try:
                _check_apart(self._file, inputs)
            except OutputError:
                if not self._file.stat().st_size:
                    self._file.unlink()  # it was made for this
                self._log.stop()
                raise

    def note(self, text: str) -> None:
        """Something that is good to know."""
        if self._log is not None:
            self._log.event("note", text=text)
        if not self.silent:
            say(visible(text))

    def result(self, **facts: Any) -> None:
        """The last line of the log of a command that looks."""
        if self._log is not None:
            self._log.event("result", **facts)


def ask_for_log(ctx: click.Context, words: Sequence[str]) -> None:
    """Look among all words of the command line whether stderr is to be a log, before any of them is understood."""
    own = [*takewhile(lambda word: word != "--", words)]
    if f"{_NAME}={STDERR}" in own or (_NAME, STDERR) in pairwise(own):
        from ..pipelines.log import JsonLog

        ctx.meta[_ON_STDERR] = JsonLog(sys.stderr)


def log_on_stderr() -> "JsonLog | None":
    """The log that takes the place of what is said on stderr, if it was asked for."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_ON_STDERR) if context else None


@contextmanager
def logging(to: str | None, *, quiet: bool, out: Path | None = None, inputs: Iterable[Path] = ()) -> Generator[Log]:
    """The log of one command, for the time that it runs; `out` is the folder that it replaces, `inputs` what it reads.

    Raises `OutputError` where the file cannot be made, or is somebody's work. An error of the command is logged and
    raised again; on stderr it is logged where else it would be said (`guard`).
    """
    if to is None:
        yield Log(None, quiet=quiet, alone=False)
        return
    from ..pipelines.log import JsonLog

    if to == STDERR:
        yield Log(log_on_stderr() or JsonLog(sys.stderr), quiet=quiet, alone=True)
        return
    path = Path(to)
    _check_apart(path, inputs)
    with _opened(path, out) as stream:
        first = (lambda: stream.truncate(0)) if path.is_file() else (lambda: None)  # else a terminal, or a pipe
        log = JsonLog(stream, lambda error: say(f"{visible(to)}: the log ends here: {error.strerror}"), first=first)
        with _errors_in(log):
            yield Log(log, quiet=quiet, alone=False, file=path)


@contextmanager
def _errors_in(log: "JsonLog") -> Generator[None]:
    try:
        yield
    except MmdataError as error:
        log.failed(error)
        raise
    except KeyboardInterrupt:
        log.event("interrupted")
        raise
    except Exception as error:
        log.event("error", place="mmdata", fact=f"{type(error).__name__}: {error}", remedy="", exit_code=3)
        raise


def _check_apart(path: Path, inputs: Iterable[Path]) -> None:
    """Raise `OutputError` for a log that is an input, or lies in a folder of inputs, where the next run reads it."""
    place = path.resolve()
    for each in inputs:
        source = each.resolve()
        if place == source or (path.exists() and each.exists() and path.samefile(each)):
            raise OutputError(_NAME, f"{path} is an input", "Name another file.")
        if place.is_relative_to(source):
            raise OutputError(_NAME, f"{path} is in {each}, which is read", "Name a file elsewhere.")


@contextmanager
def _opened(path: Path, out: Path | None) -> Generator[Any]:
    if out is not None and path.resolve().is_relative_to(out.resolve()):
        raise OutputError(_NAME, f"{path} is in {out}, which is replaced as a whole", "Name a file elsewhere.")
    from ..pipelines.log import is_log
    from ..pipelines.own_files import check_own

    if path.is_file():
        check_own(path, "log", is_log)
    try:
        stream = path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        remedy = "Name another file for --log-json."
        raise OutputError(str(path), f"cannot be written: {error.strerror}", remedy) from error
    try:
        yield stream
    finally:
        with suppress(OSError):  # of a full disk, where the log ends was said when it was written
            stream.close()

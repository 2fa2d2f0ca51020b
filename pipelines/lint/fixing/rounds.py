"""Rounds: lint, edit, lint again on the result, until there is nothing left to mend.

Everything happens on a copy in a temporary folder; the input is never touched. A fix of two that are about one place
waits for the next round. Rules whose fixes would undo each other for ever stop at `MOST` rounds.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ....converters.pictures.header import PICTURE_SUFFIXES
from ....schemas.finding import Edit, Finding
from ...place import telling
from ..input import Input, recognised
from ..run import Report, lint
from ..settings import Settings
from .edits import edited

MOST = 20


@dataclass(frozen=True, slots=True)
class Mended:
    """What the rounds came to.

    `files` are the contents of the files that changed, by their path relative to `base`; `applied` the findings that
    were mended, in order, with files as they were named at first; `report` is of the result, `others` are files of
    the input that stayed as they were, relative to `base` too.
    """

    base: Path
    files: dict[str, bytes]
    applied: list[Finding]
    report: Report
    others: list[str]


@dataclass
class _Round:
    edits: dict[Path, list[Edit]] = field(default_factory=dict[Path, list[Edit]])
    places: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    taken: list[Finding] = field(default_factory=list[Finding])

    def take(self, found: Finding, *, unsafe: bool) -> None:
        """Take a finding's fix, unless it is of no use, not allowed, or about a place that another one changes."""
        fix = found.fix
        if fix is None or not fix.edits or (fix.safety == "unsafe" and not unsafe):
            return
        places = {(edit.file, edit.at) for edit in fix.edits}
        if places & self.places:
            return
        self.places |= places
        self.taken.append(found)
        for edit in fix.edits:
            self.edits.setdefault(Path(edit.file), []).append(edit)


def mended(path: Path, settings: Settings, *, unsafe: bool) -> Mended:
    """Mend PATH as far as safe fixes go, or unsafe ones too. Raises as `lint` does, `OutputError` for a full disk."""
    looked_at = recognised(path, settings)
    base = path if path.is_dir() else path.parent
    with _copy(base, whole=path.is_dir()) as copy:
        settings = replace(settings, copy_of=(copy, base))
        return _rounds(looked_at, copy if path.is_dir() else copy / path.name, settings, unsafe=unsafe)


def _rounds(looked_at: list[Input], here: Path, settings: Settings, *, unsafe: bool) -> Mended:
    copy, base = settings.copy_of or (here, here)
    every = replace(settings, shown=None)
    changed: set[Path] = set()
    applied: list[Finding] = []
    report = lint(here, every)
    for _ in range(MOST):
        turn = _Round()
        for found in report.findings:
            turn.take(found, unsafe=unsafe)
        new = {file: edited(file, file.read_bytes(), edits) for file, edits in turn.edits.items()}
        new = {file: content for file, content in new.items() if content != file.read_bytes()}
        if not new:
            break
        for file, content in new.items():
            _put(file, content)
        changed |= new.keys()
        applied += [_as_named(found, copy, base) for found in turn.taken]
        report = lint(here, every)
    files = {file.relative_to(copy).as_posix(): file.read_bytes() for file in sorted(changed)}
    others = sorted(file.relative_to(copy).as_posix() for file in copy.rglob("*") if file.is_file())
    findings = [_as_named(found, copy, base) for found in report.findings]
    report = replace(report, findings=findings, looked_at=looked_at)
    return Mended(base, files, applied, report, [name for name in others if name not in files])


@contextmanager
def _copy(base: Path, *, whole: bool) -> Generator[Path]:
    """The input without its pictures in a temporary folder; of a file's neighbours (not `whole`) files alone."""
    with tempfile.TemporaryDirectory(prefix="mmdata-") as made, telling(Path(made)):
        copy = Path(os.path.realpath(made), base.resolve().name or "input")
        copy.mkdir()
        for folder, folders, names in os.walk(base):
            if not whole:
                folders.clear()
            below = copy / os.path.relpath(folder, base)
            below.mkdir(exist_ok=True)
            for name in names:
                if not name.lower().endswith(PICTURE_SUFFIXES):
                    shutil.copyfile(Path(folder, name), below / name)
        yield copy


def _put(file: Path, content: bytes) -> None:
    with telling(file):
        file.write_bytes(content)


def _as_named(found: Finding, copy: Path, base: Path) -> Finding:
    """A finding about the copy as one about what the user named."""
    import msgspec

    def named(file: str) -> str:
        return str(base / Path(file).relative_to(copy)) if Path(file).is_relative_to(copy) else file

    fix = found.fix
    if fix is not None:
        edits = tuple(msgspec.structs.replace(edit, file=named(edit.file)) for edit in fix.edits)
        fix = msgspec.structs.replace(fix, edits=edits)
    return msgspec.structs.replace(found, file=named(found.file), fix=fix)

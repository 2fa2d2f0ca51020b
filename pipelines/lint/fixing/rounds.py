"""Rounds: lint, edit, lint again on the result, until there is nothing left to mend.

Everything happens on a copy in a temporary folder, in which large files are links until they are edited; the input is
never touched. A fix of two that are about one place waits for the next round. Rules whose fixes would undo each other
for ever stop at `MOST` rounds.
"""

import os
import secrets
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from ....converters.pictures.fault import PictureFault
from ....converters.pictures.header import PICTURE_SUFFIXES
from ....schemas.finding import Edit, Finding
from ...commit.destination import MANIFEST, telling
from ..input import Input, home, recognised
from ..run import Report, lint
from ..settings import Settings
from .edits import edited
from .picture_edits import write_picture
from .renames import named_anew
from .shard_edits import SHARDS, edited_shard

MOST = 20

_DESCRIBING = (".yaml", ".yml", ".data")
"""Files that describe the folder they stand in; others say all themselves, and what stands beside them stays there."""

_SEALS = frozenset({"SH002", "SH003"})
"""What a manifest says of files, and what no longer holds once they are mended."""

_LINKED = 32 << 20  # bytes from which on a file is not copied before it is edited


class Contents(Mapping[str, bytes]):
    """The contents of files by their path relative to `folder`, read when they are asked for."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self._names = dict.fromkeys(sorted(names))

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return (self.folder / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, slots=True)
class Mended:
    """What the rounds came to.

    `files` are the files that changed or are new, by their path relative to `base`; `applied` the findings that were
    mended, in order, with files as they were named at first; `report` is of the result, `others` are files of the
    input that stayed as they were, relative to `base` too. `pictures` are those that stay as they are and belong into
    the new folder: each with the place where it is. `copy` is the folder in which all this happened; it goes with this.
    """

    base: Path
    files: Contents
    applied: list[Finding]
    report: Report
    others: list[str]
    pictures: dict[str, Path]
    copy: "_Copy"
    inputs: tuple[Path, ...]
    """What the user named: OUT must be apart from it."""


class _Copy:
    """A temporary folder that goes with this object, with the input in it but for its pictures."""

    def __init__(self, base: Path, *, whole: bool) -> None:
        made = Path(os.path.realpath(tempfile.gettempdir()), f"mmdata-{secrets.token_hex(8)}")
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)  # before it is there: ^C may come any time
        self.folder = made / (base.resolve().name or "input")
        with telling(made):
            made.mkdir(mode=0o700)
            _fill(self.folder, base, whole=whole)


@dataclass
class _Round:
    """The fixes that one round takes: no two about one place, unless they are the same."""

    unsafe: bool
    places: dict[tuple[str, str, str], Edit] = field(default_factory=dict[tuple[str, str, str], Edit])
    ats: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    above: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Places that the taken edits are within."""
    taken: list[Finding] = field(default_factory=list[Finding])

    def take(self, found: Finding) -> None:
        """Take a finding's fix, unless it is of no use, not allowed, or about a place that another one changes."""
        fix = found.fix
        if fix is None or not fix.edits or (fix.safety == "unsafe" and not self.unsafe):
            return
        places = {_place(edit): edit for edit in fix.edits}
        if any(self.places.get(place, edit) != edit for place, edit in places.items()):
            return
        if all(place in self.places for place in places):
            return  # another finding says the same of the same picture
        if any(self._nested(edit) for edit in fix.edits):
            return  # the whole goes, or was changed: what is left of it is for the next round
        self.places |= places
        self.ats |= {(edit.file, edit.at) for edit in fix.edits}
        self.above |= {above for edit in fix.edits for above in _above(edit)}
        self.taken.append(found)

    def _nested(self, edit: Edit) -> bool:
        return (edit.file, edit.at) in self.above or any(above in self.ats for above in _above(edit))


def _above(edit: Edit) -> Iterator[tuple[str, str]]:
    """The places that an edit is within: of `/3/bbox` that is `/3`, of `12:1/text` it is `12:1`."""
    at = edit.at.rpartition("/")[0]
    while at:
        yield edit.file, at
        at = at.rpartition("/")[0]


def _place(edit: Edit) -> tuple[str, str, str]:
    return edit.file, edit.at, edit.value["from"] if edit.op == "rename" else ""


def mended(path: Path, settings: Settings, *, unsafe: bool) -> Mended:
    """Mend PATH as far as safe fixes go, or unsafe ones too. Raises as `lint` does, `OutputError` for a full disk."""
    looked_at = recognised(path, settings)
    base = path if path.is_dir() else path.parent
    whole = path.is_dir() or path.suffix.lower() in _DESCRIBING
    copy = _Copy(base, whole=whole)
    settings = replace(settings, copy_of=(copy.folder, base))
    here = copy.folder if path.is_dir() else copy.folder / path.name
    made = _rounds(looked_at, copy, here, settings, unsafe=unsafe)
    return made if whole else replace(made, others=[], inputs=(path,))


def _rounds(looked_at: list[Input], copy: _Copy, here: Path, settings: Settings, *, unsafe: bool) -> Mended:
    base = settings.copy_of[1] if settings.copy_of else here
    every = replace(settings, shown=None)
    changed: set[Path] = set()
    applied: list[Finding] = []
    roots: set[Path] = set()
    report = lint(here, every)
    for _ in range(MOST):
        turn = _Round(unsafe)
        for found in report.findings:
            turn.take(found)
        done, new = _made(turn.taken, copy.folder, base)
        if not new:
            break
        changed |= new
        roots |= {Path(edit.value["root"]) for found in done for edit in _pictures_of(found)}
        applied += [_as_named(found, copy.folder, base) for found in done]
        report = lint(here, every)
    names = {file.relative_to(copy.folder).as_posix() for file in changed if file.is_file()}
    all_of_it = (file for file in copy.folder.rglob("*") if file.is_file())
    others = sorted(file.relative_to(copy.folder).as_posix() for file in all_of_it)
    findings = [_as_named(found, copy.folder, base) for found in report.findings]
    report = _sealed_anew(replace(report, findings=findings, looked_at=looked_at), {base / name for name in names})
    pictures = _carried(base, roots, names)
    rest = [name for name in others if name not in names]
    return Mended(base, Contents(copy.folder, names), applied, report, rest, pictures, copy, (base,))


def _sealed_anew(report: Report, changed: set[Path]) -> Report:
    """Without what the old manifest says of files that fixes changed: the new one is of the files as they are."""
    stale = [each for each in report.findings if each.code in _SEALS and Path(each.file) in changed]
    if not stale:
        return report
    counts = report.counts - Counter(each.code for each in stale)
    severities = report.severities - Counter(each.severity for each in stale)
    kept = [each for each in report.findings if each not in stale]
    return replace(report, findings=kept, counts=counts, severities=severities)


def _made(taken: list[Finding], copy: Path, base: Path) -> tuple[list[Finding], set[Path]]:
    """Make the edits of findings; those whose edits were made, and the files that are other than they were."""
    taken, renames = _renamed(taken)
    changed: set[Path] = set()
    done: list[Finding] = []
    edits: dict[Path, list[Edit]] = {}
    for number, found in enumerate(taken):
        try:
            changed |= {file for edit in _pictures_of(found) if (file := _pictured(edit, copy, base))}
        except PictureFault:
            continue  # what cannot be decoded cannot be written anew; another rule says so
        done.append(found)
        own = [edit for edit in (found.fix.edits if found.fix else ()) if not _is_of_picture(edit)]
        for edit in (*own, *renames.get(number, ())):
            if edit.op != "rename":
                edits.setdefault(Path(edit.file), []).append(edit)
    for file, several in edits.items():
        if _edit(file, several):
            changed.add(file)
    return done, changed


def _renamed(taken: list[Finding]) -> tuple[list[Finding], dict[int, list[Edit]]]:
    """Findings without those whose picture cannot be named anew, and by their number what naming them comes to."""
    wanted: dict[str, list[tuple[int, Edit]]] = {}
    for number, found in enumerate(taken):
        for edit in found.fix.edits if found.fix else ():
            if edit.op == "rename":
                wanted.setdefault(edit.file, []).append((number, edit))
    made: dict[int, list[Edit]] = {}
    for file, several in wanted.items():
        content = Path(file).read_bytes()
        for (number, _), edits in zip(several, named_anew(Path(file), content, [e for _, e in several]), strict=True):
            made.setdefault(number, []).extend(edits)
    kept = [number for number in range(len(taken)) if number not in made or made[number]]
    return [taken[number] for number in kept], {place: made.get(number, []) for place, number in enumerate(kept)}


def _edit(file: Path, edits: list[Edit]) -> bool:
    """Make the edits of one file of the copy; whether that changed it."""
    if any(edit.op == "remove" and not edit.at for edit in edits):
        with suppress(FileNotFoundError):
            file.unlink()
        return True
    if file.suffix.lower() in SHARDS:
        return edited_shard(file, edits)
    content = file.read_bytes()
    new = edited(file, content, edits)
    if new == content:
        return False
    with telling(file):
        if file.is_symlink():
            file.unlink()
        file.write_bytes(new)
    return True


def _is_of_picture(edit: Edit) -> bool:
    return edit.op == "rewrite" and "root" in (edit.value or {})


def _pictures_of(found: Finding) -> list[Edit]:
    return [edit for edit in (found.fix.edits if found.fix else ()) if _is_of_picture(edit)]


def _pictured(edit: Edit, copy: Path, base: Path) -> Path | None:
    """Write a picture into the copy; None where it was there just so."""
    to = home(Path(edit.value["root"]), copy, base) / edit.value["to"]
    before = to.read_bytes() if to.is_file() else None
    with telling(to):
        whole = to.with_name(f"{to.name}.new")
        write_picture(Path(edit.file), edit.value["how"], whole)
        whole.replace(to)
    return to if to.read_bytes() != before else None


def _fill(copy: Path, base: Path, *, whole: bool) -> None:
    """The input without its pictures; of a file's neighbours (not `whole`) files alone."""
    copy.mkdir()
    for folder, folders, names in os.walk(base):
        if not whole:
            folders.clear()
        below = copy / os.path.relpath(folder, base)
        below.mkdir(exist_ok=True)
        for name in names:
            if not name.lower().endswith(PICTURE_SUFFIXES):
                _take_in(Path(folder, name), below / name)


def _take_in(file: Path, to: Path) -> None:
    if file.stat().st_size >= _LINKED:
        with suppress(OSError):  # a system without links
            to.symlink_to(file.resolve())
            return
    shutil.copyfile(file, to)


def _carried(base: Path, roots: set[Path], names: set[str]) -> dict[str, Path]:
    """The pictures that belong beside those that were written anew, and all that a data set of ours has in it."""
    if (base / MANIFEST).is_file():
        roots = {*roots, base}
    found: dict[str, Path] = {}
    for root in sorted(roots):
        place = home(root, Path(), base)
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files):
                if name.lower().endswith(PICTURE_SUFFIXES):
                    file = Path(folder, name)
                    found[(place / file.relative_to(root)).as_posix()] = file
    return {name: file for name, file in found.items() if name not in names}


def _as_named(found: Finding, copy: Path, base: Path) -> Finding:
    """A finding about the copy as one about what the user named."""

    def named(file: str) -> str:
        return str(base / Path(file).relative_to(copy)) if Path(file).is_relative_to(copy) else file

    fix = found.fix
    if fix is not None:
        edits = tuple(msgspec.structs.replace(edit, file=named(edit.file)) for edit in fix.edits)
        fix = msgspec.structs.replace(fix, edits=edits)
    return msgspec.structs.replace(found, file=named(found.file), fix=fix)

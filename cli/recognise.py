"""Recognising what INPUT is, so that the wrong source name is answered with the right command."""

import os
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..converters.sources.protocol import Source
from ..schemas.errors import InputError
from ..schemas.suggest import closest

if TYPE_CHECKING:
    from ..converters.recognise import Candidate

_MOST_FILES = 200  # looked at in a folder where a file was wanted
_DEPTH = 2  # folders below it
_SHOWN = 3
_MOST_NAMED = 8


class Likeness(NamedTuple):
    """A source that knows the input, and by what."""

    name: str
    why: str


def check_input(source: Source, path: Path, out: Path) -> None:
    """Raise `InputError` when `path` is not there, or is another source's and not this one's."""
    _check_there(path)
    if _sniff(source, path):
        return
    other = likeness(path, but=source.NAME)
    if other:
        raise InputError(
            str(path), f"this is no {source.NAME}, it is {other.name}: {other.why}", _run(other.name, path, out)
        )
    if path.is_dir():
        _check_folder(source, path, out)


def with_likeness(error: InputError, source: Source, path: Path, out: Path) -> InputError:
    """The error of a reader, with the source that would have read the input, if there is one."""
    other = likeness(path, but=source.NAME)
    if not other:
        return error
    remedy = f"{error.remedy}\nIt looks like {other.name}: {other.why}. {_run(other.name, path, out)}"
    return InputError(error.place, error.fact, remedy)


def recognised(path: Path, out: Path) -> "Candidate":
    """The one way to read INPUT. `InputError` where there is none, or where there are several: none is guessed."""
    from ..converters.recognise import candidates, endings, seen

    _check_there(path)
    found = candidates(path)
    if len(found) == 1:
        return found[0]
    if found:
        several = "; ".join(f"{each.source} ({_shown(path, each)})" for each in found[:_MOST_NAMED])
        more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        commands = "\n".join(
            _run(each.source, each.path, out, images=path if each.path != path else None)
            for each in found[:_MOST_NAMED]
        )
        raise InputError(str(path), f"this may be read in {len(found)} ways: {several}{more}", f"Choose.\n{commands}")
    there = f"a folder of {seen(path)}" if path.is_dir() else f"a file {endings([path.name])[2:]}"
    raise InputError(
        str(path), f"no source knows it: {there}", "See what is read with mmdata sources, and name the one it is."
    )


def _shown(path: Path, found: "Candidate") -> str:
    return found.why if found.path == path else f"{found.path.relative_to(path).as_posix()} is {found.why}"


def likeness(path: Path, but: str = "") -> Likeness | None:
    """The first source, other than `but`, that knows the file or folder."""
    from ..converters.sources import load_source, source_names

    for name in source_names():
        if name == but:
            continue
        try:
            why = _sniff(load_source(name), path)
        except ImportError:
            continue  # a third party's source whose own needs are not met cannot help here
        if why:
            return Likeness(name, why)
    return None


def _sniff(source: Source, path: Path) -> str | None:
    try:
        return source.sniff(path)
    except OSError:
        return None  # the reader will say why it cannot be read


def _check_folder(source: Source, folder: Path, out: Path) -> None:
    """A file was wanted: name those in the folder that would do, and try the largest."""
    known = [path for path in islice(_files(folder), _MOST_FILES) if _sniff(source, path)]
    if known:
        names = ", ".join(path.relative_to(folder).as_posix() for path in known[:_SHOWN])
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        largest = max(known, key=lambda path: path.stat().st_size)
        raise InputError(
            str(folder), f"is a folder; {source.NAME} files in it: {names}{more}", _run(source.NAME, largest, out)
        )


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        at = Path(parent)
        folders.sort()
        if len(at.relative_to(folder).parts) >= _DEPTH:
            folders.clear()
        yield from (at / name for name in sorted(files) if name.endswith((".json", ".xml")))


def _check_there(path: Path) -> None:
    """Raise `InputError` unless there is a file or folder: a pipe can be read once, and labels are looked at first."""
    if not path.exists():
        raise _absent(path)
    if not (path.is_file() or path.is_dir()):
        remedy = "Write what comes out of it to a file, and name that."
        raise InputError(str(path), "is a pipe or device, which is no file that can be read twice", remedy)


def _absent(path: Path) -> InputError:
    if path.is_symlink():
        return InputError(str(path), f"is a link to {path.readlink()}, which is not there", "Correct the link.")
    try:
        near = closest(path.name, (each.name for each in islice(path.parent.iterdir(), 5000)))
    except OSError:
        near = None
    meant = f"Did you mean {path.parent / near}?" if near else "Check the name and the folder you are in."
    return InputError(str(path), "there is no such file or folder", meant)


def _run(name: str, path: Path, out: Path, images: Path | None = None) -> str:
    pictures = f" --images {shlex.quote(str(images))}" if images else ""
    return f"Run: mmdata convert {name} {shlex.quote(str(path))}{pictures} -o {shlex.quote(str(out))}"

"""Where OUT may be: what is there already, whose it is, and what it must be kept apart from."""

import errno
import json
import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...schemas.errors import ConfigError, InputError, OutputError

MANIFEST = "manifest.json"

_OURS_UNLISTED = frozenset({MANIFEST, "report.html"})  # in OUT by our doing, though no manifest lists them
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # file managers leave these; nobody's work
_SHOWN = 3

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a disk says that takes no more; no reading fails so."""

_REMEDIES = {
    errno.ENOSPC: "Free some space, or choose another disk with -o.",
    errno.EDQUOT: "Free some of your quota, or choose another disk with -o.",
    errno.EFBIG: "The file system or a limit (ulimit -f) refuses files of this size: choose another disk with -o.",
    errno.EROFS: "Choose a folder on a disk that can be written to with -o.",
    errno.EACCES: "Choose a folder that you may write to with -o.",
    errno.EPERM: "Choose a folder that you may write to with -o.",
    errno.EMFILE: "Raise the number of open files with ulimit -n.",
    errno.ENAMETOOLONG: "Choose a shorter name with -o.",
    errno.EEXIST: "A part of this path is a file: choose another folder with -o.",
    errno.ENOTDIR: "A part of this path is a file: choose another folder with -o.",
}


def output_error(path: Path, error: OSError) -> OutputError:
    """The failure as an `OutputError`: the path, the system's words with its number, and the bytes still free."""
    name = errno.errorcode.get(error.errno or 0, str(error.errno))
    fact = f"{error.strerror or error} ({name}{_free(path)})"
    return OutputError(str(path), fact, _REMEDIES.get(error.errno or 0, "Look at the disk, or choose another with -o."))


@contextmanager
def telling(path: Path) -> Generator[None, None, None]:
    """Turn every `OSError` inside into an `OutputError` about `path`."""
    try:
        yield
    except OSError as error:
        raise output_error(path, error) from error


def real(path: Path) -> Path:
    """The absolute path with every symbolic link followed, whether or not it exists."""
    return Path(os.path.realpath(path))


def check_apart(out: Path, inputs: Sequence[Path]) -> None:
    """Raise `OutputError` when OUT is an input, is inside a folder of inputs, or has an input inside it.

    Replacing OUT would destroy the input, and the next run would read this run's pictures and labels as new ones.
    """
    place = real(out)
    for each in inputs:
        source = real(each)
        if place == source or place.is_relative_to(source):
            raise OutputError(str(out), f"is inside the input {each}", "Choose a folder outside the input with -o.")
        if source.is_relative_to(place):
            raise OutputError(str(out), f"holds the input {each}", "Choose another folder with -o.")


def check_cache(out: Path, cache: Path) -> None:
    """Raise `ConfigError` when `--cache` is OUT, is inside it, or has it inside.

    OUT is replaced as a whole, and only where all that is in it is a data set's; a cache grows with every run.
    """
    place, kept = real(out), real(cache)
    facts = (
        (kept == place, f"is OUT, {out}"),
        (kept.is_relative_to(place), f"is inside OUT, {out}"),
        (place.is_relative_to(kept), f"has OUT inside, {out}"),
    )
    for together, fact in facts:
        if together:
            remedy = f"Name a folder beside OUT, such as --cache {place.parent / 'cache'}"
            raise ConfigError(f"--cache {cache}", f"{fact}, which is replaced as a whole", remedy)


def check_names(out: Path, given: Sequence[Path]) -> None:
    """Raise `OutputError` or `InputError` where the path of OUT, or one that was given, is not UTF-8.

    Rows, manifest and Arrow hold paths as UTF-8 alone. Folders that are read may bear any name, and are not `given`.
    """
    if not _is_utf8(real(out)):
        raise OutputError(str(out), f"the whole path, {real(out)}, is not UTF-8", "Choose another folder with -o.")
    for each in given:
        if not _is_utf8(each):
            raise InputError(str(each), "the name is not UTF-8", "Rename it, or name a link to it whose name is.")


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def check_replaceable(out: Path) -> None:
    """Raise `OutputError` unless `out` is absent, an empty folder, or a data set of ours with nothing else in it."""
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise OutputError(str(out), "is a file", "Choose a folder with -o.")
    if os.path.ismount(out):
        raise OutputError(str(out), "is a mount point, which cannot be replaced", f"Name a folder in it: -o {out}/data")
    with telling(out):
        strangers = unlisted(out)
    if strangers:
        named = ", ".join(strangers[:_SHOWN]) + (" …" if len(strangers) > _SHOWN else "")
        raise OutputError(
            str(out),
            f"is in use: mmdata did not write {named}",
            "Move your files out of it, or choose another folder with -o; mmdata replaces only what it wrote.",
        )


def read_manifest(out: Path) -> dict[str, Any] | None:
    """The manifest of a data set of ours; None where there is none, or another program's file of that name."""
    try:
        manifest = json.loads((out / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    ours = isinstance(manifest, dict) and {"mmdata", "format"} <= manifest.keys()
    return manifest if ours and isinstance(manifest.get("files"), list) else None


def unlisted(out: Path) -> list[str]:
    """What is in `out` and in no manifest of ours, as paths relative to it; what file managers leave is nobody's.

    Raises `OSError` where a folder cannot be read.
    """
    manifest = read_manifest(out)
    if manifest is None:
        return sorted(each.name for each in out.iterdir() if each.name not in _LITTER)
    known = _OURS_UNLISTED | set(listed(out))
    return sorted(path for path in _files(out) if path not in known and Path(path).name not in _LITTER)


def listed(out: Path) -> list[str]:
    """The paths that the manifest of a data set lists, relative to it; none where there is none of ours."""
    manifest = read_manifest(out) or {"files": []}
    return [str(each.get("path")) for each in manifest["files"] if isinstance(each, dict)]


def _files(folder: Path) -> Iterator[str]:
    """Everything under `folder` that is no folder, links to folders included; relative, with `/`."""
    for parent, folders, files in os.walk(folder, onerror=_raise):
        at = Path(parent)
        for name in [*files, *(name for name in folders if (at / name).is_symlink())]:
            yield (at / name).relative_to(folder).as_posix()


def _raise(error: OSError) -> None:
    raise error


def _free(path: Path) -> str:
    for folder in (path, *path.parents):
        try:
            return f", {shutil.disk_usage(folder).free} bytes free"
        except OSError:
            continue
    return ""

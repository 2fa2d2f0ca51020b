"""Rewritten: pictures that were turned or made smaller, kept by their content, each by itself.

What is read of a source is kept as one result, which does not hold any more when one of its labels changes. Its
pictures hardly ever do, and to decode and encode those takes longer than all else; so a store has them by themselves.
"""

from hashlib import file_digest
from pathlib import Path

from .. import __version__
from ..converters.pictures.header import PictureFacts
from ..converters.pictures.upright import write_upright
from .digest import digest
from .store import Kept, Store


class Rewritten:
    """Writes pictures upright, and as small as asked; those that the store has are not decoded. None: there is none."""

    def __init__(self, store: Store | None) -> None:
        self._store = store

    def write(self, path: Path, facts: PictureFacts, made: Path, size: tuple[int, int]) -> None:
        """Make `made`, whose folder must be there, of the picture at `path`; `size` is that of the new one.

        Raises as `write_upright` does.
        """
        if self._store is None:
            write_upright(path, facts, made, size)
            return
        before = _state(path)
        key = _key(path, facts, size) if before else None
        if key is None or not self._store.take(key, made):
            write_upright(path, facts, made, size)  # which says what is wrong with one that cannot be read
            if key is not None and _state(path) == before:  # else it may have decoded another than was hashed
                self._store.keep(key, Kept(b"", [made]))


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file's content, but for those who mean to hide it; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _key(path: Path, facts: PictureFacts, size: tuple[int, int]) -> str | None:
    """All that the new picture's bytes depend on: the old one's, and who decodes and encodes them; None where they
    cannot be read.
    """
    import PIL

    try:
        with path.open("rb") as file:
            content = file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return digest("rewritten", __version__, PIL.__version__, content, facts.format, facts.orientation, size)

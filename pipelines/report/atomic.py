"""One file, written whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from ...schemas.errors import OutputError


def write_whole(place: Path, write: Callable[[BinaryIO], object]) -> Path:
    """Let `write` fill a file that then takes the name `place` in one step; returns `place`.

    Raises `OutputError` where the folder cannot be written; what stood at `place` is then untouched.
    """
    try:
        with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
            _fill(cast(BinaryIO, file), Path(file.name), place, write)
    except OSError as fault:
        remedy = "Choose another place with -o, or make room there."
        raise OutputError(str(place), f"cannot be written ({fault.strerror or fault})", remedy) from None
    return place


def _fill(file: BinaryIO, temporary: Path, place: Path, write: Callable[[BinaryIO], object]) -> None:
    try:
        write(file)
        file.flush()
        os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

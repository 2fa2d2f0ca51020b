"""Files that are written over because they are our own from another time: a log, a page, a list of hashes.

Whatever else lies there by that name is somebody's work, such as the labels, named once too often.
"""

import json
import stat
from collections.abc import Callable
from pathlib import Path

from ..schemas.errors import OutputError

HEAD = 1 << 16
"""Bytes at the beginning of a file that say what it is."""


def check_own(path: Path, kind: str, ours: Callable[[bytes], bool]) -> None:
    """Raise `OutputError` where something lies at `path` that is no `kind` of file of ours, as `ours` says of its
    beginning. An empty file is anybody's.
    """
    remedy = "Name another file; nothing is written over that mmdata did not write."
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise OutputError(str(path), "is there already, and is no file", remedy)
        with path.open("rb") as file:
            head = file.read(HEAD)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(str(path), f"cannot be looked at: {error.strerror}", remedy) from error
    if head and not ours(head):
        raise OutputError(str(path), f"is there already, and is no {kind} of mmdata's", remedy)


def begins_with_object(head: bytes, *names: str) -> bool:
    """Whether the first line is a JSON object that has all these names."""
    try:
        first = json.loads(head.split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(first, dict) and set(names) <= first.keys()

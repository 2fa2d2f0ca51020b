"""Files of hashes: pictures of a benchmark, or of anybody's, that must not be in the data, as sha256sum writes them."""

import re
from collections.abc import Iterator
from pathlib import Path

from ...schemas.errors import InputError

_LINE = re.compile(r"\\?([0-9a-fA-F]{64})(?:[ \t]+\*?(.*))?")


def holds_hashes(path: Path) -> bool:
    """Whether a file is one of hashes, by its first line; `InputError` where there is no such file or folder."""
    if not path.exists():
        raise InputError(str(path), "there is no such file or folder", "Name the set or the hashes to compare with.")
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return _LINE.fullmatch(file.readline(4096).decode("utf-8", "replace").strip()) is not None


def read_hashes(path: Path) -> Iterator[tuple[str, str]]:
    """(sha256 in lower case, the name beside it) of every line but empty ones and comments; else `InputError`."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.strip())
            if found is None:
                raise InputError(f"{path}:{number}", f"{line.strip()[:80]!r} is no sha256", "Write it with sha256sum.")
            yield found[1].lower(), found[2] or ""

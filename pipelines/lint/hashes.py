r"""Files of hashes: pictures of a benchmark, or of anybody's, that must not be in the data, as sha256sum writes them.

`mmdata dedup --write-hashes` puts how each looks before its name (see `dedup/hash_files.py`); sha256sum writes `\`
before a line whose name has signs that it does not write as they are.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...schemas.errors import InputError

_LINE = re.compile(r"\\?([0-9a-fA-F]{64})(?:  ([0-9a-f]{16})-([0-9a-f]{16})|  plain)?(?:[ \t]+\*?(.*))?")


class Hashed(NamedTuple):
    """A line: the sha256 of a picture in lower case, its two hashes where they are given, its name."""

    sha256: str
    look: tuple[int, int] | None
    name: str


def holds_hashes(path: Path) -> bool:
    """Whether a file is one of hashes, by its first line; `InputError` where there is no such file or folder."""
    if not path.exists():
        raise InputError(str(path), "there is no such file or folder", "Name the set or the hashes to compare with.")
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return _LINE.fullmatch(file.readline(4096).decode("utf-8", "replace").strip()) is not None


def read_hashes(path: Path) -> Iterator[Hashed]:
    """Every line but empty ones and comments; `InputError` where one is of another kind."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            found = _LINE.fullmatch(line.strip())
            if found is None:
                said = f"{line.strip()[:80]!r} is no line of hashes"
                raise InputError(f"{path}:{number}", said, "Write it with sha256sum, or mmdata dedup --write-hashes.")
            look = (int(found[2], 16), int(found[3], 16)) if found[2] else None
            yield Hashed(found[1].lower(), look, found[4] or "")

"""The mended files as a new folder, by the commit protocol, with the list of what was done; or as a diff."""

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from .... import __version__
from ....schemas.finding import Finding
from ...commit import Staging
from ...place import MANIFEST
from .rounds import Mended

EDITS = "edits.jsonl"
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class Written:
    """Where the mended files are, and how many fixes of each rule went into them."""

    out: Path
    files: int
    counts: Counter[str]


def write(mended: Mended, out: Path) -> Written:
    """Write OUT: every file of the input but pictures, mended where there was something to mend, and `edits.jsonl`.

    Raises `OutputError` where OUT cannot be written or is a folder that mmdata did not make.
    """
    counts = Counter(found.code for found in mended.applied)
    with Staging(out, [mended.base]) as staging:
        for name, content in mended.files.items():
            _put(staging, name, content)
        for name in mended.others:
            if name not in (MANIFEST, EDITS):
                _put(staging, name, (mended.base / name).read_bytes())
        _put(staging, EDITS, b"".join(_line(found) for found in mended.applied))
        staging.publish(_manifest(mended, counts))
    return Written(out, len(mended.files), counts)


def diff(mended: Mended) -> Iterator[str]:
    """What `write` would change, as a unified diff, line by line; long lines are cut in the middle."""
    for name, content in mended.files.items():
        before = _text((mended.base / name).read_bytes())
        lines = difflib.unified_diff(before, _text(content), name, name, n=1, lineterm="")
        yield from (_short(line) for line in lines)


def _manifest(mended: Mended, counts: Counter[str]) -> dict[str, Any]:
    """The manifest of what was there, if it had one, brought up to date; else one of our own."""
    place = mended.base / MANIFEST
    old: dict[str, Any] = msgspec.json.decode(place.read_bytes()) if place.is_file() else {}
    done = {"mended": {"from": str(mended.base), "fixes": dict(sorted(counts.items()))}}
    return {"mmdata": __version__, "format": 1, **old, **done}


def _put(staging: Staging, name: str, content: bytes) -> None:
    with staging.open(name) as writer:
        writer.write(content)


def _line(found: Finding) -> bytes:
    fix = msgspec.to_builtins(found.fix)
    said = {"code": found.code, "name": found.name, "file": found.file, "at": found.at, "message": found.message}
    return msgspec.json.encode({**said, "fix": fix}, enc_hook=str) + b"\n"


def _text(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()


def _short(line: str) -> str:
    half = _LONGEST_LINE // 2
    return line if len(line) <= _LONGEST_LINE else f"{line[:half]} … {line[-half:]}"

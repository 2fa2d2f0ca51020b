"""The mended files as a new folder, by the commit protocol, with the list of what was done; or as a diff."""

import difflib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ....schemas.finding import Finding
from ...card import card
from ...commit.commit import Staging
from ...commit.destination import MANIFEST, read_manifest, telling
from .manifest import brought_up_to_date, dropped
from .rounds import Mended

EDITS = "edits.jsonl"
REJECTED, CARD = "rejected.jsonl", "README.md"
_WRITTEN_HERE = frozenset({MANIFEST, EDITS, REJECTED, CARD})
_TEXTS = (".json", ".jsonl", ".ndjson", ".xml", ".csv", ".tsv", ".txt", ".yaml", ".yml")
_LONGEST_LINE = 2000
_BINARY = 8192  # bytes in which a file that is no text has a zero, as git has it


@dataclass(frozen=True, slots=True)
class Written:
    """Where the mended files are, and how many fixes of each rule went into them."""

    out: Path
    files: int
    counts: Counter[str]


def write(mended: Mended, out: Path) -> Written:
    """Write OUT: every file of the input, mended where there was something to mend, and `edits.jsonl`.

    Pictures are in it where one of them was written anew, and those of a data set of ours.

    Raises `OutputError` where OUT cannot be written or is a folder that mmdata did not make.
    """
    counts = Counter(found.code for found in mended.applied)
    old = (read_manifest(mended.base) if MANIFEST in mended.others else None) or {}
    anew = _Paths(mended, out)
    with Staging(out, mended.inputs) as staging:
        for name in (*mended.files, *mended.others):
            if name not in _WRITTEN_HERE:
                anew.put(staging, name, mended.copy.folder / name)
        for name, picture in mended.pictures.items():
            _copy(staging, name, picture)
        _put(staging, EDITS, b"".join(_line(found) for found in mended.applied))
        receipts = {receipt.path: receipt for receipt in staging.receipts}
        new = brought_up_to_date(old, mended, staging.folder, receipts)
        _put_beside(staging, mended, old, new)
        staging.publish(new)
    return Written(out, len(mended.files), counts)


def diff(mended: Mended) -> Iterator[str]:
    """What `write` would change, as a unified diff, line by line; long lines are cut in the middle."""
    for name, content in mended.files.items():
        if b"\0" in content[:_BINARY]:
            yield f"{name}: {len(content):,} bytes are written anew"
            continue
        before = _text((mended.base / name).read_bytes()) if (mended.base / name).is_file() else []
        lines = difflib.unified_diff(before, _text(content), name, name, n=1, lineterm="")
        yield from (_short(line) for line in lines)


class _Paths:
    """Paths in texts that are others in OUT: those of pictures that a fix wrote, and of all of a data set of ours."""

    def __init__(self, mended: Mended, out: Path) -> None:
        old, new = str(mended.copy.folder), os.path.abspath(out)  # noqa: PTH100 (links stay, as rows have them)
        pairs = [(old, new)]
        if MANIFEST in mended.others:
            whole = (os.path.abspath(mended.base), os.path.realpath(mended.base))  # noqa: PTH100
            pairs += [(f"{base}/images/", f"{new}/images/") for base in dict.fromkeys(whole)]
        self._pairs = {each: None for pair in pairs for each in _spelt(pair)}
        self._other = any(
            found.fix and any(edit.op == "rename" for edit in found.fix.edits) for found in mended.applied
        )
        self._other = self._other or len(pairs) > 1

    def put(self, staging: Staging, name: str, file: Path) -> None:
        """Put a file into OUT, line by line where paths may stand in it."""
        if not self._other or not name.lower().endswith(_TEXTS):
            _copy(staging, name, file)
            return
        with staging.open(name) as writer, file.open("rb") as lines:
            for line in lines:
                for old, new in self._pairs:
                    if old in line:
                        line = line.replace(old, new)  # noqa: PLW2901
                writer.write(line)


def _spelt(pair: tuple[str, str]) -> Iterator[tuple[bytes, bytes]]:
    """Two paths as they stand in texts, and in JSON with letters as they are or escaped."""
    for ascii_only in (False, True):
        old, new = (json.dumps(path, ensure_ascii=ascii_only)[1:-1] for path in pair)
        yield old.encode("utf-8", "surrogateescape"), new.encode("utf-8", "surrogateescape")


def _put_beside(staging: Staging, mended: Mended, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """What a data set of ours says of itself beside its manifest: what was left out, and its card."""
    rejected, card_file, there = mended.base / REJECTED, mended.base / CARD, {*mended.others, *mended.files}
    if REJECTED in there:
        gone = (msgspec.structs.replace(found, kind="samples", fix=None) for found in dropped(old, mended))
        lines = (msgspec.json.encode(found, enc_hook=str) + b"\n" for found in gone)
        _put(staging, REJECTED, b"".join((rejected.read_bytes(), *lines)))
    if CARD in there:
        whole = {"options", "splits", "accounting"} <= new.keys() and {"source", "tasks"} <= new["options"].keys()
        _put(staging, CARD, card(dict(new)).encode() if whole and old else card_file.read_bytes())


def _copy(staging: Staging, name: str, file: Path) -> None:
    to = staging.folder / name
    with telling(staging.out / name):
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)
    staging.adopt(name)


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

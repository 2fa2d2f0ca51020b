"""The cache: what was learned of files, kept from run to run in the user's own folder.

One SQLite file. A fact is believed as long as its file has the size and the time of its last change that it had when
the fact was learned, and the fact its own checksum: a torn cache, or one that two runs write at once, costs time and
never tells a lie. Files that were changed a moment ago are not remembered, since the next change may bear the same
time. Nothing here fails: where no cache can be, there is none.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from zlib import crc32

_NAME = "facts-1.sqlite"
_LARGEST = 1 << 30  # bytes of the cache's file, from which on it is begun anew
_MOMENT = 2_000_000_000  # nanoseconds: the coarsest clock of a file system in use (FAT)
_PATIENCE = 2.0  # seconds for another run's write
_ASKED = 500  # places in one question to SQLite, which takes 999 in its oldest builds
_COLUMNS = "kind TEXT, path TEXT, stamp TEXT, fact BLOB, sum INTEGER"
_TABLE = f"CREATE TABLE IF NOT EXISTS facts ({_COLUMNS}, PRIMARY KEY (kind, path)) WITHOUT ROWID"

Stamps = Mapping[str, str]
"""By path, size and time of the last change of a file."""


def default_folder() -> Path:
    """The folder for caches of mmdata: $XDG_CACHE_HOME/mmdata, by default ~/.cache/mmdata."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return Path(home if home.startswith("/") else Path("~/.cache").expanduser()) / "mmdata"


def stamps(paths: Sequence[str]) -> Stamps:
    """Size and time of every file that is there."""
    found: dict[str, str] = {}
    for path in paths:
        with suppress(OSError, ValueError):
            status = Path(path).stat()
            found[path] = f"{status.st_size} {status.st_mtime_ns}"
    return found


class Cache:
    """Facts by their kind and a file's absolute path; a kind is any word, with the version of whoever learns it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _NAME
        self._open: sqlite3.Connection | None = None
        with suppress(OSError, sqlite3.Error):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._file.exists() and self._file.stat().st_size > _LARGEST:
                self._drop()
            self._open = self._connected()

    @property
    def works(self) -> bool:
        """Whether anything can be kept."""
        return self._open is not None

    def recall(self, kind: str, now: Stamps) -> dict[str, bytes]:
        """What is known of files as they are now; others are not in the result."""
        known: dict[str, bytes] = {}
        paths = list(now)
        for start in range(0, len(paths), _ASKED):
            for path, stamp, fact, checksum in self._asked(kind, paths[start : start + _ASKED]):
                if isinstance(fact, bytes) and stamp == now.get(path) and checksum == _sum(kind, path, stamp, fact):
                    known[path] = fact
        return known

    def keep(self, kind: str, facts: Mapping[str, bytes], then: Stamps) -> None:
        """Remember facts of files; `then` are their stamps from before they were looked at."""
        moment = time.time_ns() - _MOMENT
        rows = [
            (kind, path, then[path], fact, _sum(kind, path, then[path], fact))
            for path, fact in facts.items()
            if path in then and int(then[path].partition(" ")[2]) < moment
        ]
        if self._open is None or not rows:
            return
        try:
            with self._open:
                self._open.executemany("REPLACE INTO facts VALUES (?, ?, ?, ?, ?)", rows)
        except (sqlite3.Error, UnicodeError) as fault:
            self._given_up(fault)

    def _asked(self, kind: str, paths: list[str]) -> Iterator[tuple[str, str, object, int]]:
        if self._open is None:
            return
        marks = ",".join("?" * len(paths))
        question = f"SELECT path, stamp, fact, sum FROM facts WHERE kind = ? AND path IN ({marks})"  # noqa: S608 (marks)
        try:
            yield from self._open.execute(question, [kind, *paths]).fetchall()
        except (sqlite3.Error, UnicodeError) as fault:
            self._given_up(fault)

    def _connected(self) -> sqlite3.Connection:
        try:
            return self._prepared()
        except sqlite3.DatabaseError as fault:
            if isinstance(fault, sqlite3.OperationalError):
                raise  # another run has it, or the folder is no place for it
            self._drop()
            return self._prepared()

    def _prepared(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=_PATIENCE)
        try:
            connection.execute("PRAGMA journal_mode=DELETE")  # WAL maps a file, and a torn one kills the process
            connection.execute("PRAGMA synchronous=OFF")  # what a power cut tears, the checksums find
            connection.execute(_TABLE)
            connection.commit()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _given_up(self, fault: Exception) -> None:
        """Go on without; a file that is torn is removed, so that the next run has a new one."""
        if isinstance(fault, (sqlite3.OperationalError, UnicodeError)) and "malformed" not in str(fault):
            return  # busy, or full: facts of this batch are learned anew the next time
        if self._open is not None:
            self._open.close()
            self._open = None
        self._drop()

    def _drop(self) -> None:
        for ending in ("", "-journal"):
            with suppress(OSError):
                Path(f"{self._file}{ending}").unlink()


def _sum(kind: str, path: str, stamp: str, fact: bytes) -> int:
    return crc32(fact, crc32(f"{kind}\0{path}\0{stamp}".encode("utf-8", "surrogatepass")))

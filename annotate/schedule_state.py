"""What a schedule must know again after it was killed: when it runs next, how often it failed, what was last built.

A SQLite file under the store's folder, written whole or not at all, and on the disk before it counts. It holds texts
and numbers alone: APScheduler's own SQLite store keeps pickled objects, which whoever may write the file could make
into a program, and needs SQLAlchemy for it.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..pipelines.commit import fs
from ..schemas.errors import OutputError
from .run_log import FOLDER

_TABLE = "CREATE TABLE IF NOT EXISTS schedule (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
_WAIT = 10.0


class Memory:
    """The state of one store's schedule. Every method raises `OutputError` where the file cannot be read or written."""

    def __init__(self, store: Path) -> None:
        self.path = store / FOLDER / "jobs.sqlite"
        try:
            fs.make_folder(self.path.parent)
        except OSError as error:
            raise _refused(self.path.parent, error.strerror or "no folder") from None
        self._write({})

    def next_run(self, times: str) -> datetime | None:
        """When the next run was due when this was last written, for a schedule of the same times; else None."""
        if self._read("times") != times:
            return None
        said = self._read("next_run")
        try:
            return datetime.fromisoformat(said) if said else None
        except ValueError:
            return None

    def plan(self, times: str, next_run: datetime | None) -> None:
        """Note when the next run is due."""
        at = next_run.astimezone(UTC).isoformat() if next_run else ""
        self._write({"times": times, "next_run": at})

    def built(self) -> str:
        """What of the store the last finished build had in it (`schedule_news.news`); "" before the first."""
        return self._read("built")

    def note_built(self, news: str) -> None:
        """Note that a build of this finished."""
        self._write({"built": news})

    def _read(self, name: str) -> str:
        try:
            with closing(self._connect()) as connection:
                row = connection.execute("SELECT value FROM schedule WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error as error:
            raise _refused(self.path, str(error)) from None
        return str(row[0]) if row else ""

    def _write(self, values: dict[str, str]) -> None:
        try:
            with closing(self._connect()) as connection, connection:
                connection.execute(_TABLE)
                connection.executemany("INSERT OR REPLACE INTO schedule VALUES (?, ?)", values.items())
        except sqlite3.Error as error:
            raise _refused(self.path, str(error)) from None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_WAIT)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def _refused(path: Path, said: str) -> OutputError:
    remedy = "Make room, give write permission, or delete it if it is damaged: the schedule then begins anew."
    return OutputError(str(path), f"cannot be used: {said}", remedy)

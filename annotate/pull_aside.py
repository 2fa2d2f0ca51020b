"""What a first pull has read so far, kept in the store's folder, so that the next one goes on where it died.

A folder `aside` in STORE: `of.json` says of which project and since when, `NNNNNN.parquet` are answers, each written
when it came, with the rows of `label_studio_store.ROWS`: `held` and `unfinished` with their bodies, `gone` for an id
that was asked for and not there. It goes when the first part is published. Nothing in it is believed that may be old:
what changed since it was begun, by the server's `updated_at`, and what was deleted since is asked for anew, so that
the store becomes the same, byte for byte, as without the interruption. One thing is older: predictions imported in
bulk leave no trace, and are as old as their task's body here. A file that is torn or foreign is passed over.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from pyarrow.lib import ArrowException

from ..converters.sources.label_studio_store import ROWS
from ..pipelines.commit import fs
from ..pipelines.commit.destination import telling
from ..pipelines.commit.staging import Writer
from .pull_bodies import Body

ASIDE = "aside"
"""The folder's name in a store."""

_OF = "of.json"
_ROW = {True: "held", False: "unfinished"}


class Of(msgspec.Struct, frozen=True):
    """What was being pulled: the project, whether predictions are in the bodies, the newest change before it began."""

    project: int
    created_at: str
    predictions: bool
    watermark: str


class _Place(NamedTuple):
    """Where an answer stands: its file and row; its `updated_at`, None for an id that was not there."""

    file: Path
    row: int
    updated_at: str | None


class Aside:
    """Answers kept of this pull and of those before it that died. `since` is the newest change before the first of
    them began; `taken` counts the bodies that need not be asked for again. `OutputError` where the disk refuses.
    """

    def __init__(self, store: Path, of: Of) -> None:
        self.folder = store / ASIDE
        self.since = of.watermark
        self.taken = 0
        self._of = of
        self._places: dict[int, _Place] = {}
        self._open: tuple[Path, list[dict[str, Any]]] | None = None
        self._next = 1
        self._kept = 0
        with telling(self.folder):
            self._find()

    @property
    def tasks(self) -> dict[int, str]:
        """The tasks whose bodies are here, with their `updated_at`."""
        return {task: place.updated_at for task, place in self._places.items() if place.updated_at is not None}

    @property
    def count(self) -> int:
        """How many bodies the next pull would find."""
        return len(self.tasks) + self._kept

    @property
    def empty(self) -> bool:
        """Whether no pull before this one left anything."""
        return not self._places

    def forget(self, tasks: Iterable[int]) -> None:
        """These are to be asked for anew."""
        for task in tasks:
            self._places.pop(task, None)

    def found(self, tasks: Sequence[int]) -> tuple[list[Body], set[int]]:
        """The bodies of those of the tasks that are here, and the ids that need not be asked for."""
        bodies: list[Body] = []
        answered: set[int] = set()
        for task in tasks:
            place = self._places.get(task)
            if place is None:
                continue
            if place.updated_at is not None:
                if (body := self._body(task, place)) is None:
                    continue
                bodies.append(body)
            answered.add(task)
        self.taken += len(bodies)
        return bodies, answered

    def keep(self, asked: Iterable[int], bodies: Sequence[Body]) -> None:
        """Put an answer onto the disk: these ids were asked for, and these tasks came."""
        there = {body.task for body in bodies}
        rows: list[tuple[Any, ...]] = [
            (each.task, _ROW[each.finished], each.updated_at, each.hash, each.annotations, (), each.text)
            for each in bodies
        ]
        rows += [(task, "gone", None, None, (), (), None) for task in asked if task not in there]
        if not rows:
            return
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), ROWS, strict=True)]
        buffer = pa.BufferOutputStream()
        _parquet().write_table(pa.Table.from_arrays(columns, schema=ROWS), buffer, compression="zstd")
        with telling(self.folder):
            if self._next == 1:
                fs.make_folder(self.folder)
                self._put(_OF, msgspec.json.encode(self._of))
            self._put(f"{self._next:06d}.parquet", buffer.getvalue().to_pybytes())
        self._next += 1
        self._kept += len(bodies)

    def _put(self, name: str, content: bytes) -> None:
        file = self.folder / name
        attempt = file.with_name(f"{name}.partial")
        with suppress(FileNotFoundError):
            fs.unlink(attempt)  # of a pull that died in it
        with Writer(attempt, file, file, name, lambda _: None) as writer:
            writer.write(content)

    def _find(self) -> None:
        """What is there of the same pull; what is of another goes."""
        if not self.folder.exists():
            return
        before = self._read_of()
        if before is None or before != msgspec.structs.replace(self._of, watermark=before.watermark):
            fs.remove_tree(self.folder)
            return
        self._of, self.since = before, before.watermark
        for file in sorted(self.folder.glob("??????.parquet")):
            self._next = int(file.stem) + 1 if file.stem.isdecimal() else self._next
            for row, said in enumerate(_rows(file, ["task", "updated_at"])):
                self._places[said["task"]] = _Place(file, row, said["updated_at"])
        self._next = max(self._next, 2)

    def _read_of(self) -> Of | None:
        try:
            return msgspec.json.decode((self.folder / _OF).read_bytes(), type=Of)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _body(self, task: int, place: _Place) -> Body | None:
        """The body at a place; None where it is not the one that was kept."""
        if self._open is None or self._open[0] != place.file:
            self._open = (place.file, _rows(place.file, ROWS.names))
        rows = self._open[1]
        said = rows[place.row] if place.row < len(rows) else {}
        text = said.get("body")
        if said.get("task") != task or text is None or sha256(text.encode()).hexdigest() != said["hash"]:
            return None
        ids = tuple(said["annotations"])
        return Body(task, said["updated_at"], text, said["hash"], ids, said["row"] == "held")


def kept_aside(store: Path) -> int:
    """How many tasks' bodies a first pull that has not ended left in a store's folder."""
    files = sorted((store / ASIDE).glob("??????.parquet"))
    return len({row["task"] for file in files for row in _rows(file, ["task", "updated_at"]) if row["updated_at"]})


def _rows(file: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of one answer; none where it cannot be read."""
    try:
        table = _parquet().read_table(file, columns=list(columns), use_threads=False, schema=ROWS)
    except (ArrowException, OSError, ValueError):
        return []
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _parquet() -> Any:
    """`pyarrow.parquet`, which has no types, and takes as long to import as a small conversion."""
    return import_module("pyarrow.parquet")

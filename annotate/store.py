"""The store of `mmdata annotate pull`, written: one part more, or nothing.

The format, and how it is read, is `converters/sources/label_studio_store.py`. What a pull brings becomes one new file,
which is flushed to the disk and hashed before the state that lists it takes the old state's place in one step:

    lock      STORE.lock beside STORE                    another pull: OutputError naming it
    sweep     files that the state does not list         left by runs that died
    part      parts/NNNNNN.parquet, config, fsync        nobody looks at it yet
    publish   store.json.partial, fsync, rename to store.json, fsync of the folder

A run that dies before the rename leaves the store as it was, after it the new one. What a first pull has read by then
is beside the parts (`pull_aside`), and goes with the first part.
"""

import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, cast

import msgspec
import pyarrow as pa

from ..converters.sources.label_studio_store import (
    FORMAT,
    ROWS,
    STATE,
    Known,
    Part,
    Project,
    State,
    config_path,
    known,
    read_state,
)
from ..pipelines.commit import fs
from ..pipelines.commit.destination import real, telling
from ..pipelines.commit.lock import Lock
from ..pipelines.commit.staging import Receipt, Writer
from ..schemas.errors import OutputError
from .pull_aside import ASIDE

_PARTIAL = f"{STATE}.partial"
_FOLDERS = ("parts", "configs")
_BESIDES = "schedule"
"""What `mmdata annotate schedule` keeps in the folder begins so."""


class Row(NamedTuple):
    """One row of a part; see `label_studio_store.ROWS`."""

    task: int
    row: Literal["held", "same", "unfinished", "gone"]
    updated_at: str | None = None
    hash: str | None = None
    annotations: tuple[int, ...] = ()
    annotations_gone: tuple[int, ...] = ()
    body: str | None = None


class Appending:
    """A store that a pull may add one part to; enter it, `add` rows, `publish`. Without `publish` nothing changes.

    Entering takes the lock, removes what dead runs left, and reads what is known of every task. Raises `OutputError`
    where the folder is somebody else's, another pull is at work or the disk refuses; `InputError` where the store that
    is there is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state: State | None = None
        self.known: dict[int, Known] = {}
        self.rows = 0
        self._place = real(folder)
        self._lock = Lock(self._place.parent / f"{self._place.name}.lock")
        self._file: _PartFile | None = None

    def __enter__(self) -> Self:
        with telling(self.folder):
            fs.make_folder(self._place.parent)
            self._lock.acquire()
        try:
            if (self._place / STATE).exists():
                self.state = read_state(self.folder)
            else:
                self._check_free()
            with telling(self.folder):
                self._sweep()
            if self.state is not None:
                self.known = known(self.folder, self.state.parts)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.writer.abandon()
            with suppress(OSError):  # the next pull sweeps it
                fs.unlink(_attempt(file.at))
        self._lock.release()

    @property
    def last(self) -> Part | None:
        """The newest part."""
        return self.state.parts[-1] if self.state and self.state.parts else None

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows, which together are one row group of the part; at most some hundreds."""
        if not rows:
            return
        self._opened().add(rows)
        self.rows += len(rows)

    def publish(self, part: "Brought", project: Project, kept: "Kept", config: str) -> Part:
        """Make what was added part of the store, for good; the part."""
        receipt = self._opened().finish()
        self._file = None
        digest = sha256(config.encode()).hexdigest()
        last = self.last
        pulled = max(_text(part.pulled), last.pulled) if last else _text(part.pulled)  # no clock turns the order round
        path, size, hashed = receipt
        made = Part(path, self.rows, size, hashed, pulled, part.watermark, digest, part.tasks, part.counts)
        state = State(FORMAT, project, *kept, [*(self.state.parts if self.state else []), made])
        with telling(self.folder):
            fs.sync_folder(self._place / "parts")
            if not config_path(self._place, made).exists():
                self._put(config_path(self._place, made), config.encode())
                fs.sync_folder(self._place / "configs")
            self._put(self._place / STATE, msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n")
            fs.sync_folder(self._place)
            if last is None:
                fs.sync_folder(self._place.parent)
                self._drop_aside()
        self.state = state
        return made

    def _opened(self) -> "_PartFile":
        """The part, begun when it is first wanted."""
        if self._file is None:
            with telling(self.folder):
                for name in _FOLDERS:
                    fs.make_folder(self._place / name)
            number = len(self.state.parts) + 1 if self.state else 1
            self._file = _PartFile(self._place, self.folder, f"parts/{number:06d}.parquet")
        return self._file

    def _put(self, file: Path, content: bytes) -> None:
        """The whole file under its name, or what was there before."""
        with _writer(file, self.folder / file.relative_to(self._place)) as writer:
            writer.write(content)

    def _check_free(self) -> None:
        """Raise where there is no store and yet something that no pull of ours can have left."""
        if not self._place.exists():
            return
        with telling(self.folder):
            names = sorted(each.name for each in self._place.iterdir())
        foreign = [name for name in names if name not in (*_FOLDERS, ASIDE, _PARTIAL) and not name.startswith(_BESIDES)]
        if foreign:
            fact = f"is no store, and holds {foreign[0]}" + (f" and {len(foreign) - 1} more" if foreign[1:] else "")
            raise OutputError(str(self.folder), fact, "Give a new or empty folder with -o.")

    def _sweep(self) -> None:
        """Remove what runs that died left: the part after the last one, its config, states that are not whole."""
        parts = self.state.parts if self.state else []
        listed = {self._place / each.path for each in parts} | {config_path(self._place, each) for each in parts}
        folders = [self._place / name for name in _FOLDERS if (self._place / name).is_dir()]
        left = [file for folder in folders for file in sorted(folder.iterdir()) if file not in listed]
        begun = f"{len(parts) + 1:06d}.parquet"
        for file in left:
            if file.parent.name == "parts" and file.name not in (begun, f"{begun}.partial"):
                fact = f"holds {file.name}, which {STATE} does not list" if parts else f"has parts and no {STATE}"
                raise OutputError(str(self.folder), fact, f"Put its {STATE} back, or give a new folder with -o.")
        for file in left:
            fs.unlink(file)
        if (self._place / _PARTIAL).exists():
            fs.unlink(self._place / _PARTIAL)
        if self.state is not None:
            self._drop_aside()

    def _drop_aside(self) -> None:
        """Remove what the first pull kept while it went on."""
        if (self._place / ASIDE).exists():
            fs.remove_tree(self._place / ASIDE)


class Kept(NamedTuple):
    """What of a project is kept: the tasks that somebody submitted, or all; with their predictions, or without."""

    take: Literal["finished", "all"] = "finished"
    predictions: bool = False


class Brought(NamedTuple):
    """What a part says of its pull: the moment, the newest `updated_at` seen, how many tasks the set has, counts."""

    pulled: datetime
    watermark: str | None
    tasks: int
    counts: dict[str, int]


class _PartFile(io.RawIOBase):
    """One part while it is written; to Arrow it is the stream into which it writes."""

    def __init__(self, place: Path, shown: Path, path: str) -> None:
        super().__init__()
        self.at = place / path
        with telling(shown / path):
            self.writer = _writer(self.at, shown / path, path)
        parquet: Any = import_module("pyarrow.parquet")
        self._parquet = parquet.ParquetWriter(self, ROWS, compression="zstd", use_dictionary=["row"])

    def add(self, rows: Sequence[Row]) -> None:
        """One row group more."""
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), ROWS, strict=True)]
        self._parquet.write_table(pa.Table.from_arrays(columns, schema=ROWS))

    def finish(self) -> Receipt:
        """End the file and put it on the disk; its receipt."""
        self._parquet.close()
        return self.writer.close()

    def writable(self) -> bool:
        """Arrow asks."""
        return True

    def write(self, data: Any) -> int:
        """Arrow's bytes, on to the file."""
        view = memoryview(data)
        self.writer.write(cast(bytes, view))
        return view.nbytes

    def tell(self) -> int:
        """How many bytes Arrow has written."""
        return self.writer.bytes


def _writer(file: Path, shown: Path, path: str = "") -> Writer:
    """What writes a file beside its name, and gives it that when all of it is on the disk."""
    return Writer(_attempt(file), file, shown, path or file.name, lambda _: None)


def _attempt(file: Path) -> Path:
    return file.with_name(f"{file.name}.partial")


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

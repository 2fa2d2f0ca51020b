"""The store that `mmdata annotate pull` keeps: every version of every task, so that the set of any date can be read.

A folder with `store.json` (the state: project, what is taken, and the parts in order, each with its size, sha256 and
moment), `parts/NNNNNN.parquet` and `configs/HASH.xml`. A pull that brings something appends one part and never touches
an older one; what the state does not list is not there. A row of a part is one thing that was learnt of one task:

    held        this is the task now: `body`, JSON as the server's export has it, without what changes unseen
    same        it was touched (`updated_at`), and its body is what it was
    unfinished  nobody has submitted work for it (any more): it is known and not in the set
    gone        it was deleted on the server

The set at a date is each task's last row of the parts up to then. Known traps: `updated_at` of a body is that of the
pull that brought it, the row's column is newer; a part's moment is the puller's clock, not the server's. Source: ours.
"""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import msgspec
import pyarrow as pa
from pyarrow.lib import ArrowException

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError

STATE = "store.json"
FORMAT = 1
ROWS = pa.schema(
    [
        pa.field("task", pa.int64(), nullable=False),
        pa.field("row", pa.string(), nullable=False),  # held, same, unfinished, gone
        pa.field("updated_at", pa.string()),  # the server's word; null: gone
        pa.field("hash", pa.string()),  # sha256 of `body` in hex; null: no body
        pa.field("annotations", pa.list_(pa.int64()), nullable=False),  # ids in the body, ascending
        pa.field("annotations_gone", pa.list_(pa.int64()), nullable=False),  # ids in the body before and not in this
        pa.field("body", pa.string()),
    ]
)
"""The columns of a part."""

_KEYS = ["task", "row", "updated_at", "hash", "annotations"]
_GROUPS_HELD = 32
_PART = re.compile(r"parts/[0-9]{6}\.parquet")
_HASH = re.compile(r"[0-9a-f]{64}")
_REMEDY = "Pull into a new folder with mmdata annotate pull PROJECT -o NEW."


class Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One part: its file (relative, with `/`), rows, bytes and sha256; the moment it was pulled; the newest
    `updated_at` seen by then; the label config then in force by its sha256; how many tasks the set then had, and what
    the part brought.
    """

    path: str
    rows: int
    bytes: int
    sha256: str
    pulled: str
    watermark: str | None
    config: str
    tasks: int
    brought: dict[str, int]


class Project(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The project that the store is of; `created_at` tells it from another under the same id."""

    id: int
    created_at: str
    title: str


class State(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """All that `store.json` says. `take` is whether only finished tasks are taken, or all; `predictions` whether theirs
    are kept with them.
    """

    format: int
    project: Project
    take: Literal["finished", "all"]
    predictions: bool
    parts: list[Part]


class Known(NamedTuple):
    """What the store knows of a task: its last `updated_at`, and where its body stands (part, row), if it is held."""

    updated_at: str
    hash: str | None
    annotations: tuple[int, ...]
    part: int
    row: int

    @property
    def held(self) -> bool:
        """Whether the task is in the set."""
        return self.hash is not None


def is_store(path: Path) -> bool:
    """Whether this folder is a store."""
    return (path / STATE).is_file() and (path / "parts").is_dir()


def read_state(folder: Path) -> State:
    """The state of a store; `InputError` where there is none, or it is not as this version writes it."""
    file = folder / STATE
    try:
        state = msgspec.json.decode(file.read_bytes(), type=State)
    except OSError as fault:
        remedy = "Name the folder of mmdata annotate pull's -o."
        raise InputError(str(folder), f"is no store: {STATE} cannot be read ({fault.strerror})", remedy) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise InputError(str(file), f"is not the state of a store: {fault}", _REMEDY) from None
    if state.format != FORMAT:
        fact = f"has format {state.format}, and this mmdata reads {FORMAT}"
        raise InputError(str(file), fact, f"Use the mmdata that wrote it. {_REMEDY}")
    for part in state.parts:
        if _moment(part.pulled) is None or not _PART.fullmatch(part.path) or not _HASH.fullmatch(part.config):
            raise InputError(str(file), f"lists a part that none wrote: {part.path} at {part.pulled}", _REMEDY)
    return state


def parts_at(folder: Path, state: State, as_of: str | None) -> list[Part]:
    """The parts that were there at a moment: an ISO date (its end, in UTC) or time; all of them for None.

    `ConfigError` for what is no date, or one before the first pull.
    """
    if not as_of:
        return state.parts
    until = _until(as_of)
    if until is None:
        raise ConfigError("--as-of", f"{as_of!r} is no date", "Write 2026-11-23 or 2026-11-23T08:00:00Z.")
    taken = [part for part in state.parts if (_moment(part.pulled) or until) < until]
    if not taken:
        first = f"its first pull was at {state.parts[0].pulled}" if state.parts else "nothing was pulled yet"
        raise ConfigError("--as-of", f"{folder} has nothing of {as_of}: {first}", "Give a later date, or none.")
    return taken


def _until(as_of: str) -> datetime | None:
    """The first moment that is too late."""
    try:
        if len(as_of) <= 10:
            day = date.fromisoformat(as_of)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    moment = _moment(as_of)
    return None if moment is None else moment + timedelta(microseconds=1)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def config_path(folder: Path, part: Part) -> Path:
    """The file of the label config that was in force when a part was pulled."""
    return folder / "configs" / f"{part.config[:16]}.xml"


def known(folder: Path, parts: Sequence[Part], accounting: Accounting | None = None) -> dict[int, Known]:
    """What is known of every task after these parts, by id; every part and label config is held against its hash.

    `InputError` where one is missing, torn or not the one that was written.
    """
    _check_configs(folder, parts)
    found: dict[int, Known] = {}
    for number, part in enumerate(parts):
        table = _table(folder, part, accounting)
        for at, (task, row, updated_at, digest, annotations) in enumerate(
            zip(*(table.column(name).to_pylist() for name in _KEYS), strict=True)
        ):
            before = found.get(task)
            if row == "gone":
                found.pop(task, None)
            elif row == "same" and before is not None:
                found[task] = before._replace(updated_at=updated_at)
            else:
                found[task] = Known(updated_at, digest, tuple(annotations), number, at)
    return found


def store_tasks(
    folder: Path, as_of: str | None = None, accounting: Accounting | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(`/ID`, task) of every task of the set at a moment (see `parts_at`), by id, as the server's export has them."""
    state = read_state(folder)
    parts = parts_at(folder, state, as_of)
    there = known(folder, parts, accounting)
    bodies = _Bodies(folder, parts)
    for task in sorted(there):
        fact = there[task]
        if fact.held:
            body = bodies.read(fact, task)
            body["updated_at"] = fact.updated_at
            yield f"/{task}", body


class _Options(Protocol):
    @property
    def config(self) -> Path | None: ...
    @property
    def as_of(self) -> str | None: ...


_Given = TypeVar("_Given", bound=_Options)


def of_store(path: Path, options: _Given) -> _Given:
    """The options with the store's own label config where the path is a store and none is named.

    `ConfigError` where a date is asked for of anything else.
    """
    if not is_store(path):
        if options.as_of:
            remedy = "Give the folder of mmdata annotate pull's -o, or leave --as-of out."
            raise ConfigError("--as-of", f"{path} is no store, and has no history", remedy)
        return options
    parts = parts_at(path, read_state(path), options.as_of)
    if options.config is not None or not parts:
        return options
    given: Any = options
    made: _Given = replace(given, config=config_path(path, parts[-1]))
    return made


class _Bodies:
    """Bodies read by part and row; a few row groups are kept."""

    def __init__(self, folder: Path, parts: Sequence[Part]) -> None:
        self._folder, self._parts = folder, parts
        self._groups: OrderedDict[tuple[int, int], list[str | None]] = OrderedDict()
        self._starts: dict[int, list[int]] = {}

    def read(self, fact: Known, task: int) -> dict[str, Any]:
        """The body of a task, held against its hash."""
        file = self._folder / self._parts[fact.part].path
        text = self._text(file, fact)
        if text is None or hashlib.sha256(text.encode()).hexdigest() != fact.hash:
            raise InputError(f"{file}: task {task}", "its body is not the one that was pulled", _REMEDY)
        body: dict[str, Any] = json.loads(text)
        return body

    def _text(self, file: Path, fact: Known) -> str | None:
        starts = self._starts.get(fact.part)
        if starts is None:
            with _reading(file):
                metadata = _parquet().ParquetFile(file).metadata
                starts = [0]
                for number in range(metadata.num_row_groups):
                    starts.append(starts[-1] + metadata.row_group(number).num_rows)
            self._starts[fact.part] = starts
        group = max(number for number, start in enumerate(starts[:-1]) if start <= fact.row)
        place = (fact.part, group)
        if place not in self._groups:
            with _reading(file):
                read = _parquet().ParquetFile(file).read_row_group(group, columns=["body"])
            self._groups[place] = read.column("body").to_pylist()
            if len(self._groups) > _GROUPS_HELD:
                self._groups.popitem(last=False)
        self._groups.move_to_end(place)
        return self._groups[place][fact.row - starts[group]]


def _table(folder: Path, part: Part, accounting: Accounting | None) -> pa.Table:
    """A part's columns without the bodies, its bytes held against the state."""
    file = folder / part.path
    with _reading(file):
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            size = opened.tell()
        if (size, digest) != (part.bytes, part.sha256):
            fact = f"{size} bytes with another hash, where {STATE} says {part.bytes} bytes"
            raise InputError(str(file), fact if size == part.bytes else fact.replace(" with another hash", ""), _REMEDY)
        if accounting is not None:
            accounting.input(str(file), size, digest)
        table = _parquet().read_table(file, columns=_KEYS, use_threads=False, schema=ROWS)
    if table.num_rows != part.rows:
        raise InputError(str(file), f"has {table.num_rows} rows, where {STATE} says {part.rows}", _REMEDY)
    return table


def _check_configs(folder: Path, parts: Sequence[Part]) -> None:
    """Another label config would give the same bodies other labels."""
    for digest, part in {part.config: part for part in parts}.items():
        file = config_path(folder, part)
        with _reading(file):
            if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
                raise InputError(str(file), f"is not the label config that was pulled at {part.pulled}", _REMEDY)


@contextmanager
def _reading(file: Path) -> Generator[None, None, None]:
    """What goes wrong with a part's file inside, as an `InputError` about it."""
    try:
        yield
    except (ArrowException, OSError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else None
        fact = f"cannot be read: {said}" if said else f"is no part of a store: {str(fault).splitlines()[0]}"
        raise InputError(str(file), fact, _REMEDY) from None


def _parquet() -> Any:
    """`pyarrow.parquet`, which has no types, and takes as long to import as a small conversion."""
    return import_module("pyarrow.parquet")

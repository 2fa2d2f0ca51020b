"""Input: what PATH is, and its views one after the other.

A folder with our manifest is a data set of ours: it is looked at as a whole, then its rows in its target's dialect. A
file of conversations is looked at in the dialect that its rows show. Everything else is labels, read by their source.
What readers say on their way goes to the tally; a file that stops being what it was is a finding (AN001), not the end.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ...converters.pictures.find import Pictures
from ...converters.recognise import Candidate, candidates, seen
from ...converters.sources import load_source, source_names
from ...converters.sources.json_rows import json_rows
from ...converters.sources.label_studio_store import is_store
from ...converters.sources.protocol import Source, default_images
from ...converters.targets import load_target, target_names
from ...converters.targets.protocol import Target
from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ...schemas.finding import finding
from ...schemas.rule import RULES
from ..commit.destination import MANIFEST
from ..shards import load_form
from .bids import bids_in, with_bids
from .build import Build, shards_at
from .cache import Cache
from .chats import Chats, Row
from .dialect import dialects
from .hearing import FileNames, Hearing
from .labels import Labels
from .pictures import LintPictures
from .raw import Raw, raw_parts
from .settings import Settings
from .tally import Tally

_LINE_AND_COLUMN = re.compile(r":(\d+(?::\d+)?)\Z")

ROWS = 2048
"""Rows of a training file that are looked at together."""


@dataclass(frozen=True, slots=True)
class Input:
    """What PATH was taken for, and why: exactly one of `build`, `dialect` and `source` is there."""

    path: Path
    why: str
    build: Build | None = None
    dialect: Target | None = None
    source: Source | None = None
    besides: frozenset[str] = frozenset()
    """Files that other inputs of the same run read."""

    @property
    def name(self) -> str:
        """In a word: the source, the dialect, or `data set`."""
        named = self.source or self.dialect
        return named.NAME if named else "data set"


def recognised(path: Path, settings: Settings) -> list[Input]:
    """What PATH is, by `--as` or by content: of a folder, every file of labels in it, in the order of their names.

    Raises `InputError` where nothing fits, or where several things fit one file.
    """
    if not path.exists():
        raise InputError(str(path), "there is no such file or folder", "Check the name and the folder you are in.")
    if settings.source:
        named = _named(path, settings.source)
        shards = shards_at(path, settings) if named.dialect and _holds_tars(path) else None
        return [Input(path, named.why, build=shards)] if shards else [named]
    if path.is_dir() and (build := Build(path, settings)).whole:
        return [Input(path, f"it has a {MANIFEST}", build=build)]
    if is_store(path):  # its parts are Parquet, and no samples
        return [Input(path, "it is a store of mmdata annotate pull", source=load_source("label-studio"))]
    ways: dict[Path, list[Candidate]] = {}
    for each in candidates(path):
        ways.setdefault(each.path, []).append(each)
    if path.is_file():
        ways.setdefault(path, [])
    found = [each for place, several in sorted(ways.items()) for each in _meant(place, several)]
    shards = shards_at(path, settings)
    if not found and shards is None:
        what = f"holds {seen(path)}, and " if path.is_dir() else ""
        raise InputError(str(path), f"{what}nothing that mmdata reads or writes", "Say what it is with --as NAME.")
    read = frozenset(str(each.path) for each in found if each.path.is_file())
    built = [Input(path, "it has files of samples", build=shards)] if shards else []
    return built + [replace(each, besides=read - {str(each.path)}) for each in found]


def _holds_tars(path: Path) -> bool:
    return path.suffix.lower() == ".tar" or (path.is_dir() and next(path.rglob("*.tar"), None) is not None)


def _meant(path: Path, ways: list[Candidate]) -> list[Input]:
    """The one way to look at a file: in the dialect of its rows where it has one, else as its source reads it.

    Sources that know a folder as a whole read different files of it: all are meant.
    """
    if path.is_dir():
        return [Input(path, each.why, source=load_source(each.source)) for each in ways]
    spoken = dialects(path) if path.is_file() else []
    if len(spoken) == 1:
        return [Input(path, spoken[0].why, dialect=load_target(spoken[0].name))]
    if not ways:
        return []
    told = [f"{each.name} ({each.why})" for each in spoken] or [f"{each.source} ({each.why})" for each in ways]
    if len(told) == 1:
        return [Input(path, ways[0].why, source=load_source(ways[0].source))]
    raise InputError(str(path), f"this may be several things: {'; '.join(told)}", "Say which with --as NAME.")


def _named(path: Path, name: str) -> Input:
    said = f"--as {name}"
    if name in source_names() and name != "chat":
        return Input(path, said, source=load_source(name))
    if name in target_names():
        return Input(path, said, dialect=load_target(name))
    raise InputError("--as", f"there is no source and no target {name!r}", "See mmdata sources and mmdata targets.")


def views(given: Input, settings: Settings, tally: Tally, *, raw: bool) -> Iterator[Labels | Chats | Build | Raw]:
    """The views of an input, one at a time; what its readers say goes to the tally.

    `raw`: also every JSON file that was read, as it stands, once its reader is done with it.
    """
    named = FileNames(given.path)
    accounting = Hearing(told=tally.found, remarks_kept=settings.shown, named=named, besides=given.besides)
    try:
        if given.source:
            for labels in _labels(given.path, given.source, settings, accounting, tally):
                labels.named = named
                yield labels
        elif given.dialect:
            yield from _chats(given.path, given.dialect, settings, accounting)
        elif given.build:
            yield given.build
            yield from _built(given.build, settings, accounting)
    except InputError as fault:
        file, at = _torn_at(fault.place)
        torn = replace(RULES["AN001"], remedy=fault.remedy)
        tally.found(finding(torn, kind="lint", file=named(file), at=at, value=None, message=fault.fact))
    for said in accounting.findings:
        tally.found(said)
    for code, count in accounting.remarks.items():
        tally.more(code, count - sum(each.code == code for each in accounting.findings))
    for each in accounting.inputs if raw and not given.build else ():
        yield from raw_parts(Path(named(each.path)), given.name)


def _torn_at(place: str) -> tuple[str, str]:
    """The file and, where an error names them behind it, the line and column in it."""
    found = _LINE_AND_COLUMN.search(place)
    return (place[: found.start()], found[1]) if found else (place, "")


def _labels(path: Path, source: Source, settings: Settings, accounting: Accounting, tally: Tally) -> Iterator[Labels]:
    tally.bids = bids_in(path)
    pictures = _pictures(default_images(source, _first(path, settings)), settings)
    options = settings.source_options
    if options is None:
        wanted: dict[str, Any] = getattr(source, "LINT_OPTIONS", {}) if settings.deep else {}
        options = source.Options(**wanted)
    for read in source.read(path, options, pictures, accounting):
        batch = with_bids(read, tally.bids) if tally.bids else read
        yield Labels(batch, source, pictures if settings.check_images else None, settings)


def _pictures(root: Path, settings: Settings, *, absolute: bool = False) -> Pictures:
    """The pictures under `--images` or `root`, of which only names are looked at under --no-check-images."""
    root = settings.images or root
    if not settings.check_images:
        return Pictures(root, check=False)
    cache = Cache(settings.cache) if settings.cache else None
    over = home(root, *settings.copy_of) if settings.copy_of else None
    return LintPictures(root, deep=settings.deep, cache=cache, over=over, absolute=absolute)


def home(root: Path, copy: Path, original: Path) -> Path:
    """Where pictures of a folder go in a copy of `original`: to where they are, or to images/ if they are not in it."""
    root, original = Path(os.path.abspath(root)), Path(os.path.abspath(original))  # noqa: PTH100 (links stay)
    return copy / root.relative_to(original) if root.is_relative_to(original) else copy / "images"


def _first(path: Path, settings: Settings) -> Path:
    """The path that was there before it was copied to be mended: pictures are not copied."""
    if settings.copy_of is None:
        return path
    copy, original = settings.copy_of
    return original / path.relative_to(copy)


def _chats(path: Path, dialect: Target, settings: Settings, accounting: Accounting) -> Iterator[Chats]:
    pictures = _pictures(_first(path, settings).parent, settings, absolute=True)
    rows = _sound_rows(path, accounting) if path.suffix.lower() != ".parquet" else _placed("parquet", path)
    while some := list(islice(rows, ROWS)):
        chats = Chats(str(path), some, dialect, pictures if settings.check_images else None, settings)
        _say_faults(chats, accounting)
        yield chats


def _say_faults(chats: Chats, accounting: Accounting) -> None:
    """What is no turn, as readers say it."""
    for row, fault in chats.faults:
        at = fault.at or chats.rows[row].at
        said = str(fault)
        accounting.reject("samples", fault.code, file=chats.file, at=at, value=fault.value, message=said)


def _sound_rows(path: Path, accounting: Accounting) -> Iterator[Row]:
    for row in json_rows(path, accounting):
        if row.fault is None and isinstance(row.value, dict):
            yield Row(row.at, row.value)
            continue
        code, value = (row.fault.code, row.fault.value) if row.fault else ("AN004", type(row.value).__name__)
        said = row.fault.message if row.fault else "the row is no object"
        at = (row.fault.at if row.fault else "") or row.at
        accounting.reject("samples", code, file=str(path), at=at, value=value, message=said)


def _built(build: Build, settings: Settings, accounting: Accounting) -> Iterator[Chats]:
    name = (build.manifest.get("options") or {}).get("target")
    if not build.manifest:
        yield from _tars(build, settings)
    if name not in target_names():
        return
    dialect = load_target(name)
    pictures = _pictures(_first(build.folder, settings), settings, absolute=True)
    said = build.manifest.get("options") or {}
    settings = replace(
        settings,
        max_length=settings.max_length or said.get("max_length"),
        min_pixels=settings.min_pixels or said.get("min_pixels"),
        max_pixels=settings.max_pixels or said.get("max_pixels"),
    )
    for shard in build.shards:
        path = build.folder / shard["path"]
        rows = _placed(dialect.FORM, path)
        while some := list(islice(rows, ROWS)):
            looked = pictures if settings.check_images else None
            chats = Chats(str(path), some, dialect, looked, settings, shard["split"])
            _say_faults(chats, accounting)
            yield chats


def _tars(build: Build, settings: Settings) -> Iterator[Chats]:
    """The samples of tars from elsewhere, where they are conversations; what cannot be read is said by other rules."""
    dialect = load_target("webdataset")
    for shard in build.shards:
        path = build.folder / shard["path"]
        if path.suffix.lower() == ".tar":
            rows = (row for row in _sound(_placed("webdataset", path)) if isinstance(row.value.get("json"), dict))
            spoken = (row for row in rows if isinstance(row.value["json"].get("messages"), list))
            while some := list(islice(spoken, ROWS)):
                yield Chats(str(path), some, dialect, None, settings)


def _sound(rows: Iterator[Row]) -> Iterator[Row]:
    with suppress(InputError):
        yield from rows


def _placed(form: str, path: Path) -> Iterator[Row]:
    """The rows of a file of one of our forms with their places: lines in JSON Lines, else by number."""
    place = "{}:1" if form.startswith("jsonl") else "/{}"
    try:
        for number, row in enumerate(load_form(form).read_rows(path), start=form.startswith("jsonl")):
            yield _labelled(Row(place.format(number), row))
    except OSError:
        return  # that the file is missing is said by the rules about files


def _labelled(row: Row) -> Row:
    """A row whose conversation stands in a file of its own, or in a tar's member, with what is in that file."""
    member = row.value.get("json")
    if isinstance(member, dict) and "messages" in member:
        return Row(f"{row.at}/json", {**row.value, **member})
    held = row.value.get("conversation")
    if isinstance(held, dict) and "messages" in held:
        return Row(row.at, {name: value for name, value in row.value.items() if name != "conversation"} | held)
    label = row.value.get("label")
    held = label.get("$json") if isinstance(label, dict) else None
    return Row(f"{row.at}/label/$json", {**row.value, **held}) if isinstance(held, dict) else row

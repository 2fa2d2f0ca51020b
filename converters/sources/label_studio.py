"""Label Studio: raw JSON (export, snapshot, `/api/tasks`, one task, a target storage's folder), JSON_MIN, CSV, TSV,
and the store of `mmdata annotate pull` (`label_studio_store.py`), whose places are `/` and the task's id.

A task's `data` names pictures; `annotations`, `drafts` and `predictions` each hold a `result`, a list of entries with
`type`, `from_name`, `to_name`, `value`. Places are percent of `original_width` and `original_height`, the size as the
browser *shows* the picture (EXIF applied), floats of full precision. Source: the server (1.23) and its exports.
Known lies: the converters beside it rotate in percent and ignore `rotation`, so only raw JSON is read here;
`original_width` may be missing (then it is taken from the picture's other regions, or from its header); imported
annotations claim to be ground truth; JSON_MIN loses regions, pages and types (`label_studio_min.py`), CSV and TSV
more (`label_studio_csv.py`).

A label is what the export says. Where the configuration gives a label an alias, the export holds the alias, and so
does the table: the alias is the name that the project chose for its data. What becomes of an entry:

- a region with several labels is one object for each; its text is the object's text, its choices, numbers and ratings
  are attributes. Polygons keep their ring, brush strokes their mask, ellipses are read as hulls; a key point is its
  parent's, or an object of its own without area;
- a relation with a label is a phrase ("cup on table", which points at the cup), and with or without one an attribute
  of what it goes from;
- what is said of the whole is a caption or a question with its answers (`label_studio_answers.py`);
- a dialogue (`<Paragraphs>`, `<Chat>`) is a conversation (`label_studio_dialogues.py`);
- in films and sounds, tracks, ranges and spans are objects from `start` to `end` (`label_studio_times.py`), their
  transcription is the object's text. The film's size is in no export: it is read from the film's own head.

What one annotation of the accounting is, `label_studio_regions.py` defines; it is read once, whoever drew it, and is
then in the table or a rejection: AN017 where it was skipped, a draft or a prediction, AN018 where another annotator's
work was chosen, AN031 where the table has no place for it (spans of text, answers about something else than the
picture, bare answers of JSON_MIN without a configuration). An image is counted for every record it stands in. The
dialogue of a task's data counts as an annotation of each record that it comes with.
A task that somebody submitted empty is a record without objects: nothing is there. A task whose work was all left out,
or that nobody worked on, says nothing about its picture, which is rejected (AN017, AN018) and never taken as empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..options import option
from ..pictures.find import Pictures
from ..records import Media, Record, batches
from ..sendable import sendable
from .label_studio_addresses import describe, map_rules, rule_of
from .label_studio_annotators import INCLUDABLE, POLICIES, Chosen, Policy, agree, choose
from .label_studio_answers import assign
from .label_studio_config import read_config
from .label_studio_csv import SUFFIXES, TableRow, unknown_columns
from .label_studio_dialogues import conversation, dialogue_of, group_of
from .label_studio_files import NotTasksError, elements, files_under, not_tasks, sniff_any
from .label_studio_geometry import PlaceError
from .label_studio_min import looks_minimal, read_row
from .label_studio_objects import NOWHERE, Drawn, draw, shown, usable
from .label_studio_pages import Page, Pages, addresses, find_pages, picture_keys, plain_page
from .label_studio_plain import plain_objects, plain_result, plain_target
from .label_studio_regions import TIMED, LabelFrom, Region, group
from .label_studio_shapes import (
    Submission,
    Task,
    looks_like_stored_annotation,
    looks_like_task,
    read_stored_annotation,
    read_task,
    task_id,
)
from .label_studio_store import of_store
from .label_studio_times import DEFAULT_RATE, moments

NAME = "label-studio"
SUMMARY = "Label Studio: JSON (export, snapshot, /api/tasks), JSON_MIN, CSV, TSV, a store of mmdata annotate"
FRAME = "percent of the picture as shown; rotation in degrees clockwise about the top-left corner, applied in pixels"

_PATIENCE = 1000
PLAIN = ("latest", "consensus")
"""The policies under which a single annotation is taken as it is."""


@dataclass(frozen=True)
class Options:
    """What only Label Studio has."""

    config: Path | None = option(None, "The labelling interface's XML; JSON_MIN needs it to tell choices from text.")
    annotators: Policy = option("latest", "Whose work is taken when several annotated a task.", choices=POLICIES)
    consensus_iou: float = option(0.5, "How much boxes must overlap to be the same thing for a consensus.")
    include: tuple[str, ...] = option((), "Let in drafts, skipped tasks or predictions as well.", choices=INCLUDABLE)
    map: tuple[str, ...] = option(
        (), "Addresses that begin with PREFIX are PATH and the rest under --images.", metavar="PREFIX=PATH"
    )
    label_from: LabelFrom = option(
        "control", "Where a region's label is looked for first.", choices=("control", "choices", "text")
    )
    as_of: str | None = option(None, "Of a store, the set as it was at this date or time (UTC).", metavar="DATE")
    track_step: float = option(
        0.0, "In films, a box of each track every so many seconds as the player draws it; 0: at its key frames."
    )


def sniff(path: Path) -> str | None:
    """A list of tasks (`data` and `annotations`), or JSON_MIN's rows (`annotator`, `lead_time`); COCO has neither."""
    return sniff_any(path)


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table; see `protocol.Source.read`.

    Raises `InputError` when a file is no JSON or holds no task (in a folder that costs only the file: AN001, AN026),
    `ConfigError` for options that cannot be followed.
    """
    _check(options)
    return batches(_Reader(of_store(path, options), pictures, accounting).of_all(path))


def describe_addresses(path: Path, options: Options, limit: int = 10) -> list[str]:
    """How addresses become names under `--images`, so that rules can be seen: a line a rule, with its first address.

    Looks at the first thousand tasks and opens no picture. Raises as `read`.
    """
    _check(options)
    options = of_store(path, options)
    labelling, rules = read_config(options.config), map_rules(options.map)
    lines: dict[str, str] = {}
    reader = _Reader(options, Pictures(path.parent, check=False), Accounting(), whole=True)
    tasks = reader.tasks_of(files_under(path)[0])
    for task in islice(tasks, _PATIENCE):
        if isinstance(task, Record):
            continue
        for key in picture_keys(task, labelling):
            for each in addresses(task.data, key):
                if isinstance(each, str):
                    lines.setdefault(rule_of(each, rules), describe(each, rules))
    return list(lines.values())[:limit]


def _check(options: Options) -> None:
    for each in options.include:
        if each not in INCLUDABLE:
            raise ConfigError("--include", f"{each!r} is none of {', '.join(INCLUDABLE)}", "Give one of these.")
    if options.annotators not in POLICIES:
        raise ConfigError(
            "--annotators", f"{options.annotators!r} is none of {', '.join(POLICIES)}", "Give one of these."
        )
    if not 0 < options.consensus_iou <= 1:
        raise ConfigError("--consensus-iou", f"{options.consensus_iou} is not in (0, 1]", "Give a share such as 0.5.")
    if not 0 <= options.track_step < 1e6:
        raise ConfigError("--track-step", f"{options.track_step} is no time", "Give seconds, such as 0.5, or 0.")


class _Reader:
    """Reads files under one set of options; `file` is the one being read. `whole` takes every task the long way."""

    def __init__(self, options: Options, pictures: Pictures, accounting: Accounting, *, whole: bool = False) -> None:
        self.options = options
        self.pictures = pictures
        self.accounting = accounting
        self.labelling = read_config(options.config)
        self.rules = map_rules(options.map)
        self.file = ""
        self.unknown: set[str] = set()
        self.whole = whole

    def of_all(self, path: Path) -> Iterator[Record]:
        files = files_under(path, self.accounting)
        if files == [path]:
            yield from self.of_file(path)
            return
        found = False
        for file in files:
            try:
                for record in self.of_file(file):
                    found = True
                    yield record
            except NotTasksError as fault:
                self.accounting.remark("AN026", file=str(file), at="", value=file.name, message=fault.fact)
            except InputError as fault:
                self.accounting.read("images")
                self.accounting.reject("images", "AN001", file=str(file), at=fault.place, message=fault.fact)
        if not found:
            raise not_tasks(path, f"none of {len(files)} JSON files here gave a task with a picture")

    def of_file(self, file: Path) -> Iterator[Record]:
        self.file = str(file)
        self.unknown.clear()
        held: Task | None = None
        for task in self.tasks_of(file):
            if isinstance(task, Record):
                yield task
                continue
            same = held is not None and held.minimal and task.minimal and held.id == task.id
            if held and same and (held.data == task.data or self.unknown):  # answers may pass for data there
                held.submissions += task.submissions  # JSON_MIN writes a row an annotation
                continue
            if held:
                yield from self.records(held)
            held = task
        if held:
            yield from self.records(held)
        if self.unknown:
            named = ", ".join(map(repr, sorted(self.unknown)))
            text = f"bare texts in {named}: without --config nobody can tell an answer from the task's data"
            self.accounting.remark("AN031", file=self.file, at="1:1", value=named, message=text)

    def tasks_of(self, file: Path) -> Iterator[Task | Record]:
        """The tasks of a file, plain ones as their records; raw JSON and JSON_MIN never stand in one file.

        Elements that are none are rejected images, unless nothing in the file is a task.
        """
        strangers: list[str] = []
        found = False
        for at, raw in elements(file, self.accounting, self.options.as_of):
            element, mended = sendable(raw)
            if mended:
                text = "text that UTF-8 cannot hold, or an integer beyond 64 bits, was replaced"
                self.accounting.remark("TG015", file=str(file), at=at, message=text)
            task = self.task_of(at, element)
            if task is None:
                strangers.append(at)
            else:
                found = True
                yield task
            if found:
                self.reject_strangers(file, strangers)
            elif len(strangers) > _PATIENCE:
                break
        if strangers:
            raise not_tasks(file, "no element of this list has 'data' and 'annotations', or 'annotator'")

    def task_of(self, at: str, element: object) -> Task | Record | None:
        if looks_like_task(element):
            return self.plain(at, element) or read_task(at, element)
        if looks_like_stored_annotation(element):
            return read_stored_annotation(at, element)
        if looks_minimal(element):
            if self.options.annotators == "ground-truth":
                raise ConfigError(
                    "--annotators ground-truth",
                    f"{self.file} is no raw JSON, which alone says it",
                    "Export JSON instead.",
                )
            if isinstance(element, TableRow):
                self.unknown |= unknown_columns(element, self.labelling)
                return read_row(at, element, self.labelling, element.cells)
            return read_row(at, element, self.labelling)
        return None

    def plain(self, at: str, element: dict[str, Any]) -> Record | None:
        """The record of a plain task; None for any other, and where the options ask for more."""
        options = self.options
        if self.whole or options.include or options.label_from != "control" or options.annotators not in PLAIN:
            return None
        result, data = plain_result(element), element["data"]
        shown = plain_target(result) if result else None
        if result is None or shown is None:
            return None
        page = plain_page(data, shown[0], self.labelling, self.rules, self.pictures)
        objects = plain_objects(f"{at}/annotations/0/result", result, *shown) if page is not None else None
        if page is None or objects is None:
            return None
        self.accounting.read("annotations", len(objects))
        self.accounting.read("images")
        return Record(task_id(at, element), self.file, at, [Media(page, *shown[1])], objects)

    def reject_strangers(self, file: Path, places: list[str]) -> None:
        for at in places:
            self.accounting.read("images")
            table = file.suffix.lower() in SUFFIXES
            text = "this element is no task: it has no 'data' object"
            text = "this row has other columns than the first line" if table else text
            self.accounting.reject("images", "AN004", file=str(file), at=at, message=text)
        places.clear()

    def records(self, task: Task) -> Iterator[Record]:
        """The records of one task; counts all its pictures and annotations."""
        if task.unseen:
            self.accounting.remark("AN023", file=self.file, at=task.at, value=task.id, message=task.unseen)
        if task.bare_predictions and "predictions" in self.options.include:
            text = f"{task.bare_predictions} predictions are given as ids only: a snapshot or /api/tasks holds them"
            self.accounting.remark("AN023", file=self.file, at=f"{task.at}/predictions", value=task.id, message=text)
        pages = find_pages(task, self.labelling, self.rules, self.pictures)
        chosen = choose(task.submissions, self.options.annotators, self.options.include)
        for submission, code, message in chosen.left:
            self.leave(task, pages, submission, code, message)
        for together in chosen.groups:
            yield from self.record(task, pages, together)
        if not chosen.groups:
            self.media(task, pages, _nobody(chosen))

    def regions(self, task: Task, pages: Pages, submission: Submission) -> list[Region]:
        regions = group(submission.result, self.labelling, self.options.label_from)
        assign(regions, task.data, self.labelling, pages)
        for region in regions:
            if region.shape in TIMED and (page := pages.heard(region.first)):
                self.time(region, page)
        self.accounting.read("annotations", sum(region.count for region in regions))
        return regions

    def time(self, region: Region, page: Page) -> None:
        """Give a region of a film or sound its moments, or the reason why it has none."""
        counted = region.shape != "span"
        if counted and page.rate is None:
            page.rate = DEFAULT_RATE
            text = f"frames are numbered by an unknown rate; {DEFAULT_RATE:g} a second were assumed"
            self.accounting.remark("AN032", file=self.file, at=region.first.at, value=page.name, message=text)
        try:
            region.moments = moments(region, page.rate or DEFAULT_RATE, self.options.track_step)
        except PlaceError as fault:
            region.wrong = (fault.code, fault.value, fault.message)

    def leave(self, task: Task, pages: Pages, submission: Submission, code: str, message: str) -> None:
        """Read and reject all regions of a submission."""
        for region in self.regions(task, pages, submission):
            for _ in range(region.count):
                self.accounting.reject(
                    "annotations", code, file=self.file, at=region.first.at, value=shown(region), message=message
                )

    def record(self, task: Task, pages: Pages, together: list[Submission]) -> Iterator[Record]:
        """The record of these submissions, one for a consensus of several; none when no picture can be used."""
        drawings = [draw(each, self.regions(task, pages, each), task, pages, self.pictures) for each in together]
        drawn = agree(drawings, self.options.consensus_iou)
        said = drawn.objects or drawn.captions or drawn.questions or drawn.conversations
        disputed = len(together) > 1 and bool(drawn.refused) and not said
        self.account(drawn)
        if not pages.pages:
            self.dialogue(drawn, task, [])
        talk = not pages.pages and bool(drawn.conversations)  # a chat about nothing that is shown
        unknown = ("AN018", "the annotators agree on nothing") if disputed else None
        media = [] if talk else self.media(task, pages, unknown)
        if not media and not talk:
            return
        if media:
            self.dialogue(drawn, task, media)
        separate = self.options.annotators == "all"
        yield Record(
            id=f"{task.id}/{_name(together[0])}" if separate else task.id,
            file=self.file,
            at=together[0].at if separate else task.at,
            media=media,
            objects=drawn.objects,
            captions=drawn.captions,
            questions=drawn.questions,
            phrases=drawn.phrases,
            conversations=drawn.conversations,
            group=group_of(task, self.labelling, drawn.conversations, media, separate=separate),
        )

    def dialogue(self, drawn: Drawn, task: Task, media: list[Media]) -> None:
        """The dialogue that stands in the task's data, where no annotator wrote on in it."""
        if drawn.conversations or dialogue_of(task, self.labelling) is None:
            return
        if any(entry.kind == "chatmessage" for entry in drawn.submission.result):
            return
        self.accounting.read("annotations")
        try:
            made = conversation(task, self.labelling, (), media)
            drawn.conversations += [made] if made else []
        except PlaceError as fault:
            text = f"the task's dialogue is no conversation to learn from: {fault.message}"
            self.accounting.reject(
                "annotations", NOWHERE, file=self.file, at=task.data_at, value=fault.value, message=text
            )

    def account(self, drawn: Drawn) -> None:
        for at, code, value, message in drawn.refused:
            self.accounting.reject("annotations", code, file=self.file, at=at, value=value, message=message)
        for at, code, value, message in drawn.resized:
            self.accounting.remark(code, file=self.file, at=at, value=value, message=message)

    def media(self, task: Task, pages: Pages, unknown: tuple[str, str] | None) -> list[Media]:
        """Count the pictures of a record and give those that can be used; none where `unknown` says why not."""
        self.accounting.read("images", max(1, len(pages.pages)))
        if not pages.pages:
            text = f"no picture among the task's data: {', '.join(map(repr, list(task.data)[:6])) or 'it is empty'}"
            self.accounting.reject("images", "AN023", file=self.file, at=task.data_at, value=task.id, message=text)
        for page in pages.pages:
            if page.fault is not None:
                code, value, message = page.fault.code, page.fault.value, page.fault.message
            elif unknown is not None:
                code, value, message = unknown[0], page.name, unknown[1]
            else:
                continue
            self.accounting.reject("images", code, file=self.file, at=page.at, value=value, message=message)
        return [] if unknown is not None else usable(pages)


def _nobody(chosen: Chosen) -> tuple[str, str]:
    """Why nothing is known about a task's picture: the rule and the reason, those of the work that came nearest."""
    if not chosen.left:
        return "AN017", "nobody annotated this task"
    code, reason = next((each[1:] for each in chosen.left if each[1] == "AN018"), chosen.left[-1][1:])
    return code, f"the task's only work was left out: {reason}"


def _name(submission: Submission) -> str:
    kind = "annotation" if submission.kind == "skipped" else submission.kind
    return f"{kind}-{submission.id or submission.at.rpartition('/')[2]}"

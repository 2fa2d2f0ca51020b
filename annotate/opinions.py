"""What each annotator says of a task: the things they drew, the answers they chose, the texts they wrote.

Read from an export of any of the server's shapes (`converters/sources/label_studio_shapes.py`) or from the store of
`mmdata annotate pull`. Of each person the latest submitted work on a task is taken, of each model its latest
prediction; skipped work and drafts are no opinion. A region with several labels is a thing for each; a lone key point
is a square around it, a twentieth of the picture's diagonal wide. Known traps: the server's JSON export and the store
name predictions by their ids alone, but for a copy of one in each annotation that began from it, so that only a
snapshot or `/api/tasks` shows all that models said; work that began from a prediction agrees with its model by itself,
so it is counted apart.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path
from typing import Any

import msgspec

from ..converters.sources.label_studio_annotators import latest
from ..converters.sources.label_studio_config import Labelling
from ..converters.sources.label_studio_files import elements, files_under
from ..converters.sources.label_studio_geometry import PlaceError, place
from ..converters.sources.label_studio_regions import TIMED, Region, group, listed
from ..converters.sources.label_studio_shapes import (
    Entry,
    Submission,
    Task,
    looks_like_stored_annotation,
    looks_like_task,
    read_stored_annotation,
    read_task,
)
from ..converters.sources.label_studio_store import is_store, store_tasks
from ..schemas.box import Box
from ..schemas.errors import InputError
from .overlap import Shape

CATEGORICAL = ("choices", "rating", "number", "taxonomy", "datetime", "pairwise")
"""Kinds of answers that are the same or are not."""

_POINT = 0.05
_NO_SIZE = (100, 100)


@dataclass(frozen=True, slots=True)
class Thing:
    """One drawn thing under one label. `page` tells the picture of the task; `region` its id there.

    `answers` and `texts` are what was said of it, by control.
    """

    label: str
    page: tuple[str, int]
    shape: Shape
    region: str
    answers: dict[str, str] = field(default_factory=dict[str, str])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    score: float | None = None


@dataclass(slots=True)
class Opinion:
    """What one annotator, a person or a model, says of a task; `answers` and `texts` are about the whole, by control.

    `uncompared` counts entries that have no measure here, by kind. `begun` is whether it began from a prediction.
    """

    by: str
    model: bool
    id: str
    things: list[Thing] = field(default_factory=list[Thing])
    answers: dict[str, str] = field(default_factory=dict[str, str])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    uncompared: Counter[str] = field(default_factory=Counter[str])
    begun: bool = False


@dataclass(slots=True)
class Opinions:
    """All opinions on one task, ordered by annotator; `id` is the task's on the server, None where none is given.

    `bare` is how many predictions are named by their ids alone.
    """

    id: int | None
    name: str
    file: str
    at: str
    people: list[Opinion]
    models: list[Opinion]
    bare: int


def opinions(path: Path, least_score: float = 0.0) -> Iterator[Opinions]:
    """The opinions on every task of an export, a folder of exports, or a store.

    What a model drew with a score below `least_score` is left out. Raises `InputError` for what is no such thing.
    """
    for file, at, element in task_elements(path):
        yield _of_task(file, element, read_any_task(at, element), least_score)


def task_elements(path: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file, pointer, task as the server writes it) of every task; JSON_MIN and tables know no annotators' regions."""
    if path.is_dir() and is_store(path):
        yield from ((str(path), at, task) for at, task in store_tasks(path))
        return
    found = False
    for file in files_under(path):
        for at, element in elements(file, None):
            if looks_like_task(element) or looks_like_stored_annotation(element):
                found = True
                yield str(file), at, element
    if not found:
        fact = "no element of it has 'data' and 'annotations'; JSON_MIN and CSV do not say who drew what"
        raise InputError(str(path), fact, "Give raw JSON (export, snapshot, /api/tasks) or a store of annotate pull.")


def _of_task(file: str, element: dict[str, Any], task: Task, least_score: float) -> Opinions:
    sizes = _sizes(task)
    begun = begun_from(element)
    known = {each.id for each in task.submissions if each.kind == "prediction"}
    copied = {parent: body for parent, body in begun.values() if body and parent not in known}
    task.submissions += copied.values()
    task.bare_predictions = max(0, task.bare_predictions - len(copied))
    given = element.get("id") if looks_like_task(element) else (element.get("task") or {}).get("id")
    people = [_opinion(each, sizes, -1.0, begun=each.id in begun) for each in _latest_of(task, "annotation")]
    models = [_opinion(each, sizes, least_score, begun=False) for each in _latest_of(task, "prediction")]
    number = given if isinstance(given, int) and not isinstance(given, bool) else None
    return Opinions(number, task.id, file, task.at, people, models, task.bare_predictions)


def _latest_of(task: Task, kind: str) -> list[Submission]:
    by: dict[str, list[Submission]] = {}
    for index, each in enumerate(task.submissions):
        broken = len(each.result) == 1 and each.result[0].fault is not None and not each.id
        if each.kind == kind and not broken:
            by.setdefault(each.by or f"somebody {index + 1}", []).append(each)
    for name, own in by.items():
        own[0].by = name
    return [latest(own) for _, own in sorted(by.items())]


def read_any_task(at: str, element: dict[str, Any]) -> Task:
    """A task as any endpoint writes it, or a target storage, whose annotations have their task inside."""
    return read_stored_annotation(at, element) if "result" in element else read_task(at, element)


def begun_from(element: dict[str, Any]) -> dict[str, tuple[str, Submission | None]]:
    """Of annotations that began from a prediction, by their id: the prediction's id, and its body where it is inside.

    The server puts a copy of it into the annotation (`prediction`), as it was then.
    """
    annotations: Any = [element] if "result" in element else element.get("annotations")
    found: dict[str, tuple[str, Submission | None]] = {}
    for each in annotations if isinstance(annotations, list) else []:
        if not isinstance(each, dict) or not each.get("parent_prediction"):
            continue
        body: Any = each.get("prediction")
        inside = isinstance(body, dict) and isinstance(body.get("result"), list)
        copied = read_task("", {"data": {}, "predictions": [body]}).submissions if inside else []
        found[str(each.get("id", ""))] = (str(each["parent_prediction"]), copied[0] if copied else None)
    return found


def _sizes(task: Task) -> dict[tuple[str, int], tuple[int, int]]:
    """The size that each page's first sized entry declares, so that all are compared in one frame."""
    sizes: dict[tuple[str, int], tuple[int, int]] = {}
    for entry in (entry for each in task.submissions for entry in each.result):
        if entry.size:
            sizes.setdefault(page_of(entry), entry.size)
    return sizes


def page_of(entry: Entry) -> tuple[str, int]:
    """What tells the picture an entry is on: the tag that shows it, and the page of several."""
    return entry.target, entry.page or 0


def _opinion(
    submission: Submission, sizes: dict[tuple[str, int], tuple[int, int]], least_score: float, *, begun: bool
) -> Opinion:
    said = Opinion(submission.by or "somebody", submission.kind == "prediction", submission.id, begun=begun)
    regions = group(submission.result, Labelling(), "control")
    placed = {region.first.id for region in regions if region.shape and region.first.id}
    for region in regions:
        if region.folded or region.first.fault or region.role in ("relation", "message") or region.shape in TIMED:
            said.uncompared[region.first.kind or "damaged"] += not region.folded
        elif region.shape:
            _draw(said, region, submission, sizes, least_score)
        elif region.first.id not in placed and not _answer(region.first, said.answers, said.texts):
            said.uncompared[region.first.kind] += 1
    return said


def _draw(
    said: Opinion,
    region: Region,
    submission: Submission,
    sizes: dict[tuple[str, int], tuple[int, int]],
    least_score: float,
) -> None:
    first = region.first
    score = score_of(first)
    if score is not None and score < least_score:
        return
    try:
        shape = shape_of(region, sizes.get(page_of(first), _NO_SIZE))
    except PlaceError:
        said.uncompared[first.kind] += 1
        return
    answers: dict[str, str] = {}
    texts: dict[str, str] = {}
    for entry in submission.result:
        if entry.id is not None and entry.id == first.id:
            _answer(entry, answers, texts)
    for label in region.labels or [""]:
        name = label if isinstance(label, str) else str(label)
        said.things.append(Thing(name, page_of(first), shape, first.id or first.at, answers, texts, score))


def score_of(entry: Entry) -> float | None:
    """The model's score of an entry, where it has one."""
    score = entry.raw.get("score") if isinstance(entry.raw, dict) else None
    return float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None


def shape_of(region: Region, size: tuple[int, int]) -> Shape:
    """Where a region with a place is, in a picture of `size` pixels; `PlaceError` where its numbers do not say."""
    where = place(region.shape, region.first.value, size)
    if region.shape == "keypoint":
        half = _POINT * hypot(*size) / 2
        x, y = where.box[:2]
        return Shape(Box(x - half, y - half, x + half, y + half))
    ring = tuple(where.quad) if where.quad else None
    if where.polygons and len(where.polygons) == 1:
        ring = tuple(where.polygons[0])
    return Shape(where.box, ring, where.mask)


def _answer(entry: Entry, answers: dict[str, str], texts: dict[str, str]) -> bool:
    """Note what an entry says under its control; whether there is a measure for such."""
    name = entry.control or entry.kind
    if entry.kind == "textarea":
        lines = [each for each in listed(entry.value.get("text")) if isinstance(each, str)]
        texts[name] = "\n".join([*([texts[name]] if name in texts else []), *lines])
        return True
    if entry.kind not in CATEGORICAL:
        return False
    given = entry.value.get("selected" if entry.kind == "pairwise" else entry.kind)
    told = {each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in listed(given)}
    answers[name] = ", ".join(sorted(told))
    return True

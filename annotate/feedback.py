"""Feedback: what became of the things that a model predicted, by model version and class.

A person who opens a task sees the prediction and submits an annotation that began from it: `parent_prediction` names
it, and each region keeps the id that it had there. So of every predicted region it is known whether it was

    accepted   it is there as it was predicted
    edited     it is there with another place, label, text or choice
    deleted    it is not there

and what is there under an id that the prediction does not have was `added`. Known traps (Label Studio 1.23.2, real
browser): `origin` says "prediction" of untouched regions and "prediction-changed" of edited ones, but not of choices
(issue 4046), and imported regions may claim anything, so the values are compared and `origin` is asked only where the
prediction's body is not at hand. The JSON export and the store name a task's predictions by their ids alone, but hold
the one that an annotation began from inside it (`prediction`); `/api/tasks` has it the other way round.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import fsum
from pathlib import Path
from typing import Any, Literal

from ..converters.sources.label_studio_config import Labelling
from ..converters.sources.label_studio_geometry import PlaceError
from ..converters.sources.label_studio_regions import Region, group
from ..converters.sources.label_studio_shapes import Entry, Submission
from .opinions import begun_from, page_of, read_any_task, score_of, shape_of, task_elements
from .overlap import overlap

Fate = Literal["accepted", "edited", "deleted", "added"]
FATES: tuple[Fate, ...] = ("accepted", "edited", "deleted", "added")

UNKNOWN = "(unknown model)"
"""The model of a prediction whose version is not at hand."""

_NEAR = 1e-6
"""Percent; what a browser's arithmetic may do to a number that nobody touched."""
_WHOLE = "(the whole picture)"


@dataclass(slots=True)
class OfClass:
    """The fates of one class of one model, and of the edited: overlaps with what was predicted, and new labels.

    `scores` are the model's own, by fate.
    """

    fates: Counter[Fate] = field(default_factory=Counter[Fate])
    overlaps: list[float] = field(default_factory=list[float])
    relabelled: Counter[str] = field(default_factory=Counter[str])
    scores: dict[Fate, list[float]] = field(default_factory=dict[Fate, list[float]])

    def as_json(self) -> dict[str, Any]:
        """Counts, shares of what was predicted, means; None where there is nothing to divide by."""
        predicted = sum(self.fates[fate] for fate in ("accepted", "edited", "deleted"))
        share = {fate: self.fates[fate] / predicted if predicted else None for fate in FATES[:3]}
        return {
            "predicted": predicted,
            **{fate: self.fates[fate] for fate in FATES},
            "shares": share,
            "edited_mean_iou": _mean(self.overlaps),
            "relabelled": dict(sorted(self.relabelled.items(), key=lambda item: (-item[1], item[0]))),
            "mean_score": {fate: _mean(self.scores.get(fate, [])) for fate in FATES[:3]},
        }


@dataclass(slots=True)
class OfModel:
    """What became of a model version's predictions: `tasks` that began from one, `untouched` ones of those.

    `without_body` counts those whose prediction is not at hand, where what was deleted is not known.
    """

    tasks: int = 0
    untouched: int = 0
    without_body: int = 0
    classes: dict[str, OfClass] = field(default_factory=dict[str, OfClass])

    def of(self, label: str) -> OfClass:
        """The class of that label."""
        return self.classes.setdefault(label, OfClass())


@dataclass(slots=True)
class Feedback:
    """What `feedback_of` finds. `apart` counts annotations that did not begin from a prediction."""

    tasks: int = 0
    apart: int = 0
    models: dict[str, OfModel] = field(default_factory=dict[str, OfModel])

    def as_json(self) -> dict[str, Any]:
        """All of it, for `--format json`."""
        return {
            "tasks": self.tasks,
            "annotations_apart": self.apart,
            "models": [
                {
                    "model": name,
                    "tasks": model.tasks,
                    "untouched": model.untouched,
                    "without_body": model.without_body,
                    "all": _together(model.classes.values()).as_json(),
                    "classes": {label: model.classes[label].as_json() for label in sorted(model.classes)},
                }
                for name, model in sorted(self.models.items())
            ],
        }


def feedback_of(path: Path) -> Feedback:
    """What became of the predictions of an export or store, from the submitted work that began from one.

    Raises `InputError` for what is no such file.
    """
    found = Feedback()
    for _, at, element in task_elements(path):
        found.tasks += 1
        task = read_any_task(at, element)
        bodies = {each.id: each for each in task.submissions if each.kind == "prediction"}
        begun = begun_from(element)
        for each in task.submissions:
            if each.kind != "annotation":
                continue
            if each.id in begun:
                parent, body = begun[each.id]
                _judge(found, each, bodies.get(parent, body))
            else:
                found.apart += 1
    return found


def _judge(found: Feedback, annotation: Submission, prediction: Submission | None) -> None:
    model = found.models.setdefault((prediction.by if prediction else None) or UNKNOWN, OfModel())
    model.tasks += 1
    if prediction is None:
        model.without_body += 1
        fates = _by_origin(model, annotation)
    else:
        fates = _by_values(model, annotation, prediction)
    model.untouched += not fates - {"accepted"}


def _by_origin(model: OfModel, annotation: Submission) -> set[Fate]:
    """Without the prediction: what the regions say of themselves."""
    said: dict[object, Fate] = {"prediction": "accepted", "prediction-changed": "edited"}
    fates: set[Fate] = set()
    for region in _regions(annotation):
        origin = region.first.raw.get("origin") if isinstance(region.first.raw, dict) else None
        fate = said.get(origin, "added")
        fates.add(fate)
        for label in _names(region):
            _count(model.of(label), fate, region.first)
    return fates


def _by_values(model: OfModel, annotation: Submission, prediction: Submission) -> set[Fate]:
    now = {_key(region): region for region in _regions(annotation)}
    fates: set[Fate] = set()
    for region in _regions(prediction):
        kept = now.pop(_key(region), None)
        same = kept is not None and _same(prediction, region, annotation, kept)
        fate: Fate = "deleted" if kept is None else "accepted" if same else "edited"
        fates.add(fate)
        for label in _names(region):
            of_class = model.of(label)
            _count(of_class, fate, region.first)
            if fate == "edited" and kept is not None:
                _note_edit(of_class, label, region, kept)
    for region in now.values():
        fates.add("added")
        for label in _names(region):
            _count(model.of(label), "added", region.first)
    return fates


def _count(of_class: OfClass, fate: Fate, entry: Entry) -> None:
    of_class.fates[fate] += 1
    score = score_of(entry)
    if score is not None:
        of_class.scores.setdefault(fate, []).append(score)


def _note_edit(of_class: OfClass, label: str, before: Region, now: Region) -> None:
    others = [each for each in _names(now) if each not in _names(before)]
    if label not in _names(now) and others:
        of_class.relabelled[others[0]] += 1
    if before.shape and now.shape:
        size = now.first.size or before.first.size or (100, 100)
        try:
            of_class.overlaps.append(overlap(shape_of(before, size), shape_of(now, size)))
        except PlaceError:
            return


def _regions(submission: Submission) -> list[Region]:
    """Everything that can be kept, changed or dropped on its own; relations and chats are not counted."""
    regions = group(submission.result, Labelling(), "control")
    return [each for each in regions if not each.first.fault and each.role not in ("relation", "message")]


def _key(region: Region) -> tuple[object, ...]:
    """What a region is known by in both: its id; answers about the whole by their control, which has one answer."""
    if region.shape is None:
        return (region.first.control, page_of(region.first))
    return (region.first.id or region.first.at.rpartition("/")[2],)


def _names(region: Region) -> list[str]:
    """The classes of a region; an answer about the whole is of its control."""
    if region.shape is None:
        return [f"{region.first.control or region.first.kind} {_WHOLE}"]
    return [each if isinstance(each, str) else str(each) for each in region.labels] or ["(no label)"]


def _same(before: Submission, one: Region, now: Submission, other: Region) -> bool:
    """Whether all that is said of a region is what it was: every entry with its id, value by value."""
    return _close(_values(before, one), _values(now, other))


def _values(submission: Submission, region: Region) -> dict[str, Any]:
    name = region.first.id
    entries = [each for each in submission.result if each.id == name] if name and region.shape else [region.first]
    return {f"{each.control} {each.kind}": each.value for each in entries}


def _close(one: Any, other: Any) -> bool:
    """Equal, numbers up to what a browser's arithmetic does; a rotation of 0 may be left out."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = {*one, *other} - {"rotation"}
        turned = _close(one.get("rotation") or 0, other.get("rotation") or 0)
        return turned and all(key in one and key in other and _close(one[key], other[key]) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other or abs(one - other) <= _NEAR
    return bool(one == other)


def _together(classes: Iterable[OfClass]) -> OfClass:
    whole = OfClass()
    for each in classes:
        whole.fates.update(each.fates)
        whole.overlaps += each.overlaps
        whole.relabelled.update(each.relabelled)
        for fate, scores in each.scores.items():
            whole.scores.setdefault(fate, []).extend(scores)
    return whole


def _mean(numbers: list[float]) -> float | None:
    return fsum(numbers) / len(numbers) if numbers else None

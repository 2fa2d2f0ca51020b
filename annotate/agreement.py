"""Agreement: how far people who worked on the same tasks say the same, and how far models say what people say.

Every pair of people on a task is compared (`comparison.py`), each model with each person. Figures of several tasks are
of their sums, not means of means: F1 = 2 · pairs / things drawn by both. Answers are corrected for chance: Cohen's
kappa between two people, Fleiss' over all of them. Source of the definitions: each measure's own module.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import fsum
from typing import Any

from .comparison import BOUNDS, Comparison, OfLabel, add, compare, f1, together
from .kappa import cohen, fleiss
from .opinions import Opinion, Opinions


@dataclass(slots=True)
class Tally:
    """Many comparisons added up, the one always on the same side."""

    tasks: int = 0
    begun: int = 0
    labels: dict[str, OfLabel] = field(default_factory=dict[str, OfLabel])
    taken_for: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    answers: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])
    texts: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def add(self, found: Comparison, *, begun: bool = False) -> None:
        """One comparison more; `begun`: the person's work began from the model's."""
        self.tasks += 1
        self.begun += begun
        for label, of_label in found.labels.items():
            add(self.labels.setdefault(label, OfLabel()), of_label)
        self.taken_for.update(found.taken_for)
        for control, pairs in found.answers.items():
            self.answers.setdefault(control, []).extend(pairs)
        for control, likenesses in found.texts.items():
            self.texts.setdefault(control, []).extend(likenesses)

    def figures(self) -> dict[str, Any]:
        """All figures under plain names, for JSON; None where there is nothing to say."""
        return {
            "tasks": self.tasks,
            "things": _figures(together(self.labels.values())),
            "labels": {label: _figures(self.labels[label]) for label in sorted(self.labels)},
            "taken_for": [
                {"one": one or None, "other": other or None, "count": count}
                for (one, other), count in sorted(self.taken_for.items(), key=lambda item: (-item[1], item[0]))
            ],
            "answers": {
                control: {
                    "items": len(pairs),
                    "equal": sum(one == other for one, other in pairs) / len(pairs),
                    "kappa": cohen(pairs),
                }
                for control, pairs in sorted(self.answers.items())
            },
            "texts": {
                control: {"items": len(each), "likeness": fsum(each) / len(each)}
                for control, each in sorted(self.texts.items())
            },
        }


@dataclass(slots=True)
class Agreement:
    """What `agreement_of` finds. `pairs` is by two people's names in order, `models` by model.

    `worst` holds every task that two people worked on, or a person and a model, the worst first; `uncompared` counts
    entries that have no measure, by kind; `bare` predictions that the export names by ids alone.
    """

    tasks: int = 0
    shared: int = 0
    people: Counter[str] = field(default_factory=Counter[str])
    together: Tally = field(default_factory=Tally)
    pairs: dict[tuple[str, str], Tally] = field(default_factory=dict[tuple[str, str], Tally])
    models: dict[str, Tally] = field(default_factory=dict[str, Tally])
    answers: dict[str, list[list[str]]] = field(default_factory=dict[str, list[list[str]]])
    worst: list["Judged"] = field(default_factory=list["Judged"])
    uncompared: Counter[str] = field(default_factory=Counter[str])
    bare: int = 0

    def as_json(self) -> dict[str, Any]:
        """All of it, for `--format json`."""
        return {
            "tasks": self.tasks,
            "shared": self.shared,
            "people": dict(sorted(self.people.items())),
            "iou": list(BOUNDS),
            "together": self._everyone(),
            "pairs": [
                {"one": one, "other": other, **tally.figures()} for (one, other), tally in sorted(self.pairs.items())
            ],
            "models": [
                {"model": model, "begun_from_predictions": tally.begun, **tally.figures()}
                for model, tally in sorted(self.models.items())
            ],
            "worst": [each.as_json() for each in self.worst],
            "uncompared": dict(sorted(self.uncompared.items())),
            "predictions_without_body": self.bare,
        }

    def _everyone(self) -> dict[str, Any]:
        """The figures of all pairs of people, from which nobody can be told: Fleiss' kappa, confusion both ways."""
        either: Counter[tuple[str, str]] = Counter()
        for (one, other), count in self.together.taken_for.items():
            either[min(one, other) if one and other else one or other, max(one, other) if one and other else ""] += (
                count
            )
        told = replace(self.together, taken_for=either).figures()
        for control, figures in told["answers"].items():
            figures["kappa"] = fleiss(self.answers.get(control, self.together.answers[control]))
        for figures in (told["things"], *told["labels"].values()):
            figures["drawn"] = figures.pop("one") + figures.pop("other")
        return told


@dataclass(frozen=True, slots=True)
class Judged:
    """A task and how well its opinions agree: `score` from 0 to 1 is the worst of them, `who` the two it is between."""

    id: int | None
    name: str
    file: str
    at: str
    score: float
    who: tuple[str, str]
    model: bool

    def as_json(self) -> dict[str, Any]:
        """For a program; `task` is the number on the server."""
        told: dict[str, Any] = {"task": self.id, "name": self.name, "score": self.score, "between": list(self.who)}
        return told | {"with_model": self.model, "file": self.file, "at": self.at}


def agreement_of(tasks: Iterable[Opinions], *, models_too: bool = True) -> Agreement:
    """Compare the opinions on each task; `models_too=False` looks at people alone."""
    found = Agreement()
    for task in tasks:
        found.tasks += 1
        found.bare += task.bare if models_too else 0
        found.people.update(each.by for each in task.people)
        for each in task.people:
            found.uncompared.update(each.uncompared)
        judged = [*_among_people(found, task), *(_with_models(found, task) if models_too else ())]
        if judged:
            found.shared += 1
            found.worst.append(min(judged, key=lambda each: (each.score, each.who)))
    found.worst.sort(key=lambda each: (each.score, each.id or 0, each.name))
    found.uncompared = +found.uncompared
    return found


def _among_people(found: Agreement, task: Opinions) -> Iterator[Judged]:
    for one, other in combinations(task.people, 2):
        compared = compare(one, other)
        found.together.add(compared)
        found.pairs.setdefault((one.by, other.by), Tally()).add(compared)
        yield from _judged(task, compared, (one.by, other.by), model=False)
    if len(task.people) > 1:
        for control in sorted({name for each in task.people for name in each.answers}):
            found.answers.setdefault(control, []).append([each.answers.get(control, "") for each in task.people])


def _with_models(found: Agreement, task: Opinions) -> Iterator[Judged]:
    for model in task.models:
        for person in task.people:
            compared = compare(model, _asked(person, model))
            found.models.setdefault(model.by, Tally()).add(compared, begun=person.begun)
            yield from _judged(task, compared, (model.by, person.by), model=True)


def _asked(person: Opinion, model: Opinion) -> Opinion:
    """The person's work without the controls that the model says nothing under: it is not blamed for those."""
    spoken = {*model.answers, *model.texts}
    for thing in model.things:
        spoken |= {*thing.answers, *thing.texts}
    things = [replace(each, answers=_of(spoken, each.answers), texts=_of(spoken, each.texts)) for each in person.things]
    return replace(person, things=things, answers=_of(spoken, person.answers), texts=_of(spoken, person.texts))


def _of(controls: set[str], said: dict[str, str]) -> dict[str, str]:
    return {control: each for control, each in said.items() if control in controls}


def _judged(task: Opinions, compared: Comparison, who: tuple[str, str], *, model: bool) -> Iterator[Judged]:
    if (score := compared.score) is not None:
        yield Judged(task.id, task.name, task.file, task.at, score, who, model)


def _figures(things: OfLabel) -> dict[str, Any]:
    overlaps = things.overlaps
    return {
        "one": things.one,
        "other": things.other,
        "f1": {f"{bound:g}": f1(things, number) for number, bound in enumerate(BOUNDS)},
        "mean_iou": fsum(overlaps) / len(overlaps) if overlaps else None,
    }

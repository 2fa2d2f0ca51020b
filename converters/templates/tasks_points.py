"""The task keypoints: where the points of a thing are, as text. It knows no model's tags.

One question an object that has points, pointing at it by its box, and one answer: its points in the order of the data,
each called by its name. What is a point and nothing else (a box without area) is asked for by its label, one question
a label. A point that was not labelled (visibility 0) is not said; one that cannot be seen but whose place is known (1)
is said as hidden, in a wording of its own. Where nobody says what the points are called, they are numbered from 1, so
that the third is the third in every answer; a thing that is but one point lends it its label.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ..table import boxes, entries, numbers, picture_of_object
from .exchanges import Exchanges, dialogue, joined
from .scene import NOTHING, Scene, Texts, salt_of

Ints = NDArray[np.int64]
Points = list[list[float] | None]
Names = list[list[str] | None]

TOLERANCE = 0.01
"""Pixels over the edge that are no more than the rounding of two-decimal numbers; left to the clamp of the grid."""

LABELLED, HIDDEN = 0.0, 1.0
"""Visibility: above the first a point has a place; the second is that of a point that cannot be seen."""


@dataclass(slots=True)
class _Said:
    """The points of the objects that are asked about: how many each has, then x, y and name of all, one by one."""

    sizes: list[int] = field(default_factory=list[int])
    places: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    names: list[int] = field(default_factory=list[int])

    def columns(self) -> tuple[NDArray[np.float64], Ints]:
        """(n, 2) x and y, and the codes of the names."""
        return np.array(self.places, np.float64).reshape(-1, 2), np.array(self.names, np.int64)


def keypoints(scene: Scene) -> Exchanges:
    """For each object that has points, where they are; one sample a record, one exchange an object.

    Points that are none (not finite, outside the picture, more or fewer than their names) cost their object: half an
    answer would be false.
    """
    points: Points = entries(scene.batch, "objects", "keypoints").to_pylist()
    names: Names = entries(scene.batch, "objects", "keypoint_names").to_pylist()
    size = _sizes(scene)
    unfit = {at: fault for at in scene.order.tolist() if (fault := _fault(points[at], names[at], size[at].tolist()))}
    asked = np.array([at for at in scene.order.tolist() if points[at] is not None and at not in unfit], np.int64)
    keep, left_out = scene.capped(scene.row[asked], asked)
    objects = asked[keep]
    corners = boxes(scene.batch)[objects]
    bare = (corners[:, 0] == corners[:, 2]) | (corners[:, 1] == corners[:, 3])
    made = _by_box(scene, objects[~bare], points, names)
    if bare.any():
        made = joined(made, _by_label(scene, objects[bare], points, names))
    made.capped, made.unfit = left_out, unfit
    return made


def _by_box(scene: Scene, objects: Ints, points: Points, names: Names) -> Exchanges:
    """An exchange an object, which the question points at."""
    record = scene.row[objects]
    texts = Texts()
    heads, tails = _questions(scene, objects, np.arange(len(objects)) - np.searchsorted(record, record), texts)
    said = _said(scene, objects, points, names, texts)
    owners, sizes = np.repeat(objects, said.sizes), np.array(said.sizes, np.int64)
    made = dialogue("keypoints", scene.ids, texts.list, record, heads, [NOTHING] * len(objects), owners, sizes)
    made.box, made.after = objects, np.array(tails, np.int64)
    made.uses, made.use_counts = objects, np.ones(len(objects), np.int64)
    made.points, made.point_names = said.columns()
    return made


def _by_label(scene: Scene, objects: Ints, points: Points, names: Names) -> Exchanges:
    """An exchange a label of what is but a point, with all of that label."""
    groups: dict[tuple[int, int], list[int]] = {}
    for at in objects.tolist():
        groups.setdefault((int(scene.row[at]), int(scene.label[at])), []).append(at)
    record = np.array([row for row, _ in groups], np.int64)
    labels = [scene.names[code] for _, code in groups]
    texts = Texts()
    wordings, ask = scene.worded("keypoints", "ask_label", record, salt_of(labels))
    heads = [
        texts.code(wordings[which].replace("{label}", label)) for which, label in zip(ask.tolist(), labels, strict=True)
    ]
    ordered = np.array([at for group in groups.values() for at in group], np.int64)
    said = _said(scene, ordered, points, _single(scene, ordered, points, names), texts)
    owners, group_sizes = np.repeat(ordered, said.sizes), np.array([len(group) for group in groups.values()], np.int64)
    of_group = np.repeat(np.arange(len(groups)), group_sizes)
    sizes = np.bincount(of_group, said.sizes, minlength=len(groups)).astype(np.int64)
    made = dialogue("keypoints", scene.ids, texts.list, record, heads, [NOTHING] * len(groups), owners, sizes)
    made.ids = [f"{name}-labels" for name in made.ids]
    made.uses, made.use_counts = ordered, group_sizes
    made.points, made.point_names = said.columns()
    return made


def _single(scene: Scene, objects: Ints, points: Points, names: Names) -> Names:
    """The names, where one point that nobody named is called as its thing is, which is nothing but that point."""
    called = list(names)
    for at in objects.tolist():
        if names[at] is None and len(points[at] or []) == 3:
            called[at] = [scene.names[int(scene.label[at])]]
    return called


def _sizes(scene: Scene) -> NDArray[np.float64]:
    sides = [numbers(scene.batch, "media", side).astype(np.float64) for side in ("width", "height")]
    return np.asarray(np.stack(sides, axis=1)[picture_of_object(scene.batch)])


def _fault(points: list[float] | None, names: list[str] | None, size: Sequence[float]) -> tuple[str, str] | None:
    """Why nothing can be asked about an object's points: (rule, what is wrong)."""
    if points is None:
        return None
    if len(points) % 3 or not points:
        return "GE023", f"{len(points)} numbers, where each point has three (x, y, visibility)"
    if names is not None and len(names) != len(points) // 3:
        return "GE023", f"{len(points) // 3} points, and names for {len(names)}"
    places = [(x, y) for x, y, seen in _triples(points) if seen > LABELLED]
    return _misplaced(places, size) if places else ("AN022", "none of its points is labelled")


def _misplaced(places: list[tuple[float, float]], size: Sequence[float]) -> tuple[str, str] | None:
    for x, y in places:
        if not (isfinite(x) and isfinite(y)):
            return "AN003", "a coordinate of its points is no finite number"
        if not all(-TOLERANCE <= value <= side + TOLERANCE for value, side in zip((x, y), size, strict=True)):
            return "GE022", f"a point at {x:g}, {y:g} is outside the picture of {size[0]:g}x{size[1]:g}"
    return None


def _triples(points: list[float]) -> list[tuple[float, float, float]]:
    return list(zip(points[0::3], points[1::3], points[2::3], strict=True))


def _questions(scene: Scene, objects: Ints, turn: Ints, texts: Texts) -> tuple[list[int], list[int]]:
    """What stands before and behind the box of each question: codes of `texts`, NOTHING where nothing does."""
    wordings, ask = scene.worded("keypoints", "ask", scene.row[objects], turn)
    heads: list[int] = []
    tails: list[int] = []
    for which, code in zip(ask.tolist(), scene.label[objects].tolist(), strict=True):
        for half, codes in zip(wordings[which].split("{box}"), (heads, tails), strict=True):
            words = half.replace("{label}", scene.names[code])
            codes.append(texts.code(words) if words else NOTHING)
    return heads, tails


def _said(scene: Scene, objects: Ints, points: Points, names: Names, texts: Texts) -> _Said:
    """The points of each object that have a place, with what each is called."""
    said = _Said()
    row = scene.row[objects]
    hidden, veil = scene.worded("keypoints", "hidden", row)
    unnamed, count = scene.worded("keypoints", "unnamed", row)
    for at, unseen, numbered in zip(objects.tolist(), veil.tolist(), count.tolist(), strict=True):
        triples, called, before = _triples(points[at] or []), names[at], len(said.places)
        for number, (x, y, seen) in enumerate(triples):
            if seen <= LABELLED:
                continue
            given = called[number].strip() if called else ""
            name = given or unnamed[numbered].replace("{number}", str(number + 1))
            words = hidden[unseen].replace("{name}", name) if seen == HIDDEN else name
            said.places.append((x, y))
            said.names.append(texts.code(words))
        said.sizes.append(len(said.places) - before)
    return said

"""Regions: the result entries that belong together, and how many annotations of the accounting they are.

Entries that share an `id` speak of one region: one gives its place, others its labels, text or choices. Counted is
what could be lost on its own:

- a region with a place counts once for each of its distinct labels, once when it has none;
- a key point whose parent is a region here counts nothing: it is part of the parent, as in COCO;
- a text about the whole picture counts once for each of its texts, once when it has none;
- every other entry (a choice about the whole picture, a relation, a span of text, sound or film) counts once.

The count depends on the entries (and on `--label-from`) alone, not on whose work is chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from .label_studio_config import Labelling
from .label_studio_min import PLACE_KEYS
from .label_studio_shapes import Entry

LabelFrom = Literal["control", "choices", "text"]
Shape = Literal["rectangle", "polygon", "ellipse", "keypoint", "brush"]

_SHAPES: dict[str, Shape] = {
    "rectangle": "rectangle",
    "rectanglelabels": "rectangle",
    "polygon": "polygon",
    "polygonlabels": "polygon",
    "ellipse": "ellipse",
    "ellipselabels": "ellipse",
    "keypoint": "keypoint",
    "keypointlabels": "keypoint",
    "brush": "brush",
    "brushlabels": "brush",
    "magicwand": "brush",
}
_WHOLE = ("textarea", "choices", "number", "rating", "taxonomy", "datetime", "pairwise", "ranker")


@dataclass(slots=True)
class Region:
    """Entries that belong together. `shape` is None where there is no place; then `text` says whether it is a text.

    `labels` are the distinct values that name it, as given (strings unless damaged); `points` the key points in it.
    """

    first: Entry
    shape: Shape | None = None
    labels: list[Any] = field(default_factory=list[Any])
    texts: list[Any] = field(default_factory=list[Any])
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    points: list["Region"] = field(default_factory=list["Region"])
    text: bool = False
    folded: bool = False

    @property
    def count(self) -> int:
        """How many annotations of the accounting it is."""
        if self.folded:
            return 0
        names = self.labels if self.shape else self.texts if self.text else []
        return max(1, len(names))

    @property
    def words(self) -> str | None:
        """What is written or said in the region: its texts, a line each."""
        return "\n".join(each for each in self.texts if isinstance(each, str)) or None


def group(entries: Iterable[Entry], labelling: Labelling, label_from: LabelFrom) -> list[Region]:
    """The regions of one result, in the order of their first entries; every entry is in exactly one."""
    by_id: dict[str, list[Entry]] = {}
    for index, entry in enumerate(entries):
        by_id.setdefault(entry.id or f"\0{index}", []).append(entry)
    regions: list[Region] = []
    ids: dict[str, Region] = {}
    for key, group in by_id.items():
        of_group = _placed(group, label_from)
        if of_group:
            ids[key] = of_group[0]
        else:
            of_group = [_unplaced(entry, group, labelling) for entry in group]
        regions.extend(of_group)
    _fold_points(regions, ids, labelling)
    return regions


def _placed(entries: list[Entry], label_from: LabelFrom) -> list[Region]:
    """The regions that have a place among entries of one id: one, unless the id was used twice."""
    homes: list[list[Entry]] = []
    rest: list[Entry] = []
    for entry in entries:
        if entry.kind not in _SHAPES or entry.fault:
            rest.append(entry)
        elif home := _home(homes, entry):
            home.append(entry)
        else:
            homes.append([entry])
    if not homes and (implied := next((each for each in rest if implied_shape(each)), None)):
        rest.remove(implied)
        homes.append([implied])
    if not homes:
        return []
    for entry in rest:
        (_home(homes, entry) or homes[0]).append(entry)
    return [_region(home, label_from) for home in homes]


def _home(homes: list[list[Entry]], entry: Entry) -> list[Entry] | None:
    place = _place(entry)
    return next((home for home in homes if _place(home[0]) == place), None)


def _place(entry: Entry) -> dict[str, Any]:
    return {key: entry.value[key] for key in PLACE_KEYS if key in entry.value}


def implied_shape(entry: Entry) -> Shape | None:
    """The shape of an entry whose type names none: a label or a text that repeats where its region is."""
    value = entry.value
    if entry.kind in _SHAPES:
        return _SHAPES[entry.kind]
    if entry.fault or "sequence" in value or not (entry.kind in _WHOLE or entry.kind == "labels"):
        return None
    if {"x", "y", "width", "height"} <= value.keys():
        return "rectangle"
    if {"x", "y", "radiusX", "radiusY"} <= value.keys():
        return "ellipse"
    return "polygon" if isinstance(value.get("points"), list) else None


def _region(entries: list[Entry], label_from: LabelFrom) -> Region:
    first = entries[0]
    region = Region(first, implied_shape(first))
    labels: list[Any] = []
    choices: list[Any] = []
    for entry in entries:
        labels.extend(_labels(entry))
        if entry.kind == "textarea":
            region.texts.extend(listed(entry.value.get("text")))
        elif entry.kind == "choices":
            choices.extend(listed(entry.value.get("choices")))
        _attribute(region, entry)
    texts = [region.words] if region.words else []
    order = {"control": (labels, choices, texts), "choices": (choices, labels, texts), "text": (texts, labels, choices)}
    region.labels = distinct(next((names for names in order[label_from] if names), []))
    if labels and region.labels != distinct(labels):
        region.attributes["labels"] = labels
    return region


def _labels(entry: Entry) -> list[Any]:
    return [each for key, held in entry.value.items() if key.endswith("labels") for each in listed(held)]


def _attribute(region: Region, entry: Entry) -> None:
    """Keep what an entry says besides place, label and text: choices, numbers, ratings, notes, a model's score."""
    said: dict[str, Any] = {}
    if entry.fault:
        said[entry.control or "entry"] = entry.raw
    elif entry.kind not in _SHAPES and entry.kind not in ("labels", "textarea"):
        said[entry.control or entry.kind] = entry.value.get(entry.kind, entry.value)
    elif region.first is entry and isinstance(entry.raw, dict):
        said = {key: entry.raw[key] for key in ("meta", "score", "image_rotation") if entry.raw.get(key)}
    for key, value in said.items():
        held = region.attributes.get(key)
        region.attributes[key] = value if held is None else [held, value]


def listed(given: object) -> list[Any]:
    """A list as it is, None as an empty one, anything else as a list of it."""
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def distinct(given: list[Any]) -> list[Any]:
    """The different values of a list, in order; a list or object in it is told apart by its JSON."""
    return list({each if isinstance(each, str) else msgspec.json.encode(each): each for each in given}.values())


def _unplaced(entry: Entry, entries: list[Entry], labelling: Labelling) -> Region:
    """An entry without a place: about the whole picture when all with its id are such."""
    region = Region(entry)
    control = labelling.control(entry.control)
    whole = all(each.kind in _WHOLE for each in entries) and not (control and control.per_region)
    if entry.kind == "textarea" and whole and not entry.fault:
        region.text = True
        region.texts = listed(entry.value.get("text"))
    return region


def _fold_points(regions: list[Region], ids: dict[str, Region], labelling: Labelling) -> None:
    """Put key points into the region they name as parent, or that a relation ties them to."""
    related = _relations(regions)
    for region in regions:
        if region.shape != "keypoint" or not _is_point(region.first):
            continue
        names = [region.first.parent, *related.get(region.first.id or "", ())]
        parents = (ids[name] for name in names if name and name in ids)
        parent = next((each for each in parents if each.shape not in (None, "keypoint")), None)
        if parent is not None:
            region.folded = True
            parent.points.append(region)
    for region in regions:
        region.points.sort(key=lambda point: _order(point, labelling))


def _order(point: Region, labelling: Labelling) -> int:
    """`model_index` where the configuration gives one; the others keep their order after those."""
    orders = (labelling.point_order.get(each) for each in point.labels if isinstance(each, str))
    return min((order for order in orders if order is not None), default=1 << 30)


def _is_point(entry: Entry) -> bool:
    return all(
        isinstance(entry.value.get(axis), (int, float)) and not isinstance(entry.value[axis], bool) for axis in "xy"
    )


def _relations(regions: list[Region]) -> dict[str, list[str]]:
    related: dict[str, list[str]] = {}
    for region in regions:
        raw = region.first.raw
        if region.first.kind == "relation" and isinstance(raw, dict):
            one, other = str(raw.get("from_id")), str(raw.get("to_id"))
            related.setdefault(one, []).append(other)
            related.setdefault(other, []).append(one)
    return related

"""Regions: the result entries that belong together, and how many annotations of the accounting they are.

Entries that share an `id` speak of one region: one gives its place, others its labels, text or choices. Counted is
what could be lost on its own:

- a region with a place counts once for each of its distinct labels, once when it has none; in a film as often again
  as it has key frames or ranges (`label_studio_times.py`);
- a key point whose parent is a region here counts nothing: it is part of the parent, as in COCO;
- a relation counts once for each of its labels. One without labels between two regions with a place counts nothing:
  it is an attribute of the first. So does one that ties a key point to its parent;
- a text about the whole picture counts once for each of its texts, once when it has none, and once in all where it
  answers a question (`label_studio_answers.py`);
- the messages of a chat count once together;
- every other entry (a choice about the whole picture, a span of text) counts once.

The count depends on the task, its entries and the options alone, not on whose work is chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from ...schemas.annotation import TEXT_LABEL
from .label_studio_config import Labelling
from .label_studio_min import PLACE_KEYS
from .label_studio_shapes import Entry, Moment, text_of

LabelFrom = Literal["control", "choices", "text"]
Shape = Literal["rectangle", "polygon", "ellipse", "keypoint", "brush", "track", "timeline", "span"]
Role = Literal["caption", "question", "relation", "message"]

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
    "videorectangle": "track",
    "timelinelabels": "timeline",
}
_IMPLIED: dict[Shape, set[str]] = {
    "track": {"sequence"},
    "timeline": {"ranges"},
    "rectangle": {"x", "y", "width", "height"},
    "ellipse": {"x", "y", "radiusX", "radiusY"},
    "polygon": {"points"},
    "span": {"start", "end"},
}
TIMED: tuple[Shape, ...] = ("track", "timeline", "span")
"""The shapes of what is in a film or sound for some time."""

WHOLE = ("textarea", "choices", "number", "rating", "taxonomy", "datetime", "pairwise", "ranker")


@dataclass(slots=True)
class Region:
    """Entries that belong together. `shape` is None where there is no place; then `role` says what they are, if any.

    `labels` are the distinct values that name it, as given (strings unless damaged); `points` the key points in it.
    `whole` is whether it may be about the whole; `asked` and `answers` are of the role "question"; `ends` are the
    regions that a relation goes from and to. `moments` are those of a film or sound; `wrong` says why there are none.
    """

    first: Entry
    shape: Shape | None = None
    labels: list[Any] = field(default_factory=list[Any])
    texts: list[Any] = field(default_factory=list[Any])
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    points: list["Region"] = field(default_factory=list["Region"])
    role: Role | None = None
    folded: bool = False
    whole: bool = False
    asked: str = ""
    answers: list[Any] = field(default_factory=list[Any])
    ends: "tuple[Region, Region] | None" = None
    moments: list[Moment] = field(default_factory=list[Moment])
    wrong: tuple[str, object, str] | None = None

    @property
    def count(self) -> int:
        """How many annotations of the accounting it is."""
        if self.folded:
            return 0
        if self.role == "caption":
            return max(1, len(self.texts))
        names = self.labels if self.shape or self.role == "relation" else ()
        return max(1, len(names)) * max(1, len(self.moments))

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
    relations = [region for region in regions if region.role == "relation"]
    _fold_points(regions, ids, relations, labelling)
    for region in relations:
        _tie(region, ids)
    _fold_messages(regions)
    return regions


def _tie(relation: Region, ids: dict[str, Region]) -> None:
    """Find what a relation goes from and to, in its direction; without labels it is an attribute of the first."""
    raw: dict[str, Any] = relation.first.raw
    one, other = (ids.get(text_of(raw.get(key))) for key in ("from_id", "to_id"))
    if one is None or other is None:
        return
    if other.folded or one.folded:
        relation.folded = one in other.points or other in one.points
        return
    direction = raw.get("direction")
    if direction == "left":
        one, other = other, one
    relation.ends = (one, other)
    told: dict[str, Any] = {"to": other.first.at}
    told |= {"labels": relation.labels} if relation.labels else {}
    told |= {"direction": "bi"} if direction == "bi" else {}
    one.attributes["relations"] = [*one.attributes.get("relations", []), told]
    relation.folded = not relation.labels


def _fold_messages(regions: list[Region]) -> None:
    """The first message of a chat stands for all of them."""
    for region in [region for region in regions if region.role == "message"][1:]:
        region.folded = True


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
    if entry.fault or not (entry.kind in WHOLE or entry.kind in ("labels", "audio")):
        return None
    for shape, keys in _IMPLIED.items():
        if keys <= value.keys():
            return shape if shape != "span" or _in_seconds(value) else None
    return None


def _in_seconds(value: dict[str, Any]) -> bool:
    """Whether start and end are times, and not places in a text, which they come with."""
    times = all(isinstance(value[key], (int, float)) for key in ("start", "end"))
    return times and not isinstance(value.get("text"), str)


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
    if region.shape == "span" and texts and not labels and not choices and label_from != "text":
        region.labels = [TEXT_LABEL]  # a transcription of its own length is no name
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
    """An entry without a place: about the whole when all with its id are such."""
    region = Region(entry)
    if entry.fault:
        return region
    if entry.kind == "relation":
        region.role = "relation"
        region.labels = distinct(listed(entry.raw.get("labels")))
    elif entry.kind == "chatmessage":
        region.role = "message"
    control = labelling.control(entry.control)
    region.whole = all(each.kind in WHOLE for each in entries) and not (control and control.per_region)
    if entry.kind == "textarea" and region.whole:
        region.role = "caption"
        region.texts = listed(entry.value.get("text"))
    return region


def _fold_points(regions: list[Region], ids: dict[str, Region], relations: list[Region], labelling: Labelling) -> None:
    """Put key points into the region they name as parent, or that a relation ties them to."""
    related = _relations(relations)
    for region in regions:
        if region.shape != "keypoint" or not _is_point(region.first):
            continue
        names = [region.first.parent, *related.get(region.first.id or "", ())]
        parents = (ids[name] for name in names if name and name in ids)
        parent = next((each for each in parents if each.shape not in (None, "keypoint", *TIMED)), None)
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


def _relations(relations: list[Region]) -> dict[str, list[str]]:
    related: dict[str, list[str]] = {}
    for region in relations:
        one, other = str(region.first.raw.get("from_id")), str(region.first.raw.get("to_id"))
        related.setdefault(one, []).append(other)
        related.setdefault(other, []).append(one)
    return related

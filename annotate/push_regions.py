"""Regions: an object in pixels of the upright picture as Label Studio's results have it, in percent of what is shown.

A result entry names the control that it belongs to (`from_name`), the picture's tag (`to_name`), its type, the size
that was shown and a value; entries of one region share an id. Traps, all met with 1.23.2: the server takes any rubbish
with 201; a turned rectangle is turned about its top-left corner, in pixels; a label with an alias is its alias in
results; `<Labels>` beside a bare `<Rectangle>` makes two entries of a region, one `rectangle` and one `labels`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import atan2, degrees, hypot
from typing import Any

import msgspec

from ..schemas.box import rotated_corners
from ..schemas.errors import ConfigError
from .labelling import Control, Labelling, read_labelling, root_of

NO_LABEL, NO_CONTROL = "AN010", "AN022"
"""The rules: a label that the project has not; what it has no control for, all of an annotation or a part."""

_RIGHT = 1e-6
"""How far corners may be off a rectangle's, as a share of its longer side, and still be one."""

_FLAGS = {"crowd": "that it is a crowd", "difficult": "that it is difficult"}


class UnfitError(Exception):
    """What cannot be a region of this project: the rule, the value, what is wrong in words."""

    def __init__(self, code: str, value: object, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.value = value
        self.message = message


@dataclass(frozen=True)
class Interface:
    """What a project's label config lets a task hold: the name of its picture's tag, the data key of that, whether it
    shows several pages, and its controls.
    """

    picture: str
    key: str
    pages: bool
    labelling: Labelling
    names: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def controls(self, tag: str, *, per_region: bool | None = None) -> Iterator[tuple[str, Control]]:
        """The controls of that tag over the picture, by name."""
        for name, control in self.labelling.controls.items():
            mine = self.picture in control.over and control.tag.lower() == tag
            regional = control.attributes.get("perRegion", "").lower() == "true"
            if mine and per_region in (None, regional):
                yield name, control

    def said(self, control: str, label: str) -> str | None:
        """What results hold for a label: itself, or its alias; None where the control has no such label."""
        return self.names.get((control, label))

    def has_label(self, label: str) -> bool:
        """Whether any control knows the label."""
        return any(label == known for _, known in self.names)

    def texts(self) -> list[str]:
        """The controls for words about the whole picture."""
        return [name for name, _ in self.controls("textarea", per_region=False)]

    def question_key(self) -> str | None:
        """The data key of a text that is shown beside the picture: there the question goes."""
        return next((keys[0] for tag, keys in self.labelling.shown.values() if tag.lower() == "text" and keys), None)


def read_interface(config: str, place: str) -> Interface:
    """The interface of a label config. `ConfigError` where it shows no picture, or more than one of them."""
    labelling = read_labelling(config, place)
    shown = [(name, keys) for name, (tag, keys) in labelling.shown.items() if tag.lower() == "image"]
    if len(shown) != 1:
        fact = f"the label config shows {len(shown)} pictures (<Image>), and a task is made for one"
        raise ConfigError(place, fact, "Push to a project with one <Image>; several pages are one with valueList.")
    (name, keys) = shown[0]
    element = next(each for each in root_of(config, place).iter() if each.get("name") == name)
    paged = bool(element.get("valueList"))
    interface = Interface(name, keys[0], paged, labelling)
    for control_name, control in labelling.controls.items():
        for held, attributes in control.labels.items():
            interface.names[control_name, held] = held
            if attributes.get("value"):
                interface.names[control_name, attributes["value"]] = held
    return interface


@dataclass
class Shape:
    """A place as values have it: the kind of control it needs, its numbers, what of the object it cannot say."""

    kind: str
    value: dict[str, Any]
    lost: str = ""


def region(
    said: dict[str, Any], size: tuple[int, int], interface: Interface, identity: str, page: int | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries of one object, and what of it they cannot say. `size` is the upright picture's in pixels.

    `identity` makes the region's id, the same in every run; `page` is the picture's number where there are several.
    Raises `UnfitError`.
    """
    label: str = said["label"]
    for shape in _shapes(said, size):
        heads = _heads(shape.kind, label, interface)
        if heads:
            break
    else:
        raise _unfit(said, label, interface)
    common: dict[str, Any] = {
        "id": region_id(identity),
        "to_name": interface.picture,
        "original_width": size[0],
        "original_height": size[1],
        "image_rotation": 0,
    } | ({} if page is None else {"item_index": page})
    entries: list[dict[str, Any]] = [
        common | {"from_name": name, "type": kind, "value": shape.value | ({key: [held]} if key else {})}
        for name, kind, key, held in heads
    ]
    lost = [*([shape.lost] if shape.lost else []), *_unsaid(said, shape)]
    if said["text"] is not None:
        control = next((name for name, _ in interface.controls("textarea", per_region=True)), None)
        if control is None:
            lost.append("its text")
        else:
            text = {"from_name": control, "type": "textarea", "value": shape.value | {"text": [said["text"]]}}
            entries.append(common | text)
    points, unsaid = _points(said, size, interface, common)
    score = _score(said)
    if score is not None:
        entries[0]["score"] = score
    return entries + points, lost + unsaid


def region_id(identity: str) -> str:
    """Ten letters, the same for the same annotation."""
    return sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _unfit(said: dict[str, Any], label: str, interface: Interface) -> UnfitError:
    if not interface.has_label(label):
        known = list(dict.fromkeys(known for _, known in interface.names))
        has = f"it has {', '.join(map(repr, known[:5]))}{' and others' * (len(known) > 5)}" if known else "it has none"
        return UnfitError(NO_LABEL, label, f"the project's label config has no label {label!r}: {has}")
    drawn = next(iter(_shapes(said, (1, 1)))).kind
    return UnfitError(NO_CONTROL, drawn, f"the label config has no control for a {drawn} with the label {label!r}")


def _heads(kind: str, label: str, interface: Interface) -> list[tuple[str, str, str, str]]:
    """(control, type, key of the labels, label) of the entries that say place and label; none where none can."""
    labelled = f"{kind}labels"
    for name, _ in interface.controls(labelled):
        if (held := interface.said(name, label)) is not None:
            return [(name, labelled, labelled, held)]
    for bare, _ in interface.controls(kind):
        for name, _ in interface.controls("labels"):
            if (held := interface.said(name, label)) is not None:
                return [(bare, kind, "", ""), (name, "labels", "labels", held)]
    return []


def _shapes(said: dict[str, Any], size: tuple[int, int]) -> Iterator[Shape]:
    """How the object can be drawn, the truest first."""
    quad, polygons, points = said["quad"], said["polygons"], said["keypoints"]
    x1, y1, x2, y2 = (said[edge] for edge in ("x1", "y1", "x2", "y2"))
    if quad is not None:
        if (turned := turned_rectangle(quad)) is not None:
            yield Shape("rectangle", _rectangle(*turned, size))
        yield Shape("polygon", _polygon(quad, size))
        return
    if (ellipse := _ellipse(said, size)) is not None:
        yield Shape("ellipse", ellipse)
    if polygons is not None and len(polygons) == 1:
        yield Shape("polygon", _polygon(polygons[0], size))
    if points and x1 == x2 and y1 == y2:
        yield Shape("keypoint", _point(points[0], points[1], size))
        return
    outline = f"its outline of {len(polygons)} rings" if polygons and len(polygons) > 1 else "its outline"
    lost = outline if polygons or ellipse is not None else "its mask" if said["mask"] else ""
    yield Shape("rectangle", _rectangle(x1, y1, x2 - x1, y2 - y1, 0.0, size), lost)
    if not lost:
        yield Shape("polygon", _polygon([x1, y1, x2, y1, x2, y2, x1, y2], size))


def turned_rectangle(quad: Sequence[float]) -> tuple[float, float, float, float, float] | None:
    """x, y, width, height in pixels and the rotation in degrees of four corners; None where they are no rectangle.

    Corners that go round the other way are the same rectangle; the first stays the pivot.
    """
    x0, y0, x1, y1, x2, y2, x3, y3 = quad
    if (x1 - x0) * (y3 - y0) - (y1 - y0) * (x3 - x0) < 0:
        x1, y1, x3, y3 = x3, y3, x1, y1
    width, height = hypot(x1 - x0, y1 - y0), hypot(x3 - x0, y3 - y0)
    angle = degrees(atan2(y1 - y0, x1 - x0))
    meant = rotated_corners(x0, y0, width, height, angle)
    off = max(abs(a - b) for a, b in zip(meant, (x0, y0, x1, y1, x2, y2, x3, y3), strict=True))
    return (x0, y0, width, height, angle) if width > 0 and height > 0 and off <= _RIGHT * max(width, height) else None


def _rectangle(x: float, y: float, width: float, height: float, angle: float, size: tuple[int, int]) -> dict[str, Any]:
    w, h = size
    value = {"x": x / w * 100, "y": y / h * 100, "width": width / w * 100, "height": height / h * 100}
    return value | {"rotation": angle}


def _polygon(ring: Sequence[float], size: tuple[int, int]) -> dict[str, Any]:
    points = [[x / size[0] * 100, y / size[1] * 100] for x, y in zip(ring[::2], ring[1::2], strict=True)]
    return {"points": points, "closed": True}


def _point(x: float, y: float, size: tuple[int, int]) -> dict[str, Any]:
    return {"x": x / size[0] * 100, "y": y / size[1] * 100, "width": 0.5}


def _ellipse(said: dict[str, Any], size: tuple[int, int]) -> dict[str, Any] | None:
    """Of an ellipse that a Label Studio export said: centre and half axes in pixels, degrees."""
    drawn = _attributes(said).get("ellipse")
    if not isinstance(drawn, list) or len(drawn) != 5 or not all(isinstance(each, (int, float)) for each in drawn):
        return None
    x, y, a, b, angle = drawn
    centre = {"x": x / size[0] * 100, "y": y / size[1] * 100}
    return centre | {"radiusX": a / size[0] * 100, "radiusY": b / size[1] * 100, "rotation": angle}


def _points(
    said: dict[str, Any], size: tuple[int, int], interface: Interface, common: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The points of an object with a box, each a region whose parent is the box."""
    flat, names = said["keypoints"], said["keypoint_names"]
    if not flat or (said["x1"] == said["x2"] and said["y1"] == said["y2"]):
        return [], []
    entries: list[dict[str, Any]] = []
    missing = 0
    for number in range(len(flat) // 3):
        x, y, visible = flat[3 * number : 3 * number + 3]
        if not visible:
            continue
        name = names[number] if names and number < len(names) else ""
        heads = _heads("keypoint", name, interface)
        missing += not heads
        own = {"id": region_id(f"{common['id']}/{number}"), "parentID": common["id"]}
        entries += [
            common
            | own
            | {"from_name": control, "type": kind, "value": _point(x, y, size) | ({key: [held]} if key else {})}
            for control, kind, key, held in heads
        ]
    return entries, [f"{missing} of its points"] if missing else []


def _attributes(said: dict[str, Any]) -> dict[str, Any]:
    decoded = msgspec.json.decode(said["attributes"]) if said["attributes"] else {}
    return decoded if isinstance(decoded, dict) else {}


def _unsaid(said: dict[str, Any], shape: Shape) -> list[str]:
    """What else the source says of the object, which no region can: flags, attributes, times."""
    told = {"score", "ellipse"} if shape.kind == "ellipse" else {"score"}
    others = sorted(set(_attributes(said)) - told - ({"ellipse"} if shape.lost else set()))
    shown = ", ".join(others[:3]) + ", …" * (len(others) > 3)
    flags = [what for flag, what in _FLAGS.items() if said.get(flag)]
    return flags + ([f"its attributes ({shown})"] if others else [])


def _score(said: dict[str, Any]) -> float | None:
    """How sure a model was, where its rows say so."""
    score = _attributes(said).get("score")
    return float(score) if isinstance(score, (int, float)) and not isinstance(score, bool) else None

"""Labelling configs made for a task and a data set's labels.

A label's colour follows from its name alone and its `category` from its place, so that a set which grows keeps both:
new labels come after those that were there. Names of tags are always the same, so that a push finds them: `image`,
`box`, `polygon`, `point`, `text`, `caption`, `question`, `answer`, `dialogue`.
"""

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, get_args
from xml.sax.saxutils import quoteattr  # writes only

Task = Literal["detect", "polygons", "keypoints", "ocr", "caption", "vqa", "chat"]
TASKS: tuple[Task, ...] = get_args(Task)

_TONES = ((0.62, 0.45), (0.75, 0.38), (0.55, 0.55), (0.85, 0.48))
"""Saturation and lightness: dark enough for white letters, and apart where two hues are near each other."""


_UNSEEN = {chr(code): f"&#{code};" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF)}
"""Letters that XML takes as they are and YAML does not."""


@dataclass(frozen=True)
class Labels:
    """Labels in the order of their numbers; key points of an object by name in their order; colours that are kept."""

    names: Sequence[str] = ()
    points: Sequence[str] = ()
    colours: Mapping[str, str] = field(default_factory=dict[str, str])


def make_labelling(task: Task, labels: Labels) -> str:
    """The config for that task, XML as Label Studio's own templates are laid out."""
    image = '  <Image name="image" value="$image" zoom="true"/>'
    return "\n".join(["<View>", image, *_CONTROLS[task](labels), "</View>", ""])


def colours(names: Sequence[str], kept: Mapping[str, str]) -> dict[str, str]:
    """A colour for each name: the one that is kept, else the one that its letters give; no two the same."""
    given = {name: kept[name] for name in names if name in kept}
    taken = set(given.values())
    for name in names:
        if name in given:
            continue
        number = int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big")
        colour = _colour(number)
        while colour in taken:
            number += 137  # degrees, and another tone: far from the one that is taken
            colour = _colour(number)
        taken.add(colour)
        given[name] = colour
    return given


def _colour(number: int) -> str:
    saturation, lightness = _TONES[number // 360 % len(_TONES)]
    parts = colorsys.hls_to_rgb(number % 360 / 360, lightness, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _detect(labels: Labels) -> list[str]:
    return _control("RectangleLabels", "box", _labels(labels.names, labels.colours))


def _polygons(labels: Labels) -> list[str]:
    return _control("PolygonLabels", "polygon", _labels(labels.names, labels.colours))


def _keypoints(labels: Labels) -> list[str]:
    points = _labels(labels.points, labels.colours, number="model_index")
    return [*_detect(labels), *_control("KeyPointLabels", "point", points)]


def _ocr(labels: Labels) -> list[str]:
    names = labels.names or ("text",)
    text = '  <TextArea name="text" toName="image" perRegion="true" editable="true" required="true" maxSubmissions="1"'
    return [
        *_control("RectangleLabels", "box", _labels(names, labels.colours)),
        *_control("PolygonLabels", "polygon", _labels(names, labels.colours)),
        f'{text} rows="2" displayMode="region-list"/>',
    ]


def _caption(labels: Labels) -> list[str]:
    boxes = _detect(labels) if labels.names else []
    return [*boxes, '  <TextArea name="caption" toName="image" rows="3" maxSubmissions="1" required="true"/>']


def _vqa(labels: Labels) -> list[str]:
    boxes = _detect(labels) if labels.names else []
    return [
        '  <Text name="question" value="$question"/>',
        *boxes,
        '  <TextArea name="answer" toName="image" rows="2" maxSubmissions="3" required="true"/>',
    ]


def _chat(labels: Labels) -> list[str]:
    return [
        '  <Paragraphs name="dialogue" value="$messages" layout="dialogue" nameKey="role" textKey="content"/>',
        '  <Rating name="quality" toName="dialogue" maxRating="5"/>',
        '  <TextArea name="answer" toName="dialogue" rows="4" maxSubmissions="1"/>',
    ]


_CONTROLS = {
    "detect": _detect,
    "polygons": _polygons,
    "keypoints": _keypoints,
    "ocr": _ocr,
    "caption": _caption,
    "vqa": _vqa,
    "chat": _chat,
}


def _control(tag: str, name: str, labels: Sequence[str]) -> list[str]:
    return [f'  <{tag} name="{name}" toName="image">', *labels, f"  </{tag}>"]


def _labels(names: Sequence[str], kept: Mapping[str, str], number: str = "category") -> list[str]:
    colour = colours(names, kept)
    return [label_line(name, colour[name], number, place) for place, name in enumerate(names)]


def label_line(name: str, colour: str, number: str, place: int) -> str:
    """One `<Label>`; `number` is the attribute (`category`, `model_index`) that says its place among the others."""
    return f'    <Label value={quoteattr(name, _UNSEEN)} background="{colour}" {number}="{place}"/>'

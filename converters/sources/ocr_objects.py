"""Words and JSON entries of text in pictures as objects of the annotation table: `text`, or the class that a set gives.

A region of four corners is a quad, and an upright box where its corners are left top, right top, right bottom, left
bottom of one; three corners, or more than four, are a polygon; the box is the hull. `###` is a region that is there and
cannot be read: difficult, without text.
"""

from collections.abc import Mapping
from typing import Any, Final

from ...schemas.annotation import TEXT_LABEL
from ...schemas.box import Box
from ..records import Object
from .drawn import Drawn, number_of, polygon, safe_hull
from .object_error import ObjectError
from .ocr_words import ILLEGIBLE, Word
from .text_lines import shortened

LABEL: Final = TEXT_LABEL
"""The label of a region whose set has no classes."""

_POINTS: Final = ("polygon", "points", "box", "quad", "bbox")
_TEXTS: Final = ("text", "transcription")
_UNREAD: Final = ("ignore", "difficult", "illegibility")
_CLASSES: Final = ("bbox_label", "label", "key_cls")
_KNOWN: Final = frozenset((*_POINTS, *_TEXTS, *_UNREAD, *_CLASSES))


def word_object(word: Word, at: str) -> Object:
    """The object of a word that stands at `at` as `line:column`."""
    drawn = Drawn(Box(*word.points)) if len(word.points) == 4 else region(word.points, at)
    said = {"script": word.script} if word.script else None
    return _object(at, LABEL, drawn, word.text, said, difficult=False)


def entry_object(entry: object, classes: Mapping[str, str] | None, at: str) -> Object:
    """The object of a JSON entry: a region, a text and a class under the names that mmocr and PaddleOCR use.

    `classes` are names by number or by themselves, None where the set has none. Raises `ObjectError`: AN004 for wrong
    types, AN010 for a class that is not among them, AN023 without a region.
    """
    if not isinstance(entry, dict):
        raise ObjectError("AN004", at, shortened(entry), "an annotation is no object")
    label, said = _label(entry, classes, at)
    said |= {key: value for key, value in entry.items() if key not in _KNOWN and value not in (None, "", [], {})}
    name = next((name for name in _POINTS if entry.get(name)), None)
    if name is None:
        raise ObjectError("AN023", at, None, f"none of {', '.join(_POINTS)} says where it is")
    points = _flat(entry[name], f"{at}/{name}")
    drawn = Drawn(Box(*points)) if len(points) == 4 else region(points, f"{at}/{name}")
    difficult = any(entry.get(key) is True or entry.get(key) == 1 for key in _UNREAD)
    return _object(at, label, drawn, text_of(entry, at), said or None, difficult=difficult)


def text_of(entry: Mapping[str, Any], at: str) -> str | None:
    """What an entry says is written there; `ObjectError` AN004 where that is no text."""
    name = next((name for name in _TEXTS if entry.get(name) is not None), None)
    if name is None:
        return None
    text = entry[name]
    if not isinstance(text, str):
        raise ObjectError("AN004", f"{at}/{name}", shortened(text), f"{name} is no text")
    return text or None


def region(points: list[float], at: str) -> Drawn:
    """The region with these corners `x, y, x, y …`; `ObjectError` AN004 for fewer than three or half a corner."""
    if len(points) % 2:
        raise ObjectError("AN004", at, points, f"{len(points)} numbers are no corners: one has no y")
    if len(points) != 8:
        return polygon(points, at)
    box = safe_hull(points)
    upright = [box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2]
    return Drawn(box, quad=None if points == upright else points)


def whole_picture(at: str, text: str | None, width: int, height: int, script: str | None = None) -> Object:
    """A picture of one word: the region is all of it."""
    said = {"script": script} if script else None
    return _object(at, LABEL, Drawn(Box(0.0, 0.0, float(width), float(height))), text, said, difficult=False)


def _object(
    at: str, label: str, drawn: Drawn, text: str | None, said: dict[str, Any] | None, *, difficult: bool
) -> Object:
    illegible = text == ILLEGIBLE
    return Object(
        at=at,
        label=label,
        box=drawn.box,
        quad=drawn.quad,
        polygons=drawn.polygons,
        text=None if illegible else text,
        attributes=said,
        difficult=difficult or illegible,
    )


def _label(entry: dict[str, Any], classes: Mapping[str, str] | None, at: str) -> tuple[str, dict[str, Any]]:
    """The name of the entry's class; a number that no list of classes names is kept in the attributes."""
    name = next((name for name in _CLASSES if entry.get(name) is not None), None)
    if name is None:
        return LABEL, {}
    given = entry[name]
    if isinstance(given, bool) or not isinstance(given, (int, str)):
        raise ObjectError("AN004", f"{at}/{name}", shortened(given), "the class is neither a number nor a name")
    if classes:
        if found := classes.get(str(given)):
            return found, {}
        raise ObjectError("AN010", f"{at}/{name}", given, f"there is no class {str(given)[:40]!r}")
    if isinstance(given, str) and given.strip():
        return given.strip(), {}
    return LABEL, {name: given}


def _flat(given: object, at: str) -> list[float]:
    """Points as `[x, y, x, y …]` or `[[x, y], …]`."""
    if not isinstance(given, list):
        raise ObjectError("AN004", at, shortened(given), "the points are no list")
    values: list[object] = []
    for index, each in enumerate(given):
        if isinstance(each, list):
            if len(each) != 2:
                raise ObjectError("AN004", f"{at}/{index}", shortened(each), "a point is not [x, y]")
            values += each
        else:
            values.append(each)
    return [number_of(value, "xy"[i % 2], at) for i, value in enumerate(values)]

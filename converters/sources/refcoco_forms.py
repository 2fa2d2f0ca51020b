"""Two forms of referring expressions, each as phrases with their boxes: refs beside COCO instances, and rows with both.

Boxes of refs are x, y, width, height in pixels; of rows, `solution` is x1, y1, x2, y2 in pixels, `normalized_solution`
the same in thousandths of the picture's sides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, NamedTuple, TypeGuard

from ...schemas.box import Box
from .object_error import ObjectError
from .text_lines import shortened

PHRASE_KEYS: Final = ("normal_caption", "caption", "phrase", "expression", "sentence")
SENTENCE_KEYS: Final = ("raw", "sent")
STEPS: Final = 1000


class Said(NamedTuple):
    """One phrase and its place."""

    at: str
    text: str


class Target(NamedTuple):
    """One box that is meant: `key` tells it from the others of its picture; `fault` says why it is none."""

    key: str
    label: str
    box: Box
    crowd: bool = False


@dataclass(slots=True)
class Reference:
    """Phrases that mean the same targets of one picture: none where there is nothing that fits.

    `image` is a name, or the number of an image among the instances; `ids` are annotations there.
    """

    at: str
    image: str | int
    said: list[Said]
    ids: list[int] = field(default_factory=list[int])
    targets: list[Target] = field(default_factory=list[Target])
    size: tuple[int, int] = (0, 0)
    faults: list[ObjectError] = field(default_factory=list[ObjectError])


def is_ref(entry: object) -> bool:
    """Whether an entry is a ref: sentences about annotations that stand elsewhere."""
    return isinstance(entry, dict) and "sentences" in entry and ("ann_id" in entry or "ref_id" in entry)


def is_row(entry: object) -> bool:
    """Whether an entry has its phrase and its box, or says that there is none."""
    return isinstance(entry, dict) and _first(entry, PHRASE_KEYS) is not None and _has_box(entry)


def _has_box(entry: Mapping[str, Any]) -> bool:
    return "solution" in entry or "normalized_solution" in entry


def read_ref(entry: Mapping[str, Any], at: str) -> Reference:
    """A ref of RefCOCO, RefCOCO+, RefCOCOg or gRefCOCO. Raises `ObjectError` where it names no image or annotation.

    `ann_id` is one or a list; gRefCOCO's -1, `no_target` and an empty list mean nothing. A sentence without words is
    one of the `faults`.
    """
    image = entry.get("image_id")
    if not _is_id(image):
        raise ObjectError("AN023", f"{at}/image_id", _shown(image), "the ref names no image")
    given = entry.get("ann_id")
    ids = given if isinstance(given, list) else [given]
    if entry.get("no_target") is True:
        ids = []
    known = [each for each in ids if _is_id(each)]
    if len(known) < len(ids):
        raise ObjectError("AN023", f"{at}/ann_id", _shown(given), "the ref names no annotation")
    reference = Reference(at, image, [], [each for each in known if each != -1])
    sentences = entry.get("sentences")
    if not isinstance(sentences, list) or not sentences:
        raise ObjectError("AN023", f"{at}/sentences", _shown(sentences), "the ref has no sentences")
    for number, sentence in enumerate(sentences):
        text = _first(sentence, SENTENCE_KEYS) if isinstance(sentence, dict) else sentence
        _say(reference, f"{at}/sentences/{number}", text)
    return reference


def read_row(entry: Mapping[str, Any], at: str) -> Reference:
    """A row of RefCOCOs' form. Raises `ObjectError` where it names no picture or phrase, or a box cannot be read.

    The pixels are taken where both boxes are there: the thousandths were rounded, in several ways. `null` and an empty
    list are no target.
    """
    image = _first(entry, ("image", "file_name"))
    if not isinstance(image, str) or not image.strip():
        raise ObjectError("AN023", f"{at}/image", _shown(image), "the row names no picture")
    if not _has_box(entry):  # a caption without a box does not say that there is nothing
        raise ObjectError("AN023", f"{at}/solution", None, "the row has no box, and does not say that there is none")
    size = (_side(entry.get("width")), _side(entry.get("height")))
    reference = Reference(at, image.strip(), [], size=size)
    key = next((key for key in PHRASE_KEYS if entry.get(key)), PHRASE_KEYS[0])
    _say(reference, f"{at}/{key}", entry.get(key))
    text = reference.said[0].text if reference.said else ""
    for box in _boxes(entry, at, size):
        reference.targets.append(Target(repr(tuple(box)), text, box))
    return reference


def _boxes(entry: Mapping[str, Any], at: str, size: tuple[int, int]) -> Iterator[Box]:
    pixels = entry.get("solution")
    name, given = (
        ("solution", pixels) if pixels is not None else ("normalized_solution", entry.get("normalized_solution"))
    )
    if given is None or given == []:
        return
    several = isinstance(given, list) and isinstance(given[0], list)
    for number, each in enumerate(given if several else [given]):
        place = f"{at}/{name}/{number}" if several else f"{at}/{name}"
        box = _box(each, place)
        if name == "solution":
            yield box
        elif all(size):
            across, down = size[0] / STEPS, size[1] / STEPS
            yield Box(box.x1 * across, box.y1 * down, box.x2 * across, box.y2 * down)
        else:
            raise ObjectError("AN023", f"{at}/width", None, "a box in thousandths needs the picture's width and height")


def _box(value: object, at: str) -> Box:
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 4 or not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in numbers):
        raise ObjectError("AN004", at, shortened(value), "the box is no list of four numbers")
    return Box(*map(float, numbers))


def disagreement(entry: Mapping[str, Any], size: tuple[int, int]) -> float:
    """How many thousandths the two boxes of a row lie apart; 0 where there are not two that can be compared."""
    try:
        pixels, steps = _box(entry.get("solution"), ""), _box(entry.get("normalized_solution"), "")
    except ObjectError:
        return 0.0
    if not all(size) or not all(map(isfinite, (*pixels, *steps))):
        return 0.0
    sides = (*size, *size)
    return max(abs(pixel * STEPS / side - step) for pixel, side, step in zip(pixels, sides, steps, strict=True))


def _say(reference: Reference, at: str, text: object) -> None:
    if isinstance(text, str) and text.strip():
        reference.said.append(Said(at, text.strip()))
    else:
        reference.faults.append(ObjectError("AN023", at, _shown(text), "the phrase has no words"))


def _first(entry: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((entry[key] for key in keys if entry.get(key)), None)


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _side(value: object) -> int:
    """Pixels; 0 for what is no side of a picture."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0


def _shown(value: object) -> str | None:
    return None if value is None else shortened(value)

"""Which columns of a row are pictures, boxes, sentences, questions and conversations; and boxes as objects in pixels.

`datasets` has no fixed names. Pictures are columns whose feature is `Image`, or whose values are {bytes, path}, or an
ImageFolder's `file_name`; for the rest the names that are common on the Hub are known, and two options name others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from ...schemas.box import Box
from ..records import Object
from .object_error import ObjectError
from .text_lines import shortened

Corners = Literal["xywh", "xyxy", "cxcywh"]

OBJECTS: Final = ("objects", "annotations", "faces")
BOXES: Final = ("bbox", "bboxes", "box", "boxes")
LABELS: Final = (
    "category",
    "categories",
    "label",
    "labels",
    "category_name",
    "class",
    "classes",
    "name",
    "category_id",
)
KINDS: Final = ("label", "labels", "class", "class_name", "category")
CROWD: Final = ("iscrowd", "is_crowd", "crowd")
PICTURES: Final = ("image", "images", "img", "file_name", "file_names")
CAPTIONS: Final = ("caption", "captions", "text", "sentences", "sentence", "description", "raw", "alt_text")
ANSWERS: Final = ("answers", "answer", "multiple_choice_answer")
CHATS: Final = ("messages", "conversations", "conversation", "texts")
_UNSAID: Final = frozenset({"id", "area", "bbox_id", "image_id", *BOXES, *LABELS, *CROWD})


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they are. `classes` are the names of the classes of its boxes, [] for none.

    `kind` is the column of the class of the whole picture, `kinds` the names of those classes.
    """

    pictures: tuple[str, ...]
    objects: str = ""
    boxes: str = ""
    captions: tuple[str, ...] = ()
    question: str = ""
    chat: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    kind: str = ""
    kinds: tuple[str, ...] = ()

    def say_something(self) -> bool:
        """Whether there is anything to train on in them."""
        return bool(self.objects or self.boxes or self.captions or self.question or self.chat or self.kind)

    def used(self) -> frozenset[str]:
        """The names of all columns that are read."""
        beside = (*LABELS, *CROWD) if self.boxes else ()
        told = (*ANSWERS, *beside, "id", "image_id", "question_id", "width", "height", "system")
        return frozenset(
            {*self.pictures, self.objects, self.boxes, *self.captions, self.question, *self.chat, self.kind, *told}
        )


def columns_of(
    names: tuple[str, ...],
    features: Mapping[str, Any],
    objects: str = "",
    captions: tuple[str, ...] = (),
    *,
    classified: bool = False,
) -> Columns:
    """What the columns of these names are; `objects` and `captions` are the user's own names for two of them.

    Whole pictures have a class where they are `classified` alone: it may as well be the label of a box.
    """
    typed = [name for name in names if _is_picture(features.get(name))]
    ending = ("_file_name", "_file_names")
    pictures = typed or [name for name in names if name in PICTURES or name.endswith(ending)]
    chat: tuple[str, ...] = tuple(name for name in CHATS if name in names)[:1]
    if not chat and {"prompt", "completion"} <= set(names):
        chat = ("prompt", "completion")
    if chat:
        return Columns(tuple(pictures), chat=chat)
    found = next((name for name in ((objects,) if objects else OBJECTS) if name in names), "")
    boxes = "" if found else next((name for name in BOXES if name in names), "")
    labels = features.get(found) if found else {name: features.get(name) for name in LABELS if name in names}
    question = "question" if "question" in names and any(name in names for name in ANSWERS) else ""
    said = captions or tuple(name for name in CAPTIONS if name in names)
    classes = [name for name in names if class_names(features.get(name)) and name not in (found, *said)]
    kind = next((name for name in (*classes, *KINDS) if name in names), "") if classified and not boxes else ""
    kinds = tuple(class_names(features.get(kind)))
    return Columns(tuple(pictures), found, boxes, said, question, (), tuple(class_names(labels)), kind, kinds)


def _is_picture(feature: object) -> bool:
    if isinstance(feature, list):  # as `datasets` before 4 writes a list
        return bool(feature) and _is_picture(feature[0])
    if not isinstance(feature, dict):
        return False
    return feature.get("_type") == "Image" or (
        feature.get("_type") in ("List", "LargeList", "Sequence") and _is_picture(feature.get("feature"))
    )


def class_names(feature: object, depth: int = 8) -> list[str]:
    """The names of the first ClassLabel in a feature, whatever it stands in; [] where there is none."""
    if depth and isinstance(feature, dict):
        names = feature.get("names")
        if feature.get("_type") == "ClassLabel" and isinstance(names, list):
            return [str(name) for name in names]
        return next((found for each in feature.values() if (found := class_names(each, depth - 1))), [])
    if depth and isinstance(feature, list):
        return next((found for each in feature if (found := class_names(each, depth - 1))), [])
    return []


class Boxes(NamedTuple):
    """How boxes stand in the rows: their corners, whether they are shares of the picture, a label for those without."""

    corners: Corners
    shares: bool
    label: str
    classes: tuple[str, ...]


class Found(NamedTuple):
    """One entry of a list of objects: the object, or what is wrong with it."""

    thing: Object | None
    fault: ObjectError | None = None


def objects_in(value: object, at: str, how: Boxes, size: tuple[int, int]) -> Iterator[Found]:
    """The objects of a row, in order: a list of objects, or as `datasets` has it an object of lists.

    `size` is the upright picture's in pixels, for boxes that are shares of it. Raises `ObjectError` for what is no
    such thing at all.
    """
    if value is None:
        return
    for number, entry in enumerate(_entries(value, at)):
        place = f"{at}/{number}"
        try:
            yield Found(_object(entry, place, how, size))
        except ObjectError as fault:
            yield Found(None, fault)


def _entries(value: object, at: str) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise ObjectError("AN004", at, shortened(value), "this is no list of objects, and no object of lists")
    lists: dict[str, list[Any]] = {key: each for key, each in value.items() if isinstance(each, list)}
    boxes = next((lists[key] for key in BOXES if key in lists), None)
    if boxes is None:
        if not any(lists.values()):
            return []
        raise ObjectError("AN023", at, sorted(value)[:20], "there are no boxes among the objects")
    return [{key: each[number] for key, each in lists.items() if number < len(each)} for number in range(len(boxes))]


def _object(entry: object, at: str, how: Boxes, size: tuple[int, int]) -> Object:
    if not isinstance(entry, dict):
        raise ObjectError("AN004", at, shortened(entry), "the entry is no object")
    numbers = next((entry[key] for key in BOXES if entry.get(key) is not None), None)
    if not isinstance(numbers, list) or len(numbers) != 4 or not all(_is_number(each) for each in numbers):
        raise ObjectError("AN004", at, shortened(numbers), "a box has four numbers")
    crowd = any(entry.get(key) in (True, 1) for key in CROWD)
    rest = {
        key: each for key, each in entry.items() if key not in _UNSAID and isinstance(each, (str, int, float, bool))
    }
    box = _box([float(each) for each in numbers], how, size)
    return Object(at, _label(entry, at, how), box, attributes=rest or None, crowd=crowd)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _box(numbers: list[float], how: Boxes, size: tuple[int, int]) -> Box:
    x, y, width, height = numbers
    if how.corners == "xyxy":
        corners = [x, y, width, height]
    elif how.corners == "cxcywh":
        corners = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
    else:
        corners = [x, y, x + width, y + height]
    if how.shares:
        corners = [each * size[number % 2] for number, each in enumerate(corners)]
    return Box(*corners)


def _label(entry: dict[str, Any], at: str, how: Boxes) -> str:
    value = next((entry[key] for key in LABELS if entry.get(key) is not None), None)
    if isinstance(value, str) and value.strip():
        return value.strip()
    if value is None or value == "":
        if how.label:
            return how.label
        raise ObjectError("AN023", at, None, "the box has no label; --box-label gives those without one")
    if not isinstance(value, int) or isinstance(value, bool):
        raise ObjectError("AN004", at, shortened(value), "the label is no text and no class")
    return class_name(value, how.classes, at)


def class_name(value: int, classes: Sequence[str], at: str) -> str:
    """The name of the class of that number; `ObjectError` AN010 where it has none."""
    if not 0 <= value < len(classes):
        known = f"{len(classes)} classes" if classes else "no names of classes"
        raise ObjectError("AN010", at, value, f"class {value}, and the table's schema has {known}")
    return classes[value]


def class_in(value: object, classes: Sequence[str], at: str) -> str | None:
    """The class of a whole picture in words, several joined by ", "; None where it has none.

    `ObjectError`: AN010 for a number without a name, AN004 for what is no class.
    """
    said: list[str] = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, int) and not isinstance(each, bool):
            said.append(class_name(each, classes, at))
        elif isinstance(each, str) and each.strip():
            said.append(each.strip())
        elif each is not None and each != "":
            raise ObjectError("AN004", at, shortened(each), "the class is no text and no number")
    return ", ".join(said) or None

"""ms-swift's `objects`: words and boxes that stand in the turns as `<ref-object>` and `<bbox>`, two queues apart.

`bbox` are x1, y1, x2, y2 or x, y, in pixels of the picture as it is stored ("real", the default) or as shares of its
sides ("norm1"); `image_id` says of each in which picture it is, from 0. Source: ms-swift's documentation, "Custom
dataset", Grounding. ms-swift swaps inverted corners and takes any other `bbox_type` for pixels: both are refused here.
"""

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from .object_error import ObjectError
from .text_lines import shortened


@dataclass(slots=True)
class Objects:
    """The queues of one row, and how many of each were taken."""

    words: list[Any] = field(default_factory=list[Any])
    boxes: list[Any] = field(default_factory=list[Any])
    pictures: list[Any] = field(default_factory=list[Any])
    shares: bool = False
    words_taken: int = 0
    boxes_taken: int = 0

    def check_taken(self, at: str) -> None:
        """Raise `ObjectError` (CV006) where words or boxes were left over, which ms-swift passes over in silence."""
        for name, held, taken in (("ref", self.words, self.words_taken), ("bbox", self.boxes, self.boxes_taken)):
            if taken < len(held):
                fact = f"{len(held)} in objects/{name}, {taken} tags for them in the turns"
                raise ObjectError("CV006", f"{at}/objects/{name}", len(held), fact)

    def next_words(self, at: str) -> str:
        """The words of the next `<ref-object>`."""
        words = self.words[self.words_taken] if self.words_taken < len(self.words) else None
        self.words_taken += 1
        if not isinstance(words, str) or not words.strip():
            value = None if words is None else shortened(words)
            raise ObjectError("TG007", at, value, "there are no words in objects/ref left for a <ref-object>")
        return words

    def picture_of_next(self, count: int) -> int | None:
        """The picture of the next box among `count`; None where the row does not say."""
        which = self.pictures[self.boxes_taken] if self.boxes_taken < len(self.pictures) else None
        return which if isinstance(which, int) and 0 <= which < count else None

    def next_corners(self, at: str, size: tuple[int, int]) -> list[float]:
        """The corners of the next `<bbox>`, in pixels of the picture as it is stored; two numbers are a point."""
        box = self.boxes[self.boxes_taken] if self.boxes_taken < len(self.boxes) else None
        self.boxes_taken += 1
        if box is None:
            raise ObjectError("TG003", at, None, "there is no box in objects/bbox left for a <bbox>")
        numbers = box if isinstance(box, list) else []
        if len(numbers) not in (2, 4) or not all(
            isinstance(each, (int, float)) and not isinstance(each, bool) for each in numbers
        ):
            raise ObjectError("AN004", at, shortened(box), "the box is no list of four numbers, nor a point of two")
        if not all(map(isfinite, numbers)):
            raise ObjectError("AN003", at, shortened(box), "a coordinate is no finite number")
        corners = [each * size[axis % 2] if self.shares else float(each) for axis, each in enumerate(numbers)]
        if len(corners) == 4 and (corners[0] > corners[2] or corners[1] > corners[3]):
            raise ObjectError("GE002", at, shortened(box), "the second corner lies left of or above the first")
        return corners


def read_objects(row: dict[str, Any], at: str) -> Objects:
    """The `objects` of a row; none where there are none. Raises `ObjectError` (AN004) for what is not their form."""
    given = row.get("objects")
    if given is None:
        return Objects()
    if not isinstance(given, dict):
        raise ObjectError("AN004", f"{at}/objects", shortened(given), "'objects' is no object with 'ref' and 'bbox'")
    kind = given.get("bbox_type") or "real"
    if kind not in ("real", "norm1"):
        raise ObjectError("AN004", f"{at}/objects/bbox_type", shortened(kind), "the unit is neither real nor norm1")
    lists = [given.get(name) or [] for name in ("ref", "bbox", "image_id")]
    for name, each in zip(("ref", "bbox", "image_id"), lists, strict=True):
        if not isinstance(each, list):
            raise ObjectError("AN004", f"{at}/objects/{name}", shortened(each), f"{name!r} is no list")
    words, boxes, pictures = lists
    return Objects(words, boxes, pictures, shares=kind == "norm1")

"""What makes an annotation of a COCO file have another box, or none: edits at its own place."""

from ...schemas.box import Box
from ...schemas.finding import Edit


def edits(file: str, at: str, box: Box | None) -> tuple[Edit, ...]:
    """The annotation's `bbox` as x, y, width, height in pixels, or the annotation away."""
    if box is None:
        return (Edit(file, at, "remove"),)
    sides = (box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1)
    return (Edit(file, f"{at}/bbox", "replace", [plain(each) for each in sides]),)


def plain(number: float) -> int | float:
    """A number as a person writes it: whole where it is whole, without the dust of a subtraction."""
    rounded = round(number, 6)
    return int(rounded) if rounded == int(rounded) else rounded

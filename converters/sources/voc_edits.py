"""What makes an object of a VOC file have another box, or none: edits at its own place."""

from ...schemas.box import Box
from ...schemas.finding import Edit, Fix
from .coco_edits import plain


def edits(file: str, at: str, box: Box | None) -> tuple[Edit, ...]:
    """The object's four corners in pixels as they stand, or the object away; `at` is the object or its `bndbox`."""
    thing = at.removesuffix("/bndbox")
    if box is None:
        return (Edit(file, thing, "remove"),)
    sides = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    return tuple(Edit(file, f"{thing}/bndbox/{name}", "replace", plain(value)) for name, value in sides)


def sized(file: str, width: int, height: int) -> Fix:
    """The picture's own size, in pixels, where a file says nought or nonsense."""
    said = (("width", width), ("height", height))
    edits = tuple(Edit(file, f"/annotation/size/{side}", "replace", value) for side, value in said)
    return Fix("safe", f"Write the picture's size, {width}x{height}", edits)

"""Which column of a table of boxes is what: by its name, by the user's word, or by place where there is no header.

Names are compared in lower case without anything but letters and digits: `x_min`, `XMin` and `x-min` are one. `width`
and `height` are the box's where the table has no right and bottom edge, else the picture's (TensorFlow's CSV has both
`width` and `xmax`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

_NAMES: Final = {
    "image": "image filename filepath imagepath imagename imagefile imageid path file fname name img imgname imgpath "
    "picture imgfile imageurl",
    "x1": "xmin x1 left x0 xtl bboxxmin bboxx1 minx bboxleft bboxx x xstart",
    "y1": "ymin y1 top y0 ytl bboxymin bboxy1 miny bboxtop bboxy y ystart",
    "x2": "xmax x2 right xbr bboxxmax bboxx2 maxx bboxright xend",
    "y2": "ymax y2 bottom ybr bboxymax bboxy2 maxy bboxbottom yend",
    "width": "bboxwidth boxwidth bboxw boxw w width",
    "height": "bboxheight boxheight bboxh boxh h height",
    "label": "label class classname labelname category categoryname object objectname tag type annotation name",
    "image_width": "imagewidth imgwidth imgw imagew picturewidth width",
    "image_height": "imageheight imgheight imgh imageh pictureheight height",
}
_LEFT_TOP: Final = ("x1", "y1")
_RIGHT_BOTTOM: Final = ("x2", "y2")
_SIDES: Final = ("width", "height")
ROLES: Final = tuple(_NAMES)
"""What a column can be, as `--columns ROLE=NAME` says it."""


class ColumnError(Exception):
    """A header that holds no boxes; the message says what is missing."""


class NoSuchColumnError(ColumnError):
    """A column that the user named and the header has not."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The place of each role in a row of `width` cells; `others` are the columns that are kept as attributes."""

    places: Mapping[str, int]
    others: Mapping[int, str] = field(default_factory=dict[int, str])
    header: bool = True
    width: int = 6

    def cell(self, row: Sequence[str], role: str) -> str:
        """The text in the column of that role, "" where the row or the table has none."""
        place = self.places.get(role)
        return row[place] if place is not None and place < len(row) else ""


def columns_of(first: Sequence[str], named: Mapping[str, str]) -> Columns:
    """The columns of a table from its first row; `named` is the user's {role: column name}.

    A first row of `path, x1, y1, x2, y2, class`, numbers in the middle or nothing but a path, is no header
    (keras-retinanet, https://github.com/fizyr/keras-retinanet). Raises `ColumnError` where picture, box or label is
    not to be found.
    """
    if not named and _is_retinanet(first):
        roles = ("image", "x1", "y1", "x2", "y2", "label")
        return Columns({role: place for place, role in enumerate(roles)}, header=False)
    plain = [re.sub("[^a-z0-9]", "", name.casefold()) for name in first]
    places = {role: _named(first, role, name) for role, name in named.items()}
    for role in _roles(plain, places):
        taken = set(places.values())
        found = (plain.index(name) for name in _NAMES[role].split() if name in plain)
        if role not in places and (place := next((place for place in found if place not in taken), None)) is not None:
            places[role] = place
    _check(places, first)
    others = {place: name for place, name in enumerate(first) if name and place not in places.values()}
    return Columns(places, others, width=len(first))


def _roles(plain: Sequence[str], places: Mapping[str, int]) -> list[str]:
    """The roles in the order in which they take their columns; the box's sides only where it has no far corner."""
    far = all(role in places or set(_NAMES[role].split()) & set(plain) for role in _RIGHT_BOTTOM)
    sides = _RIGHT_BOTTOM if far else _SIDES
    return [*_LEFT_TOP, *sides, "image", "label", "image_width", "image_height"]


def _named(first: Sequence[str], role: str, name: str) -> int:
    if name not in first:
        raise NoSuchColumnError(f"has no column {name!r} for {role}; it has {_listed(first)}")
    return first.index(name)


def _check(places: Mapping[str, int], first: Sequence[str]) -> None:
    missing = [role for role in ("image", *_LEFT_TOP, "label") if role not in places]
    if not (all(role in places for role in _RIGHT_BOTTOM) or all(role in places for role in _SIDES)):
        missing.append("x2 and y2, or width and height")
    if missing:
        raise ColumnError(f"no column for {', '.join(missing)}; it has {_listed(first)}")


def _listed(first: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in first[:12]) or "none"


def _is_retinanet(first: Sequence[str]) -> bool:
    if len(first) != 6 or not first[0]:
        return False
    return not any(first[1:]) or (all(map(_is_number, first[1:5])) and bool(first[5]))


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False

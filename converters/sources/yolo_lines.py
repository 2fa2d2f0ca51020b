"""One line of a YOLO label file: a class index and fractions of the picture's sides, in four forms.

    class cx cy w h [score]                    a box by its centre and size
    class x y x y x y … [score]                a polygon, three points or more (7, 9, 11 … values; one more: a score)
    class x y x y x y x y [score]              the four corners of a turned box, where the form is `obb`
    class cx cy w h x y [v] x y [v] … [score]  a box and K points of D numbers, where the form is `pose`

The first two may stand in one file and are told apart by their length alone; the last two look like the second, so the
data set as a whole says which of them it is (`yolo_form.py`). Coordinates here are fractions; a box is x1, y1, x2, y2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal, NamedTuple, NoReturn

import msgspec

from .object_error import ObjectError

Kind = Literal["detect", "segment", "obb", "pose"]
Corners = tuple[float, float, float, float]

_NOWHERE: Corners = (nan, nan, nan, nan)
_LONGEST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Form:
    """How lines are read. `points` and `dims` are the kpt_shape of `pose`: how many points, of how many numbers."""

    kind: Kind = "segment"
    points: int = 0
    dims: int = 0


class More(NamedTuple):
    """What an object has beyond its box, in fractions; `attributes` is JSON."""

    quad: list[float] | None = None
    polygon: list[float] | None = None
    keypoints: list[float] | None = None
    attributes: str | None = None


class Shape(NamedTuple):
    """One object: its place as `line:column`, the code of its class, its box in fractions."""

    at: str
    code: int
    box: Corners
    more: More | None = None


def parse(
    data: bytes, form: Form, codes: Mapping[bytes, int], last: str = ""
) -> tuple[list[Shape], list[ObjectError], bool]:
    """The shapes and the faults of a label file's bytes, and whether all its coordinates are over 1.

    `codes` gives the code of a class by its index as it is written; `last` says in words which indices there are.
    Lines without anything in them are none. A byte order mark, tabs and any line ends are read over.
    """
    shapes: list[Shape] = []
    faults: list[ObjectError] = []
    over = 0
    # Python reads 1_000 as a number, nobody else does; a file with an underscore takes the careful way
    careful = b"_" in data
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        cells = line.split()
        if len(cells) == 5 and not careful:
            code = codes.get(cells[0])
            if code is not None:
                try:
                    x, y, width, height = map(float, cells[1:])
                except ValueError:
                    pass
                else:
                    over += x > 1 and y > 1 and width > 1 and height > 1
                    across, down = width / 2, height / 2
                    shapes.append(Shape(f"{number}:1", code, (x - across, y - down, x + across, y + down)))
                    continue
        if cells:
            try:
                shape, outside = _shape(cells, line, number, form, codes, last)
            except ObjectError as fault:
                faults.append(fault)
            else:
                shapes.append(shape)
                over += outside
    return shapes, faults, over > 0 and over == len(shapes)


def cell_numbers(cells: list[bytes]) -> list[float] | None:
    """The cells as numbers, or None where one is none."""
    try:
        return None if any(b"_" in cell for cell in cells) else [float(cell) for cell in cells]
    except ValueError:
        return None


def _shape(
    cells: list[bytes], line: bytes, number: int, form: Form, codes: Mapping[bytes, int], last: str
) -> tuple[Shape, bool]:
    """One line's shape, and whether all its coordinates are over 1. Raises `ObjectError`."""
    values = cell_numbers(cells)
    if values is None:
        _not_a_number(cells, line, number)
    if len(cells) < 5:
        said = f"the line has {len(cells)} values; a class and the 4 numbers of a box are the least"
        raise ObjectError("AN023", f"{number}:1", _text(line), said)
    code = _code(cells[0], values[0], number, codes, last)
    return _drawn(values[1:], f"{number}:1", code, form), min(values[1:]) > 1


def _drawn(numbers: list[float], at: str, code: int, form: Form) -> Shape:
    """The shape of a line's numbers after its class. Raises `ObjectError`."""
    count, width = len(numbers), form.points * form.dims
    if count in (4, 5):
        return Shape(at, code, _box(numbers), _more(score=numbers[4:]))
    if form.kind == "pose":
        if count not in (4 + width, 5 + width):
            said = f"{count + 1} values; a class, a box and {form.points} points of {form.dims} numbers are {width + 5}"
            raise ObjectError("AN004" if count > width else "AN023", at, count + 1, said)
        points = _keypoints(numbers[4 : 4 + width], form.dims, at)
        return Shape(at, code, _box(numbers), _more(keypoints=points, score=numbers[4 + width :]))
    even = count - count % 2
    corners, score = numbers[:even], numbers[even:]
    if form.kind == "obb":
        if even != 8:
            said = f"{count + 1} values; a class and the 4 corners of a turned box are 9"
            raise ObjectError("AN004" if even > 8 else "AN023", at, count + 1, said)
        return Shape(at, code, _hull(corners), _more(quad=corners, score=score))
    return Shape(at, code, _hull(corners), _more(polygon=corners if form.kind == "segment" else None, score=score))


def _more(
    *,
    quad: list[float] | None = None,
    polygon: list[float] | None = None,
    keypoints: list[float] | None = None,
    score: list[float],
) -> More:
    attributes = msgspec.json.encode({"score": score[0]}).decode() if score else None
    return More(quad, polygon, keypoints, attributes)


def _box(numbers: list[float]) -> Corners:
    x, y, across, down = numbers[0], numbers[1], numbers[2] / 2, numbers[3] / 2
    return x - across, y - down, x + across, y + down


def _hull(corners: list[float]) -> Corners:
    """The box around the corners; NaN throughout where one is not finite, which min and max would lose."""
    if not all(map(isfinite, corners)):
        return _NOWHERE
    xs, ys = corners[0::2], corners[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _keypoints(numbers: list[float], dims: int, at: str) -> list[float]:
    """x, y, visibility a point. Without visibilities a point at 0, 0 or left of or above the picture is not there."""
    points: list[float] = []
    for i in range(0, len(numbers), dims):
        x, y = numbers[i], numbers[i + 1]
        seen = numbers[i + 2] if dims == 3 else 2.0 * (min(x, y) >= 0 and (x, y) != (0, 0))
        if seen not in (0, 1, 2):
            raise ObjectError("AN004", at, seen, f"the visibility of a point is {seen:g}, not 0, 1 or 2")
        points += (x, y, seen)
    return points


def _code(cell: bytes, value: float, number: int, codes: Mapping[bytes, int], last: str) -> int:
    """The code of a class index, which some tools write as 0.0."""
    if (code := codes.get(cell)) is not None:
        return code
    if not value.is_integer():
        raise ObjectError("AN004", f"{number}:1", _text(cell), f"class {_text(cell)} is no whole number")
    index = int(value)
    if (code := codes.get(b"%d" % index)) is None:
        raise ObjectError("AN019", f"{number}:1", index, f"class {str(index)[:_LONGEST_SHOWN]} has no name; {last}")
    return code


def _not_a_number(cells: list[bytes], line: bytes, number: int) -> NoReturn:
    """Raise `ObjectError` for the first cell that is no number."""
    start = 0
    for position, cell in enumerate(cells):
        start = line.index(cell, start)
        if cell_numbers([cell]) is None:
            dota = "; eight numbers and a word are DOTA's labelTxt, which `dota` reads" if position == 8 else ""
            commas = "; YOLO has spaces between its values" if b"," in cell else ""
            said = f"value {position + 1} is {_text(cell)!r}, not a number{dota}{commas}"
            raise ObjectError("AN004", f"{number}:{start + 1}", _text(cell), said)
        start += len(cell)
    raise AssertionError(cells)  # only called where one is none


def _text(cell: bytes) -> str:
    return cell[:_LONGEST_SHOWN].decode(errors="backslashreplace")

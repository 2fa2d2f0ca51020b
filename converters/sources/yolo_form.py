"""Which form the lines of a data set have: said by an option or the data set's own file, else shown by every line.

The rule, in this order:

1. `--labels` decides; `pose` needs a kpt_shape, from `--kpt-shape` or data.yaml.
2. kpt_shape in data.yaml means `pose`; `task` there means what it says.
3. Every line of the whole data set has 9 values (10 with a score): turned boxes, `obb`. One line of another length
   shows that the lines of 9 are polygons of four points.
4. Every line has the same length, and read as keypoints every point lies in its box: that may be either, so nothing
   is guessed and the user is asked.
5. All else is boxes and polygons, each line by its length.

Only a data set that might be 3 or 4 is read to its end for this: any other shows itself in its first lines.
"""

from collections.abc import Iterable
from itertools import pairwise

from ...schemas.errors import ConfigError, InputError
from .yolo_lines import Form, cell_numbers

KINDS = ("detect", "segment", "obb", "pose")
"""What `--labels` and `task` in data.yaml may say."""

_SLACK = 0.02
"""Fraction of the picture by which a point may lie outside its box: annotators' boxes are not exact."""


def parse_kpt_shape(said: str, place: str) -> tuple[int, int]:
    """`17,3` as 17 points of 3 numbers; `ConfigError` for anything else. At most 1000 points, 2 or 3 numbers each."""
    parts = [part.strip() for part in said.strip("[] ").split(",")]
    if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        points, dims = int(parts[0]), int(parts[1])
        if 1 <= points <= 1000 and dims in (2, 3):
            return points, dims
    raise ConfigError(place, f"{said[:40]!r} is no shape of keypoints", "Write points and numbers a point, as in 17,3.")


def stated_form(labels: str, kpt_shape: tuple[int, int] | None, task: str) -> Form | None:
    """The form that an option or the data set's file states, or None (rules 1 and 2)."""
    kind = next((each for each in KINDS if each == labels), None)
    if kind is None:
        kind = "pose" if kpt_shape else next((each for each in KINDS if each == task), None)
    if kind == "detect":
        return Form("detect")
    if kind == "segment":
        return Form("segment")
    if kind == "obb":
        return Form("obb")
    if kind is None:
        return None
    if kpt_shape is None:
        raise ConfigError(
            "--labels pose", "how many points an object has is not said", "Say it with --kpt-shape, as in 17,3."
        )
    return Form("pose", *kpt_shape)


def shown_form(files: Iterable[bytes], place: str) -> Form:
    """The form that the lines of all the files show (rules 3 to 5). `InputError` where it may be two."""
    length, lines, dims = 0, 0, {2, 3}
    for data in files:
        for line in data.removeprefix(b"\xef\xbb\xbf").splitlines():
            cells = line.split()
            if len(cells) < 5 or (numbers := cell_numbers(cells)) is None:
                continue  # no evidence; the reader rejects it
            if len(cells) in (5, 6) or length not in (0, len(cells)):
                return Form()
            length, lines = len(cells), lines + 1
            if length in (9, 10):
                continue
            dims = {each for each in dims if _could_be_pose(numbers[1:], each)}
            if not dims:
                return Form()
    if not length:
        return Form()
    if length in (9, 10):
        return Form("obb")
    shapes = " or ".join(f"--labels pose --kpt-shape {(length - 5) // each},{each}" for each in sorted(dims))
    raise InputError(
        place,
        f"every line has {length} values ({lines} lines): polygons, or boxes with keypoints",
        f"Say which: --labels segment, or {shapes}.",
    )


def _could_be_pose(numbers: list[float], dims: int) -> bool:
    """Whether the numbers can be a box and points of `dims` numbers, every point that is there in the box."""
    rest = numbers[4:]
    if len(rest) % dims:
        return False
    starts = pairwise(range(0, len(rest) + 1, dims))
    points = [rest[start:end] for start, end in starts]
    if dims == 3 and any(point[2] not in (0, 1, 2) for point in points):
        return False
    x, y, across, down = numbers[0], numbers[1], numbers[2] / 2 + _SLACK, numbers[3] / 2 + _SLACK
    there = [point for point in points if any(point[:2]) and (dims == 2 or point[2])]
    return bool(there) and all(abs(point[0] - x) <= across and abs(point[1] - y) <= down for point in there)

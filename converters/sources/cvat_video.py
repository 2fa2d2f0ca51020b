"""Tracks of "CVAT for video 1.1": what a track shows on the frames that there are pictures of.

The rule is CVAT's own (cvat/apps/dataset_manager/annotation.py, `TrackManager`): a shape stands from its frame to the
track's next; `outside="1"` means that it is gone until the next; between two shapes it moves: boxes, ellipses and
cuboids in a straight line with the rotation on its shorter way, skeletons joint by joint, other attributes those of
the shape before; after the last it stays where it is up to the task's last frame. CVAT writes every frame into its
exports, so only files that hold key frames alone are completed. There, polygons, polylines and points move point by
point where both shapes have as many (CVAT matches them along the outline: the corners between may differ) and stay
as they are where they have not; masks stay.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from .cvat_shapes import GEOMETRY


class Sight(NamedTuple):
    """One shape of a track on one frame; `at` is the element it is written in, or goes on from."""

    frame: int
    at: str
    shape: Element


def frame_of(element: Element) -> int | None:
    """The frame number of a shape, None where it is none."""
    text = element.get("frame", "")
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def shapes_of(parent: Element, at: str) -> Iterator[Sight]:
    """What is written in a track or an image, in the file's order; frame -1 where the number is none."""
    counts: Counter[str] = Counter()
    for element in parent:
        if element.tag != "attribute":
            counts[element.tag] += 1
            frame = frame_of(element)
            yield Sight(-1 if frame is None else frame, f"{at}/{element.tag}[{counts[element.tag]}]", element)


def sights(written: Sequence[Sight], frames: Sequence[int], last: int | None) -> Iterator[Sight]:
    """What a track shows on each of `frames` (sorted), but for the frames on which it is gone.

    `written` are its shapes in the order of their frames; `last` is the task's last frame, None where it is unknown.
    """
    starts = [each.frame for each in written]
    for frame in frames:
        before = bisect_right(starts, frame) - 1
        if before < 0 or written[before].shape.get("outside") == "1":
            continue
        here = written[before]
        if here.frame == frame:
            yield here
        elif before + 1 < len(written):
            after = written[before + 1]
            share = (frame - here.frame) / (after.frame - here.frame)
            yield Sight(frame, here.at, between(here.shape, after.shape, share))
        elif last is None or frame <= last:
            yield Sight(frame, here.at, here.shape)


def between(before: Element, after: Element, share: float) -> Element:
    """The shape at that share (0 to 1) of the way from one to the other; `before` itself where it cannot move."""
    if before.tag != after.tag or before.tag == "mask":
        return before
    moved = Element(before.tag, {**before.attrib, **_moved(before, after, share)})
    joints = {each.get("label"): each for each in after.findall("points")} if before.tag == "skeleton" else {}
    for child in before:
        other = joints.get(child.get("label")) if child.tag == "points" else None
        moved.append(child if other is None else between(child, other, share))
    return moved


def _moved(before: Element, after: Element, share: float) -> dict[str, str]:
    moved: dict[str, str] = {}
    for name in before.attrib.keys() | after.attrib.keys():
        if name in GEOMETRY:
            default = "0" if name == "rotation" else ""
            start, end = before.get(name, default), after.get(name, default)
            move = _turn if name == "rotation" else _move
            if (value := move(start, end, share)) is not None:
                moved[name] = value
    return moved


def _numbers(text: str) -> list[float]:
    return [float(value) for value in re.split("[,;]", text)]


def _move(start: str, end: str, share: float) -> str | None:
    """A number or `x,y;x,y` on the straight way; None where the two do not match or are no numbers."""
    try:
        numbers, goals = _numbers(start), _numbers(end)
    except ValueError:
        return None
    if len(numbers) != len(goals):
        return None
    values = [repr(a + (b - a) * share) for a, b in zip(numbers, goals, strict=True)]
    return ";".join(",".join(values[i : i + 2]) for i in range(0, len(values), 2))


def _turn(start: str, end: str, share: float) -> str | None:
    """Degrees on the shorter way round."""
    try:
        a, b = float(start), float(end)
    except ValueError:
        return None
    return repr((a + ((b - a + 180) % 360 - 180) * share) % 360)

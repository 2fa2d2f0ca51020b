"""Plane geometry against its sources: Pillow for orientation, the browser's formula for rotation."""

from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.schemas.box import Box, hull, iou, rotated_corners, turn_boxes, turn_points, upright_size
from PIL import Image, ImageOps

SIDES = st.integers(1, 12)
ORIENTATIONS = st.integers(1, 8)
PIXELS = st.floats(-1e5, 1e5, allow_nan=False)


@st.composite
def patches(draw):
    """A stored picture's size, and a box of whole pixels in it."""
    width, height = draw(SIDES), draw(SIDES)
    x1, y1 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return width, height, (x1, y1, draw(st.integers(x1 + 1, width)), draw(st.integers(y1 + 1, height)))


def shown(width, height, box, orientation):
    """A black picture with a white box, as Pillow turns it."""
    picture = Image.new("L", (width, height))
    picture.paste(255, box)
    picture.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(picture)


@given(patch=patches(), orientation=ORIENTATIONS)
def test_boxes_turn_as_pillow_turns_pixels(patch, orientation):
    width, height, box = patch
    turned = shown(width, height, box, orientation)
    assert turned.size == upright_size(orientation, width, height)
    [found] = turn_boxes(np.array([box], dtype=np.float64), orientation, width, height).tolist()
    assert tuple(found) == turned.getbbox()


@given(patch=patches(), orientation=ORIENTATIONS)
def test_points_turn_as_pillow_turns_pixels(patch, orientation):
    """The middle of one white pixel is the middle of one white pixel."""
    width, height, (x, y, _, _) = patch
    turned = shown(width, height, (x, y, x + 1, y + 1), orientation)
    [[across, down]] = turn_points(np.array([[x + 0.5, y + 0.5]]), orientation, width, height).tolist()
    assert turned.getbbox() == (across - 0.5, down - 0.5, across + 0.5, down + 0.5)


@given(patch=patches(), orientation=ORIENTATIONS)
def test_turning_back_gives_the_box_again(patch, orientation):
    width, height, box = patch
    boxes = np.array([box], dtype=np.float64)
    back = {6: 8, 8: 6}.get(orientation, orientation)
    turned = turn_boxes(boxes, orientation, width, height)
    assert np.array_equal(turn_boxes(turned, back, *upright_size(orientation, width, height)), boxes)


def test_turning_nothing_gives_nothing():
    assert turn_points(np.empty((0, 2)), 6, 4, 3).shape == (0, 2)
    assert turn_boxes(np.empty((0, 4)), 6, 4, 3).shape == (0, 4)


def oracle(value, width, height):
    """The formula that was checked against the labelling tool's own drawing."""
    x, y = value["x"] / 100 * width, value["y"] / 100 * height
    w, h = value["width"] / 100 * width, value["height"] / 100 * height
    c, s = cos(radians(value["rotation"])), sin(radians(value["rotation"]))
    return [x, y, x + w * c, y + w * s, x + w * c - h * s, y + w * s + h * c, x - h * s, y + h * c]


@given(
    x=st.floats(0, 100),
    y=st.floats(0, 100),
    width=st.floats(0, 100),
    height=st.floats(0, 100),
    rotation=st.floats(-720, 720),
    size=st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
)
def test_rotated_corners_are_the_labelling_tools(x, y, width, height, rotation, size):
    expected = oracle({"x": x, "y": y, "width": width, "height": height, "rotation": rotation}, *size)
    across, down = size
    found = rotated_corners(x / 100 * across, y / 100 * down, width / 100 * across, height / 100 * down, rotation)
    assert found == pytest.approx(expected, abs=1e-6)


def test_rotation_is_clockwise_about_the_first_corner():
    assert rotated_corners(10, 20, 4, 2, 0) == [10, 20, 14, 20, 14, 22, 10, 22]
    assert rotated_corners(10, 20, 4, 2, 90) == pytest.approx([10, 20, 10, 24, 8, 24, 8, 20])


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(-720, 720))
def test_rotation_keeps_sides_and_area(width, height, degrees):
    corners = np.array(rotated_corners(3, 5, width, height, degrees)).reshape(4, 2)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    assert sides == pytest.approx([width, height, width, height], abs=1e-6)


@given(st.lists(st.tuples(PIXELS, PIXELS), min_size=1, max_size=9))
def test_the_hull_is_the_smallest_box_around(points):
    box = hull([number for point in points for number in point])
    assert all(box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 for x, y in points)
    assert {box.x1, box.x2} <= {x for x, _ in points}
    assert {box.y1, box.y2} <= {y for _, y in points}


def test_overlap_by_hand():
    assert iou(Box(0, 0, 2, 2), Box(1, 1, 3, 3)) == 1 / 7
    assert iou(Box(0, 0, 2, 2), Box(2, 0, 4, 2)) == 0
    assert iou(Box(0, 0, 2, 2), Box(5, 5, 6, 6)) == 0
    assert iou(Box(1, 1, 1, 1), Box(1, 1, 1, 1)) == 0
    assert iou(Box(0, 0, 4, 4), Box(1, 1, 3, 3)) == 0.25


@st.composite
def boxes(draw):
    x1, x2 = sorted((draw(PIXELS), draw(PIXELS)))
    y1, y2 = sorted((draw(PIXELS), draw(PIXELS)))
    return Box(x1, y1, x2, y2)


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_a_share(first, second):
    found = iou(first, second)
    assert found == iou(second, first)
    assert 0 <= found <= 1


def test_orientations_are_the_eight_of_the_square():
    """Turning a full circle in quarter turns comes back; each of the eight is another way to lay the picture."""
    corner = np.array([[0.0, 0.0], [4.0, 0.0]])
    assert len({turn_points(corner, each, 4, 3).tobytes() for each in range(1, 9)}) == 8
    point, size = np.array([[1.0, 0.5]]), (4, 3)
    for _ in range(4):
        point, size = turn_points(point, 6, *size), upright_size(6, *size)
    assert point.tolist() == [[1.0, 0.5]]

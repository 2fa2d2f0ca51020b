"""Grids: the pinned formulas to the bit, and the bound of the way there and back."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.schemas.grid import decode, encode, error_bound

GRIDS = st.sampled_from([(1000, 999), (1000, 1000), (999, 999), (100, 99), (32, 31), (8192, 8191)])
ROUNDINGS = st.sampled_from(["nearest", "floor"])
SIZES = st.integers(1, 100_000)


@st.composite
def places(draw):
    """A size in pixels, and places in it: any, whole, on the lines of the grid and hard by them."""
    size = draw(SIZES)
    steps, top = draw(GRIDS)
    line = draw(st.integers(0, 2 * steps)) * size / (2 * steps)
    place = draw(
        st.floats(0, size)
        | st.integers(0, size).map(float)
        | st.sampled_from([line, np.nextafter(line, 0), min(np.nextafter(line, size), size)])
    )
    return float(place), float(size), steps, top


def one(place, size, steps, top, rounding):
    return int(encode(np.array([place]), np.array([size]), steps=steps, top=top, rounding=rounding)[0])


@given(places(), ROUNDINGS)
def test_there_and_back_within_the_bound(case, rounding):
    place, size, steps, top = case
    grid = one(place, size, steps, top, rounding)
    assert 0 <= grid <= top
    back = float(decode(np.array([grid]), np.array([size]), steps=steps)[0])
    bound = error_bound(size, steps=steps, top=top, rounding=rounding)
    assert abs(Fraction(back) - Fraction(place)) <= Fraction(bound) * (1 + Fraction(1, 10**9))


@given(places())
def test_the_pinned_formulas_to_the_bit(case):
    """In plain Python floats, which are float64."""
    place, size, steps, top = case
    assert one(place, size, steps, top, "nearest") == min(max(floor(place * steps / size + 0.5), 0), top)
    assert one(place, size, steps, top, "floor") == min(max(floor(place * steps / size), 0), top)


@given(size=SIZES, steps_top=GRIDS, rounding=ROUNDINGS)
def test_the_bound_is_reached_and_no_larger_than_a_step(size, steps_top, rounding):
    steps, top = steps_top
    bound = error_bound(size, steps=steps, top=top, rounding=rounding)
    assert size / steps / 2 <= bound <= size / steps * (1 + 1e-9)


@given(size=SIZES, grid=st.integers(0, 999))
def test_a_grid_line_comes_back_as_itself(size, grid):
    """Nearest is stable: what was decoded is encoded to the same integer, so decoding loses nothing further."""
    place = decode(np.array([grid]), np.array([float(size)]), steps=1000)
    assert encode(place, np.array([float(size)]), steps=1000, top=999, rounding="nearest").tolist() == [grid]


@given(size=SIZES, pair=st.tuples(st.floats(0, 1), st.floats(0, 1)), rounding=ROUNDINGS)
def test_order_is_kept(size, pair, rounding):
    first, second = sorted(share * size for share in pair)
    assert one(first, float(size), 1000, 999, rounding) <= one(second, float(size), 1000, 999, rounding)


@pytest.mark.parametrize(
    ("place", "size", "rounding", "expected"),
    [
        (0.0, 640, "nearest", 0),
        (320.0, 640, "nearest", 500),
        (639.9, 640, "nearest", 999),  # 1000 on the line, clamped
        (640.0, 640, "floor", 999),
        (639.0, 640, "floor", 998),
        (-5.0, 640, "nearest", 0),
        (700.0, 640, "floor", 999),
        (0.32, 640, "nearest", 1),  # a half goes up
        (0.96, 640, "nearest", 2),  # and so does the next: half up, not half to even
        (1e300, 640, "nearest", 999),
        (-1e300, 640, "floor", 0),
    ],
)
def test_by_hand(place, size, rounding, expected):
    assert one(place, float(size), 1000, 999, rounding) == expected


def test_sizes_broadcast_over_boxes():
    boxes = np.array([[0.0, 0.0, 64.0, 48.0], [32.0, 24.0, 64.0, 48.0]])
    grid = encode(boxes, np.array([64.0, 48.0, 64.0, 48.0]), steps=1000, top=999, rounding="nearest")
    assert grid.tolist() == [[0, 0, 999, 999], [500, 500, 999, 999]]
    assert grid.dtype == np.int64
    assert decode(grid, np.array([64.0, 48.0, 64.0, 48.0]), steps=1000)[1].tolist() == [32.0, 24.0, 63.936, 47.952]

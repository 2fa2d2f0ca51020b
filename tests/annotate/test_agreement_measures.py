"""The measures of agreement, each held against a computation of another kind, or against its author's own figures."""

from collections import Counter
from itertools import permutations
from math import cos, hypot, pi, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.assignment import best_pairs
from mmdata.annotate.edit_distance import edit_distance, likeness
from mmdata.annotate.kappa import cohen, fleiss
from mmdata.annotate.overlap import Shape, overlap
from mmdata.converters import rle
from mmdata.schemas.box import Box, hull, iou, rotated_corners


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    values = st.one_of(st.just(0.0), st.sampled_from([0.25, 0.5, 1.0, -1.0]), st.floats(0, 10))
    return np.array(draw(st.lists(values, min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)


def by_trying_all(weights: np.ndarray) -> float:
    tall = weights if weights.shape[0] <= weights.shape[1] else weights.T
    count, width = tall.shape
    return max(sum(max(tall[i, j], 0.0) for i, j in enumerate(order)) for order in permutations(range(width), count))


@settings(deadline=None)
@given(tables())
def test_no_assignment_is_better(weights: np.ndarray) -> None:
    pairs = best_pairs(weights)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(weights[i, j] > 0 for i, j in pairs)
    assert sum(weights[i, j] for i, j in pairs) == pytest.approx(by_trying_all(weights))


def test_a_greedy_choice_is_not_taken() -> None:
    assert best_pairs(np.array([[0.9, 0.8], [0.8, 0.0]])) == [(0, 1), (1, 0)]


def test_many_boxes_are_assigned() -> None:
    order = np.random.default_rng(0).permutation(80)
    weights = np.full((80, 80), 0.01)
    weights[np.arange(80), order] = 1.0
    assert best_pairs(weights) == list(enumerate(order.tolist()))


sides = st.floats(1, 50)
places = st.floats(-20, 60)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(places), draw(places)
    return Box(x, y, x + draw(sides), y + draw(sides))


def as_ring(box: Box) -> Shape:
    return Shape(box, (box.x1, box.y1, box.x2, box.y1, box.x2, box.y2, box.x1, box.y2))


@settings(deadline=None)
@given(boxes(), boxes())
def test_boxes_as_rings_overlap_as_boxes(one: Box, other: Box) -> None:
    assert overlap(as_ring(one), Shape(other)) == pytest.approx(iou(one, other), abs=1e-9)
    assert overlap(as_ring(one), as_ring(other)) == pytest.approx(iou(one, other), abs=1e-9)


@settings(deadline=None)
@given(boxes(), boxes(), st.floats(-180, 180))
def test_turning_both_changes_nothing(one: Box, other: Box, degrees: float) -> None:
    def turned(box: Box) -> Shape:
        angle = degrees * pi / 180
        ring = tuple(
            axis
            for x, y in zip(*[iter(as_ring(box).ring or ())] * 2, strict=True)
            for axis in (x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle))
        )
        return Shape(hull(ring), ring)

    assert overlap(turned(one), turned(other)) == pytest.approx(iou(one, other), abs=1e-7)
    assert overlap(turned(other), turned(one)) == pytest.approx(overlap(turned(one), turned(other)), abs=1e-9)


def test_what_is_turned_is_no_hull() -> None:
    ring = tuple(rotated_corners(0, 0, 10, 10, 45))
    diamond = Shape(hull(ring), ring)
    assert overlap(diamond, Shape(hull(ring))) == pytest.approx(0.5)


def grid_overlap(one: list[float], other: list[float], cells: int = 400) -> float:
    """By counting cells whose middle is inside, with the even-odd rule."""
    middles = (np.arange(cells) + 0.5) * (100 / cells)
    x, y = np.meshgrid(middles, middles)

    def inside(ring: list[float]) -> np.ndarray:
        found = np.zeros(x.shape, dtype=bool)
        points = list(zip(ring[0::2], ring[1::2], strict=True))
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True):
            with np.errstate(divide="ignore", invalid="ignore"):
                found ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        return found

    first, second = inside(one), inside(other)
    return float((first & second).sum() / max(1, (first | second).sum()))


@st.composite
def stars(draw: st.DrawFn) -> list[float]:
    """A ring about a point, with dents, that never crosses itself."""
    middle = draw(st.tuples(st.floats(35, 65), st.floats(35, 65)))
    radii = draw(st.lists(st.floats(5, 30), min_size=3, max_size=9))
    angles = [2 * pi * index / len(radii) for index in range(len(radii))]
    ring = [(middle[0] + r * cos(a), middle[1] + r * sin(a)) for r, a in zip(radii, angles, strict=True)]
    if draw(st.booleans()):
        ring.reverse()
    return [axis for point in ring for axis in point]


@settings(deadline=None)
@given(stars(), stars())
def test_dented_polygons_overlap_as_their_cells_do(one: list[float], other: list[float]) -> None:
    exact = overlap(Shape(hull(one), tuple(one)), Shape(hull(other), tuple(other)))
    assert exact == pytest.approx(grid_overlap(one, other), abs=0.02)


def test_masks_overlap_by_their_pixels() -> None:
    first, second = np.zeros((8, 9), dtype=bool), np.zeros((8, 9), dtype=bool)
    first[1:5, 1:5], second[3:7, 1:5] = True, True
    shapes = [Shape(Box(1, y, 5, y + 4), mask=rle.encode(mask)) for y, mask in ((1, first), (3, second))]
    assert overlap(*shapes) == pytest.approx(8 / 24)


def test_what_is_no_number_overlaps_with_nothing() -> None:
    nothing = Shape(Box(float("nan"), 0, 1, 1))
    assert overlap(nothing, nothing) == 0.0


# Cohen's and Fleiss' kappas, from their own tables and from the definition


def test_kappa_of_two_is_that_of_the_textbook() -> None:
    # 50 proposals, read by two: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no give 0.7 observed, 0.5 by chance
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert cohen(pairs) == pytest.approx(0.4)


def test_kappa_of_many_is_that_of_fleiss() -> None:
    # ten subjects, fourteen raters, five categories: kappa 0.210
    table = [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
        *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ]
    items = [[category for category, count in enumerate(row) for _ in range(count)] for row in table]
    assert fleiss(items) == pytest.approx(0.20993, abs=1e-5)


answers = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)


@settings(deadline=None)
@given(answers)
def test_cohens_kappa_by_its_table(pairs: list[tuple[str, str]]) -> None:
    table = np.zeros((3, 3))
    for one, other in pairs:
        table["abc".index(one), "abc".index(other)] += 1 / len(pairs)
    expected = float(table.sum(axis=1) @ table.sum(axis=0))
    if expected > 1 - 1e-12:
        assert cohen(pairs) is None
    else:
        assert cohen(pairs) == pytest.approx((np.trace(table) - expected) / (1 - expected))
    assert cohen(pairs) == cohen([(other, one) for one, other in pairs])


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=12), st.randoms())
def test_fleiss_kappa_knows_no_order(items: list[list[str]], random: object) -> None:
    mixed = [list(each) for each in items]
    for each in mixed:
        random.shuffle(each)  # type: ignore[attr-defined]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert fleiss(mixed) == fleiss(items)


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.integers(2, 4))
def test_who_always_agrees_has_a_kappa_of_one_or_none(items: list[str], people: int) -> None:
    same = [[item] * people for item in items]
    assert fleiss(same) == (1.0 if len(Counter(items)) > 1 else None)
    assert cohen([(item, item) for item in items]) == (1.0 if len(Counter(items)) > 1 else None)


# texts


def distance_by_table(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


words = st.text(st.sampled_from("abcé字 "), max_size=12)


@settings(deadline=None)
@given(words, words)
def test_the_distance_of_texts_is_that_of_the_table(one: str, other: str) -> None:
    assert edit_distance(one, other) == distance_by_table(one, other) == edit_distance(other, one)


def test_the_distance_of_long_texts() -> None:
    one, other = "kitten" * 40, "sitting" * 40
    assert edit_distance(one, other) == distance_by_table(one, other)


def test_texts_are_alike_whatever_composes_their_letters() -> None:
    assert likeness("caf\u00e9  au\tlait ", "cafe\u0301 au lait") == 1.0
    assert likeness("", "") == 1.0
    assert likeness("abcd", "") == 0.0
    assert likeness("abcd", "abce") == 0.75


def test_far_shapes_need_no_clipping() -> None:
    ring = tuple(hypot(1, 1) * each for each in (0, 0, 1, 0, 1, 1))
    assert overlap(Shape(hull(ring), ring), Shape(Box(50, 50, 60, 60))) == 0.0

"""Run-length masks: round trips by property, what pycocotools 2.0.11 makes of the same masks, and arbitrary damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mmdata.converters import rle
from mmdata.converters.rle import RleError
from mmdata.schemas.box import Box

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 20), st.integers(1, 20)))

THEIRS = [  # height, width, and what pycocotools gives: compressed runs, area, x, y, width, height of toBbox
    (1, 1, "1", 0, None),
    (1, 1, "01", 1, (0, 0, 1, 1)),
    (3, 4, "0130N0002", 4, (0, 0, 3, 3)),
    (5, 2, "1152", 4, (0, 1, 2, 4)),
    (100, 3, "091O14OJ0n00mN01050O00040M05090H0K0d00]O080F0L0N14Oe01WO09", 271, (0, 0, 3, 100)),
    (40, 60, "o21<0L0j00RO0i00N0<1k2OA0^N0eN0h00SO0U20fM0]10ZN0Y20fN0:080`10aM0O0e00d10WM0M0`00M0c00l40`K0VO0K0k20"
     "iN0\\10`M0>0RO0Y1050^20TL0;0`1", 48, (2, 0, 57, 40)),
]  # fmt: skip


def by_hand(mask: np.ndarray) -> Box | None:
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return None
    return Box(float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


@given(masks)
def test_a_mask_comes_back(mask: np.ndarray) -> None:
    text = rle.encode(mask)
    assert (rle.decode(text, *mask.shape) == mask).all()
    assert rle.area(text) == mask.sum()
    assert rle.box(text, mask.shape[0]) == by_hand(mask)


@given(masks)
def test_runs_stand_column_by_column_and_begin_empty(mask: np.ndarray) -> None:
    counts = rle.counts_of_mask(mask)
    flat = [bool(pixel) for column in mask.T for pixel in column]
    said = [place % 2 == 1 for place, count in enumerate(counts.tolist()) for _ in range(count)]
    assert said == flat and (counts[1:] > 0).all()


@given(st.lists(st.integers(0, 2**40), max_size=30))
def test_any_runs_come_back(counts: list[int]) -> None:
    assert rle.counts_of(rle.text_of(counts)).tolist() == counts


@pytest.mark.parametrize(("height", "width", "text", "area", "xywh"), THEIRS)
def test_others_say_the_same(
    height: int, width: int, text: str, area: int, xywh: tuple[int, int, int, int] | None
) -> None:
    mask = rle.decode(text, height, width)
    assert rle.encode(mask) == text
    assert rle.area(text) == area
    found = rle.box(text, height)
    assert (found and (found.x1, found.y1, found.x2 - found.x1, found.y2 - found.y1)) == xywh


@given(st.text(max_size=30), st.integers(0, 50), st.integers(0, 50))
def test_any_text_is_a_mask_or_is_told_why_not(text: str, height: int, width: int) -> None:
    try:
        mask = rle.decode(text, height, width)
    except RleError as error:
        assert str(error)
    else:
        assert mask.shape == (height, width)


@given(st.text([chr(48 + value) for value in range(64)], max_size=40))
def test_any_runs_of_the_right_letters_are_sound_or_told(text: str) -> None:
    try:
        counts = rle.counts_of(text)
    except RleError as error:
        assert str(error)
    else:
        assert rle.counts_of(rle.text_of(counts)).tolist() == counts.tolist()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([3, 2], "cover 5 pixels"),
        ([-1, 7], "a run of -1"),
        ([2**70], "longer than any picture"),
        ([2**62, 2**62, 2**62, 2**62], "a run of"),
        ([], "cover 0 pixels"),
    ],
)
def test_runs_of_another_picture_are_told(counts: list[int], said: str) -> None:
    with pytest.raises(RleError, match=said):
        rle.checked(counts, 2, 3)


def test_a_mask_without_pixels_has_no_box() -> None:
    assert rle.box("", 5) is None and rle.box([], 5) is None and rle.area("") == 0

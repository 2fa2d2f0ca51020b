"""COCO's run-length encoding of masks (cocodataset.org, "Data format"; cocoapi, common/maskApi.c), both ways.

A mask of height x width is read column by column, from the top of the left one on: `counts` are how many pixels are
empty, then painted, then empty …, so the first is 0 where the first pixel is painted; they sum to height · width.
Compressed, each count from the fourth on is the difference to the one two before it, and every number is written in
groups of five bits, lowest first, as the character 48 + group, + 32 where another group follows; the highest bit of
the last group is the sign.
Known lies: `size` is height, width, the other way round than everywhere else in the file; a count of 0 may stand in
the middle; some writers give runs row by row, which cannot be seen in them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..schemas.box import Box

Counts = NDArray[np.int64]

_MOST_GROUPS = 10
"""Groups a number: 50 bits, more pixels than any picture has, so that no shift leaves 64 bits."""


class RleError(ValueError):
    """Runs that are no mask of the picture; the message says why."""


def encode(mask: NDArray[np.bool_]) -> str:
    """The compressed runs of a mask, height x width."""
    return text_of(counts_of_mask(mask))


def decode(text: str, height: int, width: int) -> NDArray[np.bool_]:
    """The mask, height x width, of compressed runs. Raises `RleError` where they are none of that size."""
    counts = checked(counts_of(text), height, width)
    painted = np.arange(len(counts)) % 2 == 1
    return np.repeat(painted, counts).reshape(width, height).T


def counts_of_mask(mask: NDArray[np.bool_]) -> Counts:
    """The runs of a mask, height x width: empty, painted, empty … pixels."""
    flat = np.ascontiguousarray(mask.T).reshape(-1)
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    start = [0, 0] if len(flat) and flat[0] else [0]
    return np.diff(np.concatenate([start, edges, [len(flat)]])).astype(np.int64)


def counts_of(text: str) -> Counts:
    """The runs that compressed ones stand for. Raises `RleError` where the text is no such thing."""
    groups = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8).astype(np.int64) - 48
    if not len(groups):
        return np.empty(0, np.int64)
    if groups.min() < 0 or groups.max() > 63:
        wrong = next(letter for letter in text if not 48 <= ord(letter) < 112)
        raise RleError(f"{wrong!a} is no character of compressed runs")
    last = (groups & 32) == 0
    if not last[-1]:
        raise RleError("the compressed runs end in the middle of a number")
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(len(groups)) - np.repeat(starts, ends - starts + 1)
    if int(place.max()) >= _MOST_GROUPS:
        raise RleError(f"a number of the compressed runs has more than {_MOST_GROUPS} characters")
    numbers = np.add.reduceat((groups & 31) << (5 * place), starts)
    numbers -= np.where(groups[ends] & 16, np.int64(1) << (5 * (ends - starts + 1)), 0)
    counts = numbers.copy()
    counts[1::2] = np.cumsum(numbers[1::2])
    counts[2::2] = np.cumsum(numbers[2::2])
    return counts


def text_of(counts: Counts | Sequence[int]) -> str:
    """Runs compressed; the other way round than `counts_of`."""
    numbers = np.array(counts, np.int64)
    numbers[3:] -= np.asarray(counts, np.int64)[1:-2]
    letters = bytearray()
    for number in numbers.tolist():
        rest, more = number, True
        while more:
            group, rest = rest & 31, rest >> 5
            more = rest != (-1 if group & 16 else 0)
            letters.append(48 + group + 32 * more)
    return letters.decode("ascii")


def checked(counts: Counts | Sequence[int], height: int, width: int) -> Counts:
    """The runs, if they are a mask of height x width; else `RleError`."""
    try:
        runs = np.asarray(counts, np.int64)
    except OverflowError:
        raise RleError("a run is longer than any picture") from None
    if len(runs) and int(runs.min()) < 0:
        raise RleError(f"a run of {int(runs.min())} pixels")
    if len(runs) and int(runs.max()) > height * width:
        raise RleError(f"a run of {int(runs.max())} pixels, the picture has {height * width}")
    if (total := int(runs.sum())) != height * width:
        raise RleError(f"the runs cover {total} pixels, the picture of {width}x{height} has {height * width}")
    return runs


def area(rle: str | Counts) -> int:
    """How many pixels are painted."""
    return int((counts_of(rle) if isinstance(rle, str) else rle)[1::2].sum())


def box(rle: str | Counts, height: int) -> Box | None:
    """The box around all painted pixels, in pixels; None where nothing is painted. `height` is the mask's.

    The outer edges of the pixels, so that width and height are those of pycocotools' `toBbox`.
    """
    counts = counts_of(rle) if isinstance(rle, str) else np.asarray(rle, np.int64)
    ends = np.cumsum(counts)[1::2]
    runs = counts[1::2]
    ends, runs = ends[runs > 0], runs[runs > 0]
    if not len(ends) or height < 1:
        return None
    first, last = ends - runs, ends - 1
    left, right = first // height, last // height
    several = right > left  # a run over a column's end touches the picture's top and bottom
    top = 0 if several.any() else int((first % height).min())
    bottom = height if several.any() else int((last % height).max()) + 1
    return Box(float(left.min()), float(top), float(right.max() + 1), float(bottom))

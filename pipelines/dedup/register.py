"""Registering: how one picture must be moved to lie over another.

Forward additive steps of Lucas and Kanade (Baker and Matthews, IJCV 2004) for an affine map, a gain and an offset, over
a pyramid; a point that differs by more than most weighs less (Cauchy's weight), so that what changed in one place does
not pull the rest. Coordinates run from -1 to 1 over a picture, whatever its pixels.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

LEVELS = 3
ROUNDS = 8
FARTHEST = 0.6
"""No part of a map may be farther from that which moves nothing; beyond it has lost its way."""

_STEP = 0.1
_STILL = 3e-4


def register(fixed: Floats, moved: Floats) -> Floats | None:
    """The map (2 x 3, without its identity) from points of `fixed` to those of `moved`; None where none was found."""
    pyramid = [(fixed, moved)]
    for _ in range(LEVELS - 1):
        pyramid.append((half(pyramid[-1][0]), half(pyramid[-1][1])))
    move: Floats = np.zeros((2, 3))
    for level in reversed(pyramid):
        move = _refined(_evened(level[0]), _evened(level[1]), move)
        if not np.isfinite(move).all() or np.abs(move).max() > FARTHEST:
            return None
    return move


def half(grey: Floats) -> Floats:
    """A picture of half the side."""
    side = len(grey) // 2
    return np.asarray(grey.reshape(side, 2, side, 2).mean(axis=(1, 3)))


@lru_cache(maxsize=8)
def grid(side: int) -> tuple[Floats, Floats]:
    """The points of a picture: how far across, how far down, each from -1 to 1."""
    line = (np.arange(side) + 0.5) * 2 / side - 1
    down, across = np.meshgrid(line, line, indexing="ij")
    return across.reshape(-1), down.reshape(-1)


def mapped(across: Floats, down: Floats, move: Floats) -> tuple[Floats, Floats]:
    """Where points lie after a move."""
    return (
        across + move[0, 0] * across + move[0, 1] * down + move[0, 2],
        down + move[1, 0] * across + move[1, 1] * down + move[1, 2],
    )


def sampled(grey: Floats, across: Floats, down: Floats) -> Floats:
    """The levels at points, between pixels by their four neighbours, beyond the edge those of the edge."""
    side = len(grey)
    column, row = (np.clip((each + 1) * (side / 2) - 0.5, 0, side - 1.001) for each in (across, down))
    left, top = column.astype(np.intp), row.astype(np.intp)
    right_part, lower_part = column - left, row - top
    flat, at = grey.reshape(-1), top * side + left
    upper = flat[at] * (1 - right_part) + flat[at + 1] * right_part
    lower = flat[at + side] * (1 - right_part) + flat[at + side + 1] * right_part
    return np.asarray(upper * (1 - lower_part) + lower * lower_part)


def _evened(grey: Floats) -> Floats:
    return np.asarray((grey - grey.mean()) / (grey.std() + 1e-6))


def _refined(fixed: Floats, moved: Floats, move: Floats) -> Floats:
    """Steps from `move` on, until they are small."""
    across, down = grid(len(fixed))
    slopes = np.gradient(moved, 2 / len(fixed))
    wanted = fixed.reshape(-1)
    for _ in range(ROUNDS):
        there = mapped(across, down, move)
        inside = (np.abs(there[0]) < 1) & (np.abs(there[1]) < 1)
        if inside.sum() < len(wanted) / 4:
            break
        laid, slope_down, slope_across = (sampled(each, *there) for each in (moved, slopes[0], slopes[1]))
        causes = [slope_across * across, slope_across * down, slope_across]
        causes += [slope_down * across, slope_down * down, slope_down]
        matrix = np.stack([*causes, laid, np.ones_like(laid)])
        off = wanted - laid
        usual = 1.5 * np.median(np.abs(off[inside])) + 1e-3
        weighed = matrix * (inside / (1 + (off / usual) ** 2))
        normal = weighed @ matrix.T
        normal[np.diag_indices(8)] += 1e-5 * np.trace(normal)
        step = np.linalg.solve(normal, weighed @ off)[:6].reshape(2, 3)
        move = move + np.clip(step, -_STEP, _STEP)
        if np.abs(step).max() < _STILL:
            break
    return move

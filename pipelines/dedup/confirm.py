"""Confirming: whether two pictures whose hashes are near show the same, by laying one over the other.

The second picture is registered to the first (an affine map with gain and offset, Gauss and Newton's steps over a
pyramid from 16 to 64 pixels, patches that differ weighing less), so that small cuts, shifts of a hand-held camera,
other sizes and brightness do not count. Then what is left of both at 128 pixels without their slow shades, where
receipts and products on white are all alike, is correlated, as a whole and window by window: one card or one line of
a receipt that is another lies in windows of its own. At last colours: hues must not contradict each other.

The limits lie between what was measured: of photographs that were cut, shifted, scaled, blurred and recoded 95 of 100
correlate by 0.93 and more, and none has a strong window that differs; of look-alikes (receipts, cards on one table,
blood cells, drawn shapes) none comes to 0.7, and a picture whose aeroplane was painted over as a boat to 0.87.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...converters.pictures.fault import PictureFault
from .colour import agreeing_hues, hues
from .hashing import small
from .register import Floats, grid, half, mapped, register, sampled

SIDE = 128
CORRELATED = 0.9
"""Least correlation of detail over all that both show."""

UNLIKE = 0.5
UNLIKE_SHARE = 0.08
"""Of the detail so much at most may lie in windows whose correlation is below UNLIKE."""

CHANGED = 2
"""Of windows with more detail than the mean so many at most may have a correlation below UNLIKE: a thing that was put
in, taken away or exchanged. A window is an eighth of the side, and they overlap by half.
"""

OVERLAP = 0.75
"""Least part of the first picture that the second shows too."""

FARTHEST = 0.2
"""Farthest that a corner may move, in parts of the side; a cut of a tenth at two edges moves it by a tenth."""

STILL = 0.015
SPREAD = 0.4
"""Where less of the picture than SPREAD has any detail, as of one shape on white, a shift by more than STILL of its
side is a thing that moved, not a picture that was cut."""

_CELL = 8
_TEXTURE = 0.1
_CERTAIN = 0.97
"""Correlation from which on nothing need be moved."""


@dataclass(frozen=True, slots=True)
class View:
    """What is kept of a picture to compare it: 128 x 128 levels of grey, and hues."""

    grey: NDArray[np.uint8]
    hues: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was measured of two pictures; `shift` is how far a corner moves, in parts of the side."""

    correlation: float = 0.0
    unlike: float = 1.0
    changed: int = 0
    overlap: float = 0.0
    spread: float = 0.0
    shift: float = 1.0

    @property
    def same(self) -> bool:
        """Whether both show the same."""
        moved = self.spread < SPREAD and self.shift > STILL
        alike = self.correlation >= CORRELATED and self.unlike <= UNLIKE_SHARE and self.changed <= CHANGED
        return alike and self.overlap >= OVERLAP and self.shift <= FARTHEST and not moved


def confirmed(one: Path, other: Path) -> bool:
    """Whether two pictures show the same, but for a small cut, shift, scale, brightness, blur; never a mirrored one."""
    first, second = view(str(one)), view(str(other))
    if first is None or second is None:
        return False
    if not agreeing_hues(first.hues.astype(np.float64), second.hues.astype(np.float64)):
        return False
    return likeness(first.grey.astype(np.float32), second.grey.astype(np.float32)).same


@lru_cache(maxsize=2048)
def view(path: str) -> View | None:
    """The view of a picture, 2048 of which are remembered (35 MB); None for what cannot be decoded."""
    try:
        return View(small(path, SIDE)[0].astype(np.uint8), hues(path).astype(np.int8))
    except (PictureFault, OSError):
        return None


def likeness(fixed: Floats, moved: Floats) -> Likeness:
    """Compare two pictures of 128 x 128 levels of grey."""
    still = _measured(fixed, moved, np.zeros((2, 3)))
    if still.same and still.correlation > _CERTAIN:
        return still
    found = register(half(fixed), half(moved))
    return still if found is None else max(still, _measured(fixed, moved, found), key=lambda each: each.correlation)


def _measured(fixed: Floats, moved: Floats, move: Floats) -> Likeness:
    across, down = mapped(*grid(SIDE), move)
    inside = (np.abs(across) <= 1) & (np.abs(down) <= 1)
    laid = sampled(moved, across, down).reshape(SIDE, SIDE) if move.any() else moved
    seen = _blurred(inside.reshape(SIDE, SIDE).astype(np.float64), 2) > 0.99
    one, other = _detail(fixed) * seen, _detail(laid) * seen
    own, its, both = (_windows(product) for product in (one * one, other * other, one * other))
    whole = float(own[0].sum() * its[0].sum())
    if whole <= 0:
        return Likeness(overlap=float(inside.mean()))
    gain = float(own[0].sum() / its[0].sum())
    energy = np.maximum(own[1], its[1] * gain)
    textured = energy > _TEXTURE * energy.mean()
    alike = both[1] / np.sqrt(own[1] * its[1] + 1e-9)
    weight = energy * textured
    return Likeness(
        correlation=float(both[0].sum() / np.sqrt(whole)),
        changed=int(np.count_nonzero((alike < UNLIKE) & (energy > energy.mean()))),
        unlike=float(weight[alike < UNLIKE].sum() / weight.sum()),
        overlap=float(inside.mean()),
        spread=float(textured.mean()),
        shift=float(np.abs(move).sum(axis=1).max() / 2),
    )


def _detail(grey: Floats) -> Floats:
    """Without noise and without slow shades: what lies between about 3 and 17 pixels."""
    smooth = _blurred(_blurred(grey, 1), 1)
    return smooth - _blurred(smooth, 8)


def _blurred(grey: Floats, radius: int) -> Floats:
    """The mean over squares of 2 * radius + 1."""
    width = 2 * radius + 1
    for _ in range(2):
        padded = np.pad(grey, ((radius + 1, radius), (0, 0)), mode="edge")
        padded[0] = 0
        sums = np.cumsum(padded, axis=0, dtype=np.float64)
        grey = ((sums[width:] - sums[:-width]) / width).T
    return grey


def _windows(product: Floats) -> tuple[Floats, Floats]:
    """Sums over cells of 8 x 8, and over windows of 2 x 2 cells that overlap by half."""
    count = SIDE // _CELL
    cells = product.reshape(count, _CELL, count, _CELL).sum(axis=(1, 3))
    return cells, cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]

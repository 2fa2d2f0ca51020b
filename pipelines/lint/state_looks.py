"""Which pictures look alike: difference hashes that are near, then a look at the pixels.

A hash is 64 bits: whether each of 8 x 8 points is darker than the one on its right, of the upright picture at 9 x 8.
Hashes that differ in at most six bits agree, but for one bit, in one of four quarters: only such pairs are compared.
Pictures of one tone have no hash.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ...converters.pictures.decode import opened
from ...converters.pictures.fault import PictureFault
from .hits import Ints
from .state_pictures import SIZE, Picture, PicturesSeen

if TYPE_CHECKING:
    from PIL import Image

BITS = 6
CLOSE = 0.06
SIDE = 64
_PLAIN = 12.0
"""Levels of grey between which a picture counts as of one tone."""

_BLOCK = 1 << 20
_known: "WeakKeyDictionary[PicturesSeen, list[Pair]]" = WeakKeyDictionary()


class Pair(NamedTuple):
    """Two pictures that look alike, the earlier first, and whether their pixels are equal."""

    first: Picture
    other: Picture
    same: bool


def alike(seen: PicturesSeen) -> list[Pair]:
    """All pairs of different files that look alike, in the order of their rows; exact copies are not among them."""
    if seen not in _known:
        _known[seen] = _pairs(seen)
    return _known[seen]


def once(pairs: Iterable[Pair], chosen: Callable[[Pair], bool]) -> Iterator[Pair]:
    """Of the pairs that are chosen, the first for each later picture: ten shots of one scene are nine findings."""
    told: set[str] = set()
    for pair in pairs:
        if pair.other.name not in told and chosen(pair):
            told.add(pair.other.name)
            yield pair


def _pairs(seen: PicturesSeen) -> list[Pair]:
    rows: list[Ints] = []
    hashes: list[int] = []
    for part in seen.different():
        for row in part[part[:, SIZE] > 0]:
            small = _small(seen.picture(row).name)
            if small is not None and float(np.ptp(small)) > _PLAIN:
                rows.append(row)
                hashes.append(difference_hash(small))
    copies = {each.name: number for number, group in enumerate(seen.copies) for each in group}
    found: list[Pair] = []
    for one, other in near(np.array(hashes, np.uint64)):
        first, second = sorted((seen.picture(rows[one]), seen.picture(rows[other])), key=lambda each: each.row)
        if copies.get(first.name, -1) != copies.get(second.name, -2) and _close(first.name, second.name):
            found.append(Pair(first, second, same=_same(first.name, second.name)))
    return sorted(found, key=lambda pair: (pair.first.row, pair.other.row))


def difference_hash(small: NDArray[np.float64]) -> int:
    """64 bits of a picture of 64 x 64 shades of grey."""
    columns = np.linspace(0, SIDE, 10).astype(int)[:-1]
    shrunk = np.add.reduceat(np.add.reduceat(small, np.arange(0, SIDE, 8), axis=0), columns, axis=1)
    shrunk /= np.diff(columns, append=SIDE)
    return int.from_bytes(np.packbits(shrunk[:, :-1] < shrunk[:, 1:]).tobytes(), "big")


def near(hashes: NDArray[np.uint64]) -> list[tuple[int, int]]:
    """Pairs of places, the lower first, whose hashes differ in at most `BITS` bits."""
    found: set[tuple[int, int]] = set()
    for shift in range(0, 64, 16):
        quarter = ((hashes >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.int64)
        order = np.argsort(quarter, kind="stable")
        ordered = quarter[order]
        for flip in (0, *(1 << bit for bit in range(16))):
            wanted = quarter ^ flip
            starts, ends = (np.searchsorted(ordered, wanted, side) for side in ("left", "right"))
            found |= _joined(hashes, order, starts, ends)
    return sorted(found)


def _joined(hashes: NDArray[np.uint64], order: Ints, starts: Ints, ends: Ints) -> set[tuple[int, int]]:
    """Of each picture and those from `starts` to `ends` in an order, the pairs that are near; a block at a time."""
    found: set[tuple[int, int]] = set()
    sums = np.cumsum(ends - starts)
    begin = 0
    while begin < len(starts):
        done = int(sums[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(sums, done + _BLOCK, "right")))
        counts = (ends - starts)[begin:end]
        one = np.repeat(np.arange(begin, end), counts)
        offset = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
        other = order[starts[one] + offset]
        kept = (one < other) & (np.bitwise_count(hashes[one] ^ hashes[other]) <= BITS)
        found.update(zip(one[kept].tolist(), other[kept].tolist(), strict=True))
        begin = end
    return found


@lru_cache(maxsize=256)
def _small(path: str) -> NDArray[np.float64] | None:
    """A picture as 64 x 64 shades of grey, upright; None for what cannot be decoded, which IM rules say."""
    from PIL import Image

    try:
        with opened(path) as image:
            image.draft("L", (4 * SIDE, 4 * SIDE))
            shades = _upright(image).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
            return np.asarray(shades, np.float64)
    except PictureFault:
        return None


def _upright(image: "Image.Image") -> "Image.Image":
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _close(one: str, other: str) -> bool:
    first, second = _small(one), _small(other)
    return first is not None and second is not None and float(np.abs(first - second).mean()) < CLOSE * 255


def _same(one: str, other: str) -> bool:
    return (digest := _pixels(one)) is not None and digest == _pixels(other)


@lru_cache(maxsize=256)
def _pixels(path: str) -> bytes | None:
    """A hash of all pixels and the size of the upright picture."""
    try:
        with opened(path) as image:
            whole = _upright(image).convert("RGBA")
            return blake2b(whole.tobytes() + str(whole.size).encode(), digest_size=16).digest()
    except PictureFault:
        return None

"""Which pictures look alike: difference hashes that are near, then a look at the pixels.

A hash is 64 bits: whether each of 8 x 8 points is darker than the one on its right, of the upright picture at 9 x 8.
Pairs of hashes that differ in at most six bits are found as duplicates are, by `dedup.search`.
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
from ..dedup.search import near_pairs
from .hits import Ints
from .state_pictures import SIZE, Picture, PicturesSeen

if TYPE_CHECKING:
    from PIL import Image

BITS = 6
CLOSE = 0.06
SIDE = 64
_PLAIN = 12.0
"""Levels of grey between which a picture counts as of one tone."""

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
    near = near_pairs(np.array(hashes, np.uint64), BITS)
    for one, other in zip(near[0].tolist(), near[1].tolist(), strict=True):
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

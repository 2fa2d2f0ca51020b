"""Hashing: two 64-bit hashes of how a picture looks, from one small decode of it.

`difference` says whether each of 8 x 8 patches is darker than the one on its right (N. Krawetz' dHash); `frequency`
whether each of the 64 lowest frequencies is above their median (pHash, C. Zauner 2010). Each finds pictures that the
other misses: on cuts of a twentieth at one edge three quarters have a hash within 8 bits, and one hash alone half.
A hash is a candidate, never a verdict: see `confirm`. JPEGs are decoded at the scale that is next above 72 pixels,
which costs a fraction of the whole; Pillow lets go of the interpreter's lock meanwhile, so threads keep all cores busy.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...converters.pictures.decode import opened
from ...converters.pictures.exif import ORIENTATION
from ...converters.pictures.fault import PictureFault
from ..lint.cache import Cache, Stamps, stamps

if TYPE_CHECKING:
    from PIL import Image

SIDE = 72
"""Pixels of the small picture, a multiple of the 9 x 8 patches of one hash and of the 36 x 36 of the other."""

PLAIN = 12.0
"""A picture whose patches all lie within so many levels of grey is of one tone: its hash is noise, so it has none."""

KIND = "look-1"
_FACT = Struct("<QQQII")
_BATCH = 1024

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Looks:
    """For each picture its hashes, its upright size in pixels, and whether it has any: what is no picture, cannot be
    decoded or is of one tone has none.
    """

    known: NDArray[np.bool_]
    difference: NDArray[np.uint64]
    frequency: NDArray[np.uint64]
    width: NDArray[np.int64]
    height: NDArray[np.int64]


def looks(paths: Sequence[Path | None], cache: Cache | None = None, told: Callable[[int], None] | None = None) -> Looks:
    """The looks of pictures; `None` has none. `told` is called with how many more are done.

    With a cache a file of the same path, size and time of change is not read again.
    """
    table = np.zeros((len(paths), 5), np.uint64)
    places = [place for place, path in enumerate(paths) if path is not None]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for start in range(0, len(places), _BATCH):
            mine = places[start : start + _BATCH]
            facts = _facts([str(paths[place]) for place in mine], cache, pool)
            for place, fact in zip(mine, facts, strict=True):
                table[place] = _FACT.unpack(fact)
            if told:
                told(len(mine))
    known, difference, frequency, width, height = table.T
    return Looks(known > 0, difference, frequency, width.astype(np.int64), height.astype(np.int64))


def _facts(names: list[str], cache: Cache | None, pool: ThreadPoolExecutor) -> list[bytes]:
    now = stamps(names) if cache else {}
    kept = cache.recall(KIND, now) if cache else {}
    known = {name: fact for name, fact in kept.items() if len(fact) == _FACT.size}
    missing = list(dict.fromkeys(name for name in names if name not in known))
    seen = dict(zip(missing, pool.map(_fact, missing), strict=True))
    if cache:
        cache.keep(KIND, seen, now)
    return [known.get(name) or seen[name] for name in names]


def unknown(paths: Sequence[Path | None], cache: Cache) -> tuple[list[str], Stamps]:
    """The pictures of which a cache does not know the look, each once; and how the files are now."""
    names = list(dict.fromkeys(str(path) for path in paths if path is not None))
    now = stamps(names)
    known = cache.recall(KIND, now)
    return [name for name in names if len(known.get(name, b"")) != _FACT.size], now


def learnt(names: Sequence[str]) -> list[bytes]:
    """The look of each picture, as a cache keeps it."""
    return [_fact(name) for name in names]


def _fact(name: str) -> bytes:
    try:
        if not Path(name).is_file():  # a pipe would never end
            return bytes(_FACT.size)
        grey, (width, height) = small(name)
    except (PictureFault, OSError):
        return bytes(_FACT.size)
    if is_plain(grey):
        return _FACT.pack(0, 0, 0, width, height)
    return _FACT.pack(1, difference_hash(grey), frequency_hash(grey), width, height)


def small(path: str, side: int = SIDE) -> tuple[Grey, tuple[int, int]]:
    """A picture as `side` x `side` levels of grey, 0 to 255, upright, and its upright width and height in pixels.

    Raises `PictureFault` for what cannot be decoded.
    """
    with opened(path) as image:
        orientation = image.getexif().get(ORIENTATION, 1)
        size = image.size
        image.draft("L", (side, side))
        shrunk = _shrunk(image, side)
        if image.format == "TIFF":  # Pillow has turned it by now
            size, orientation = image.size, 1
    grey = upright(np.asarray(shrunk, np.float32), orientation)
    return grey, size if orientation not in (5, 6, 7, 8) else (size[1], size[0])


def _shrunk(image: "Image.Image", side: int) -> "Image.Image":
    """In levels of grey; what is transparent stands on white, as people see it."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):  # more than 8 bits: from its darkest to its lightest
        deep = np.asarray(image, np.float32)
        low, high = float(deep.min()), float(deep.max())
        image = Image.fromarray(((deep - low) * (255 / max(high - low, 1))).astype(np.uint8))
    elif image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, "white")
        image.alpha_composite(layer)
    return image.convert("L").resize((side, side), Image.Resampling.BILINEAR)


def upright(stored: Grey, orientation: int) -> Grey:
    """Rows of pixels as EXIF's `orientation` (1 to 8) wants them shown."""
    if orientation in (5, 6, 7, 8):
        stored = stored.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        stored = stored[:, ::-1]
    if orientation in (3, 4, 7, 8):
        stored = stored[::-1]
    return np.ascontiguousarray(stored)


def is_plain(grey: Grey) -> bool:
    """Whether a small picture is of one tone."""
    return float(np.ptp(_patches(grey, 8, 9))) <= PLAIN


def difference_hash(grey: Grey) -> int:
    """Whether each of 8 x 8 patches of a small picture is darker than the one on its right."""
    patches = _patches(grey, 8, 9)
    return _packed(patches[:, :-1] < patches[:, 1:])


def frequency_hash(grey: Grey) -> int:
    """Whether each of the 8 x 8 lowest frequencies of a small picture is above the median of those but the mean."""
    lowest = _COSINES @ _patches(grey, 36, 36) @ _COSINES.T
    return _packed(lowest > np.median(lowest.reshape(-1)[1:]))


_COSINES = np.cos(np.pi / 72 * np.outer(np.arange(8), 2 * np.arange(36) + 1)).astype(np.float32)


def _patches(grey: Grey, rows: int, columns: int) -> Grey:
    tall, wide = grey.shape[0] // rows, grey.shape[1] // columns
    return np.asarray(grey.reshape(rows, tall, columns, wide).mean(axis=(1, 3)))


def _packed(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits).tobytes(), "big")

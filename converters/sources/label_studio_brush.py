"""Brush masks: Label Studio's own run-length encoding, read as a mask.

Label Studio's brush stores RGBA bytes of the whole picture, row by row, in the bit stream of @thi.ng/rle-pack: a
32-bit count of bytes, 5 bits word size - 1, four times 4 bits run size - 1; then packets of one bit (1: one word
repeated, 0: words one by one), two bits that choose the run size, the run length - 1, and the word or words. The mask
is where alpha, every fourth byte, is not 0.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_CHANNELS = 4

LARGEST_MASK = 1 << 28
"""Pixels; more than Pillow and the trainers take."""


class BrushError(Exception):
    """A stream that is no mask of the picture; the message says why."""


class _Bits:
    """Bits of a byte string, most significant first. Reading past the end is a `BrushError`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def read(self, count: int) -> int:
        end = self.at + count
        if end > len(self.data) * 8:
            raise BrushError(f"the stream ends after {len(self.data)} bytes, in the middle of a run")
        first, last = self.at >> 3, (end + 7) >> 3
        word = int.from_bytes(self.data[first:last], "big") >> (last * 8 - end)
        self.at = end
        return word & ((1 << count) - 1)


def mask_of(rle: bytes, width: int, height: int) -> NDArray[np.bool_]:
    """The mask of a `width` x `height` picture, height x width.

    Raises `BrushError` when the stream is torn, is of another picture, or would be larger than any picture.
    """
    if width * height > LARGEST_MASK:
        raise BrushError(f"a picture of {width}x{height} is larger than {LARGEST_MASK} pixels")
    stretches = list(_painted(rle, width * height))
    mask = np.zeros(width * height, np.bool_)
    for first, last in stretches:
        mask[first : last + 1] = True
    return mask.reshape(height, width)


def _painted(rle: bytes, pixels: int) -> Iterator[tuple[int, int]]:
    """First and last pixel of each stretch with alpha above 0."""
    for start, end, byte in _runs(rle, pixels * _CHANNELS):
        first, last = start // _CHANNELS, end // _CHANNELS - 1  # pixels whose alpha byte is in start:end
        if byte and first <= last:
            yield first, last


def _runs(rle: bytes, expected: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, byte) of each stretch of equal bytes in the unpacked stream."""
    bits = _Bits(rle)
    total = bits.read(32)
    if total != expected:
        raise BrushError(f"the mask has {total} bytes, the picture {expected}")
    word = bits.read(5) + 1
    sizes = [bits.read(4) + 1 for _ in range(4)]
    at = 0
    while at < total:
        repeated = bits.read(1)
        end = min(at + 1 + bits.read(sizes[bits.read(2)]), total)
        if repeated:
            yield at, end, bits.read(word)
        else:
            yield from ((place, place + 1, bits.read(word)) for place in range(at, end))
        at = end

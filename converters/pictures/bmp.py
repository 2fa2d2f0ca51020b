"""BMP: size and depth from its header (BITMAPCOREHEADER and BITMAPINFOHEADER onwards). It has no orientation."""

from .fault import PictureFault
from .window import Head, Window

_MODES = {1: "1", 4: "P", 8: "P", 16: "RGB", 24: "RGB", 32: "RGB"}


def read(window: Window) -> Head:
    """What a BMP says of itself; `PictureFault` IM002 when it ends within its header.

    Proved whole are the plain ones, 24 or 32 bits a pixel without compression: as long as the pixels need. The file
    size in the header is often wrong and is not believed. Everything else (palettes, run lengths, bit fields) is
    left to a decoder, which refuses many of them.
    """
    start = window.take(0, 54)
    header = int.from_bytes(start[14:18], "little")
    if len(start) < 26 or (header != 12 and len(start) < 54):
        raise PictureFault("IM002", window.size, f"the BMP ends within its header, after {window.size} bytes")
    if header == 12:
        width, height, depth, packed = _number(start, 18, 20), _number(start, 20, 22), _number(start, 24, 26), 0
    else:
        width = _number(start, 18, 22)
        height = abs(int.from_bytes(start[22:26], "little", signed=True))  # negative: the rows go downwards
        depth, packed = _number(start, 28, 30), _number(start, 30, 34)
    needed = _number(start, 10, 14) + (width * depth + 31) // 32 * 4 * height
    plain = header in (12, 40) and depth in (24, 32) and not packed and needed <= window.size
    return Head("BMP", width, height, _MODES.get(depth, "RGB"), doubt="" if plain else "a BMP of a rare kind, or cut")


def _number(data: bytes, begin: int, end: int) -> int:
    return int.from_bytes(data[begin:end], "little")

"""GIF: size and frames from its blocks (GIF89a specification). It has no orientation."""

from .fault import PictureFault
from .window import Head, Window

BLOCKS = 1_000_000  # 255 MB at the usual 255 bytes a block
_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B


def read(window: Window) -> Head:
    """What a GIF says of itself; `PictureFault` IM002 when it ends within its header.

    Whole means: block by block to the trailer. The size is the screen's, or the first frame's where that reaches
    further, as Pillow has it.
    """
    start = window.take(0, 13)
    if len(start) < 13:
        raise PictureFault("IM002", window.size, f"the GIF ends within its header, after {window.size} bytes")
    width, height = int.from_bytes(start[6:8], "little"), int.from_bytes(start[8:10], "little")
    first, frames, whole = _walk(window, 13 + _palette(start[10]))
    if not frames and not whole and width and height:
        raise PictureFault(
            "IM002", window.size, f"the GIF breaks off before its first frame, after {window.size} bytes"
        )
    if width and height:
        width, height = max(width, first[0]), max(height, first[1])
    return Head("GIF", width, height, "P", 1, frames > 1, "" if whole and frames else "no trailer")


def _palette(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _walk(window: Window, at: int) -> tuple[tuple[int, int], int, bool]:
    """The right and lower edge of the first frame, the number of frames, and whether the trailer was reached."""
    first, frames, left = (0, 0), 0, BLOCKS
    while left > 0:
        start = window.take(at, 10)
        kind = start[0] if start else 0
        if kind == _TRAILER:
            return first, frames, True
        if kind == _PICTURE and len(start) == 10:
            at += 10 + _palette(start[9]) + 1  # and one byte: the code size
            if at >= window.size:
                break
            frames += 1
            first = _edges(start) if frames == 1 else first
        elif kind == _EXTENSION:
            at += 2
        else:
            break
        at, left = _skip_blocks(window, at, left)
    return first, frames, False


def _edges(start: bytes) -> tuple[int, int]:
    left, top, width, height = (int.from_bytes(start[place : place + 2], "little") for place in (1, 3, 5, 7))
    return left + width, top + height


def _skip_blocks(window: Window, at: int, left: int) -> tuple[int, int]:
    """Behind the chain of sub-blocks at `at`, and how many blocks may still be read."""
    while left > 0:
        size = window.take(at, 1)
        left -= 1
        if not size or not size[0]:
            break
        at += 1 + size[0]
    return at + 1, left

"""PNG: size, depth and orientation from its chunks (ISO/IEC 15948; eXIf: PNG specification, third edition)."""

from typing import NamedTuple
from zlib import crc32

from .exif import located, orientation
from .fault import PictureFault
from .window import LONGEST, Head, Window

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = 100_000  # 800 MB at the usual 8 KiB a chunk; a file of empty chunks must not keep us busy
_MODES = {  # (bits, colour type) → Pillow's mode; nothing else is a PNG
    (1, 0): "1",
    (2, 0): "L",
    (4, 0): "L",
    (8, 0): "L",
    (16, 0): "I;16",
    (8, 2): "RGB",
    (16, 2): "RGB",
    (1, 3): "P",
    (2, 3): "P",
    (4, 3): "P",
    (8, 3): "P",
    (8, 4): "LA",
    (16, 4): "RGBA",
    (8, 6): "RGBA",
    (16, 6): "RGBA",
}


class _Chunks(NamedTuple):
    orientation: int
    animated: bool
    doubt: str
    located: bool = False


def read(window: Window) -> Head:
    """What a PNG says of itself; `PictureFault` IM002 when it ends in its header, IM014 when the header is damaged.

    Whole means: chunk by chunk to IEND, and IEND is the end of the file. A chunk that is cut is a cut file, though
    Pillow may still have all its pixels: other readers refuse it.
    """
    header = window.take(8, 25)
    if len(header) < 25:
        raise PictureFault("IM002", window.size, f"the PNG ends within its header, after {window.size} bytes")
    mode = _MODES.get((header[16], header[17]))
    # The checksum first: a damaged header would be blamed for what it does not say.
    if header[4:8] != b"IHDR" or crc32(header[4:21]) != int.from_bytes(header[21:25], "big") or mode is None:
        raise PictureFault("IM014", "PNG", "a PNG whose header is damaged")
    width, height = int.from_bytes(header[8:12], "big"), int.from_bytes(header[12:16], "big")
    chunks = _walk(window)
    return Head("PNG", width, height, mode, *chunks)


def _walk(window: Window) -> _Chunks:
    """Chunk by chunk: eXIf may stand before or after the pixels."""
    turned, animated, pixels, compressed_text, there = 1, False, False, "", False
    at = 33
    for _ in range(CHUNKS):
        start = window.take(at, 8)
        length, kind = int.from_bytes(start[:4], "big"), start[4:]
        end = at + 12 + length
        if end > window.size:
            if start or not pixels:
                raise PictureFault(
                    "IM002", window.size, f"the PNG ends before its end chunk, after {window.size} bytes"
                )
            return _Chunks(turned, animated, "no end chunk", there)
        if kind == b"IEND":
            doubt = compressed_text if end == window.size else "bytes after its end chunk"
            return _Chunks(turned, animated, doubt, there)
        pixels = pixels or kind == b"IDAT"
        if kind == b"eXIf":
            exif = window.take(at + 8, min(length, LONGEST))
            turned, there = orientation(exif), located(exif)
        elif kind == b"acTL":
            animated = window.take(at + 8, 4) > b"\0\0\0\1"
        elif kind in (b"zTXt", b"iTXt"):
            compressed_text = "compressed text, of which Pillow opens only so much"
        at = end
    return _Chunks(turned, animated, f"more than {CHUNKS} chunks", there)

"""WebP: size, orientation and animation from its RIFF chunks (RFC 9649)."""

from collections.abc import Iterator

from .exif import located, orientation
from .fault import PictureFault
from .window import LONGEST, Head, Window

CHUNKS = 100_000  # an animation has a chunk a frame
_ALPHA, _ANIMATION, _EXIF = 0x10, 0x02, 0x08  # flags of VP8X


def read(window: Window) -> Head:
    """What a WebP says of itself; `PictureFault` IM002 when it ends in its header, IM014 when it has no picture.

    Whole means: as long as the RIFF header says.
    """
    start = window.take(0, 30)
    if len(start) < 30:
        raise PictureFault("IM002", window.size, f"the WebP ends within its header, after {window.size} bytes")
    declared = 8 + int.from_bytes(start[4:8], "little")
    doubt = "" if declared == window.size else f"{window.size} bytes where its header says {declared}"
    width, height, mode, flags = _shape(start[12:16], start[20:30])
    exif = _exif(window) if flags & _EXIF else b""
    return Head("WEBP", width, height, mode, orientation(exif), bool(flags & _ANIMATION), doubt, located(exif))


def is_lossless(window: Window) -> bool:
    """Whether the pixels are coded without loss: chunk VP8L instead of VP8."""
    return any(kind == b"VP8L" for kind, _, _ in _chunks(window))


def _shape(kind: bytes, data: bytes) -> tuple[int, int, str, int]:
    """Width, height, mode and the flags of VP8X from the first chunk."""
    if kind == b"VP8X":
        width, height = 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
        return width, height, "RGBA" if data[0] & _ALPHA else "RGB", data[0]
    if kind == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), "RGBA" if bits >> 28 & 1 else "RGB", 0
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        # The upper two bits of each side are a scale for display, which decoders ignore.
        return _side(data[6:8]), _side(data[8:10]), "RGB", 0
    raise PictureFault("IM014", kind.decode("latin-1"), "a WebP whose first chunk is no picture")


def _side(data: bytes) -> int:
    return int.from_bytes(data, "little") & 0x3FFF


def _exif(window: Window) -> bytes:
    for kind, at, length in _chunks(window):
        if kind == b"EXIF":
            return window.take(at, min(length, LONGEST))
    return b""


def _chunks(window: Window) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name, the offset of its data and their length."""
    at = 12
    for _ in range(CHUNKS):
        start = window.take(at, 8)
        if len(start) < 8:
            return
        length = int.from_bytes(start[4:], "little")
        yield start[:4], at + 8, length
        at += 8 + length + (length & 1)

"""JPEG: size, colours and orientation from the segments before the first scan (ITU T.81, annex B)."""

from .exif import located, orientation
from .fault import PictureFault
from .window import Head, Window

SEGMENTS = 4096  # ICC profiles take at most 255, extended XMP some hundreds
SOS, EOI = 0xDA, 0xD9
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0..SOF15; C4, C8, CC are tables
_COMMON_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what every decoder reads
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_MODES = {1: "L", 3: "RGB", 4: "CMYK"}


def read(window: Window) -> Head:
    """What a JPEG says of itself; `PictureFault` IM002 when it ends before its first scan, IM014 when it is none.

    Whole means: a scan begins, and the last two bytes are the end marker. In the coded data of a scan a marker
    cannot occur, so no cut leaves that behind. Anything after the end marker is a doubt.
    """
    frame: bytes | None = None
    kind, turned, exif = 0, 0, b""
    at = 2
    for _ in range(SEGMENTS):
        at, marker = _marker(window, at)
        length = int.from_bytes(window.take(at, 2), "big")
        if marker == SOS:
            if at + max(length, 2) >= window.size:
                raise _cut(window)
            return _head(window, kind, frame, turned or 1)._replace(located=located(exif))
        if marker in _FRAMES and frame is None:
            kind, frame = marker, window.take(at + 2, 6)
        elif marker == 0xE1 and not turned and window.take(at + 2, 6) == b"Exif\0\0":
            exif = window.take(at + 8, length - 8) if length > 8 else b""
            turned = orientation(exif)
        at += max(length, 2)
    raise PictureFault("IM014", SEGMENTS, f"a JPEG with more than {SEGMENTS} segments before its first scan")


def _marker(window: Window, at: int) -> tuple[int, int]:
    """The next marker with a length, at or after `at`: the offset behind it, and its second byte."""
    for _ in range(SEGMENTS):
        piece = window.take(at, 2)
        if len(piece) < 2:
            raise _cut(window)
        if piece[0] != 0xFF:
            at = _skip_junk(window, at)
        elif piece[1] == 0xFF:  # a fill byte
            at += 1
        elif piece[1] in _BARE or piece[1] in (0, EOI):
            at += 2
        else:
            return at + 2, piece[1]
    raise PictureFault("IM014", at, f"no JPEG segment where one has to be, at byte {at}")


def _skip_junk(window: Window, at: int) -> int:
    """The next 0xFF at or after `at`, within 512 bytes: decoders look for it too."""
    found = window.take(at, 512).find(b"\xff")
    return at + (found if found >= 0 else 512)


def _cut(window: Window) -> PictureFault:
    return PictureFault("IM002", window.size, f"the JPEG ends within its header, after {window.size} bytes")


def _head(window: Window, kind: int, frame: bytes | None, turned: int) -> Head:
    if frame is None or len(frame) < 6:
        raise PictureFault("IM014", "JPEG", "a JPEG without a frame header: nothing says how large it is")
    precision, components = frame[0], frame[5]
    if precision != 8:
        raise PictureFault("IM014", f"{precision}-bit JPEG", f"a {precision}-bit JPEG, which Pillow does not read")
    if components not in _MODES:
        raise PictureFault("IM014", components, f"a JPEG of {components} colour components, which Pillow does not read")
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    return Head("JPEG", width, height, _MODES[components], turned, doubt=_doubt(window, kind))


def _doubt(window: Window, kind: int) -> str:
    if kind not in _COMMON_FRAMES:
        return "a rare JPEG process"
    return "" if window.take(window.size - 2, 2) == b"\xff\xd9" else "no end marker at its end"

"""Films: the size of the shown frames, read from the container's head, without a decoder.

ISO BMFF (.mp4, .mov, .m4v; ISO/IEC 14496-12): the track header `tkhd` has width and height in 16.16 fixed point and a
matrix, which a telephone held upright turns by a quarter. Matroska and WebM (RFC 8794, RFC 9559): PixelWidth and
PixelHeight of the first video track; its DisplayWidth is not looked at. AVI (Microsoft's AVIMAINHEADER):
dwWidth and dwHeight of the first chunk, `avih`. Any other container says nothing here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_INSIDE = (b"moov", b"trak")
_EBML = b"\x1a\x45\xdf\xa3"
_AVI_HEAD = 72
"""Bytes up to the height of `avih`, which is the first chunk of the first list."""
_SEGMENT, _TRACKS, _ENTRY, _VIDEO, _WIDTH, _HEIGHT = 0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
_LARGEST_SIDE = 2**31 - 1  # what the table holds; Matroska and AVI can say more
_MOST = 4096
"""Boxes or elements that are looked at, at most: a damaged head costs no more."""


class _Piece(NamedTuple):
    """A box or element: what it is, where its content begins and where it ends."""

    kind: object
    start: int
    end: int


def frame_size(path: Path) -> tuple[int, int] | None:
    """Width and height in pixels as the film is shown; None where its head does not say, or there is no such file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            head = file.read(_AVI_HEAD)
            if head[:4] == b"RIFF":
                found = _avi(head)
            else:
                found = _matroska(file, size) if head[:4] == _EBML else _bmff(file, size)
    except (OSError, ValueError):
        return None
    return found if found and min(found) > 0 and max(found) <= _LARGEST_SIDE else None


def _bmff(file: BinaryIO, size: int) -> tuple[int, int] | None:
    waiting, looked = [_Piece(b"", 0, size)], 0
    while waiting:
        for box in _boxes(file, waiting.pop()):
            looked += 1
            if looked > _MOST:
                return None
            if box.kind in _INSIDE:
                waiting.append(box)
            elif box.kind == b"tkhd" and (found := _track_size(file, box)):
                return found
    return None


def _boxes(file: BinaryIO, within: _Piece) -> Iterator[_Piece]:
    at = within.start
    while at + 8 <= within.end:
        file.seek(at)
        head = file.read(16)
        length, start = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, start = int.from_bytes(head[8:16], "big"), at + 16
        end = at + length if length else within.end
        if end < start or end > within.end:
            return
        yield _Piece(head[4:8], start, end)
        at = end


def _track_size(file: BinaryIO, box: _Piece) -> tuple[int, int] | None:
    """None for a track of sound, whose size is 0."""
    file.seek(box.start)
    data = file.read(min(box.end - box.start, 128))
    matrix = 52 if data[:1] == b"\x01" else 40
    if len(data) < matrix + 44:
        return None
    a, d = data[matrix : matrix + 4], data[matrix + 16 : matrix + 20]
    width, height = (int.from_bytes(data[at : at + 2], "big") for at in (matrix + 36, matrix + 40))
    if not width or not height:
        return None
    return (height, width) if not any(a) and not any(d) else (width, height)


def _avi(head: bytes) -> tuple[int, int] | None:
    if len(head) < _AVI_HEAD or (head[8:16], head[20:28]) != (b"AVI LIST", b"hdrlavih"):
        return None
    return int.from_bytes(head[64:68], "little"), int.from_bytes(head[68:72], "little")


def _matroska(file: BinaryIO, size: int) -> tuple[int, int] | None:
    waiting, looked = [_Piece(0, 0, size)], 0
    while waiting:
        sides: dict[object, int] = {}
        for element in _elements(file, waiting.pop()):
            looked += 1
            if looked > _MOST:
                return None
            if element.kind in (_SEGMENT, _TRACKS, _ENTRY, _VIDEO):
                waiting.append(element)
            elif element.kind in (_WIDTH, _HEIGHT):
                file.seek(element.start)
                sides[element.kind] = int.from_bytes(file.read(min(element.end - element.start, 8)), "big")
        if len(sides) == 2:
            return sides[_WIDTH], sides[_HEIGHT]
    return None


def _elements(file: BinaryIO, within: _Piece) -> Iterator[_Piece]:
    at = within.start
    while at + 2 <= within.end:
        file.seek(at)
        head = file.read(12)
        kind, step = _number(head, 0, marked=True)
        length, end_of_head = _number(head, step, marked=False)
        start = at + end_of_head
        unknown = length == (1 << 7 * (end_of_head - step)) - 1
        end = within.end if unknown else start + length
        if not step or end > within.end:
            return
        yield _Piece(kind, start, end)
        at = end


def _number(data: bytes, at: int, *, marked: bool) -> tuple[int, int]:
    """A number of variable length and where it ends; ids keep the bit that marks their length."""
    if at >= len(data) or not data[at]:
        raise ValueError("no number of an element")
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    return value if marked else value & ((1 << 7 * length) - 1), at + length

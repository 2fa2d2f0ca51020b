"""Taking the position out of a picture's EXIF: every other byte stays as it is, the pixels too.

JPEG (the first APP1 with `Exif`), PNG (chunk eXIf, whose checksum is made anew) and WebP (chunk EXIF). What editing
programs write besides into XMP is not looked at.
"""

from collections.abc import Iterator
from zlib import crc32

from .exif import without_position
from .png import SIGNATURE

_SOS = 0xDA
_BARE = frozenset({0x01, 0xFF, *range(0xD0, 0xD9)})


def without_location(content: bytes) -> bytes:
    """The file's bytes with zeros where EXIF tells the place; of the same length, and the same file where it does not.

    Formats but the three above come back as they were.
    """
    wiped = bytearray(content)
    for start, end in _blocks(content):
        wiped[start:end] = without_position(content[start:end])
        if content.startswith(SIGNATURE):
            wiped[end : end + 4] = crc32(wiped[start - 4 : end]).to_bytes(4, "big")
    return bytes(wiped)


def _blocks(content: bytes) -> Iterator[tuple[int, int]]:
    """Where the blocks of EXIF begin and end."""
    if content.startswith(b"\xff\xd8\xff"):
        yield from _segments(content)
    elif content.startswith(SIGNATURE):
        yield from ((start, end) for kind, start, end in _chunks(content, 8, big=True) if kind == b"eXIf")
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        yield from ((start, end) for kind, start, end in _chunks(content, 12, big=False) if kind == b"EXIF")


def _segments(content: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != _SOS:
        if content[at + 1] in _BARE:
            at += 1 if content[at + 1] == 0xFF else 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] == 0xE1 and content[at + 4 : at + 10] == b"Exif\0\0":
            yield at + 4, at + 2 + length
        at += 2 + max(length, 2)


def _chunks(content: bytes, at: int, *, big: bool) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the data of each chunk: of PNG (`big`: length, kind, data, checksum) or of RIFF."""
    while at + 8 <= len(content):
        first, second = content[at : at + 4], content[at + 4 : at + 8]
        length = int.from_bytes(first, "big") if big else int.from_bytes(second, "little")
        yield second if big else first, at + 8, min(at + 8 + length, len(content))
        at += 8 + length + (4 if big else length % 2)

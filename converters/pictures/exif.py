"""The orientation and the position in a block of EXIF, a little TIFF file (TIFF 6.0, section 2; tags 274, 34853)."""

from collections.abc import Iterator
from struct import Struct

ORIENTATION = 0x0112
POSITION = 0x8825
"""The entry that says where the directory about GPS is; latitude and longitude are its tags 2 and 4."""
ENTRIES = 1024  # far more than any camera writes; a hostile count must not keep us reading
_ORDERS = {b"II": "<", b"MM": ">"}
_WHOLE_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i"}  # TIFF types SHORT, LONG, SSHORT, SLONG


def orientation(block: bytes) -> int:
    """EXIF's 1..8 from a TIFF block, with or without `Exif` before it; 1 when absent, damaged or out of range.

    Only one whole number counts, as for Pillow and browsers both; on stranger types they differ.
    XMP's `tiff:Orientation` and ImageMagick's "Raw profile type exif" do not count: browsers, in which boxes are
    drawn, ignore both.
    """
    if block[:4] == b"Exif":
        block = block[6:]
    order = _ORDERS.get(block[:2])
    if order is None or len(block) < 8:
        return 1
    at = Struct(order + "I").unpack_from(block, 4)[0]
    if at + 2 > len(block):
        return 1
    count = Struct(order + "H").unpack_from(block, at)[0]
    return _first_orientation(block, order, at + 2, min(count, ENTRIES))


def located(block: bytes) -> bool:
    """Whether the block says where the picture was taken: GPS with a latitude and a longitude."""
    return {2, 4} <= {tag for tag, _ in _position(block)}


def without_position(block: bytes) -> bytes:
    """The block with nothing but zeros where GPS was; of the same length, so that all else stays where it is."""
    wiped = bytearray(block)
    for _, places in _position(block):
        for start, end in places:
            wiped[start:end] = bytes(max(min(end, len(wiped)) - start, 0))
    return bytes(wiped)


_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes of TIFF's types


def _position(block: bytes) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """The tags about GPS, each with the places in the block that hold it; -1 for their number."""
    base = 6 if block[:4] == b"Exif" else 0
    order = _ORDERS.get(block[base : base + 2])
    if order is None or len(block) < base + 8:
        return
    number = Struct(order + "I")
    for tag, _, _, at in _entries(block, order, base, base + number.unpack_from(block, base + 4)[0]):
        if tag == POSITION:
            inner = base + number.unpack_from(block, at + 8)[0]
            yield -1, [(inner, inner + 2)]  # how many entries there are
            for found, kind, values, place in _entries(block, order, base, inner):
                size = _WIDTHS.get(kind, 1) * values
                away = base + number.unpack_from(block, place + 8)[0]
                yield found, [(place, place + 12), *([(away, away + size)] if size > 4 else [])]
            return


def _entries(block: bytes, order: str, base: int, at: int) -> Iterator[tuple[int, int, int, int]]:
    """The entries of a directory: tag, type, count, and where the entry begins."""
    if not base + 8 <= at <= len(block) - 2:
        return
    count = Struct(order + "H").unpack_from(block, at)[0]
    entry = Struct(order + "HHI")
    end = min(at + 2 + 12 * min(count, ENTRIES), len(block) - 11)
    for place in range(at + 2, end, 12):
        yield (*entry.unpack_from(block, place), place)


def _first_orientation(block: bytes, order: str, at: int, count: int) -> int:
    entry = Struct(order + "HHI")
    end = min(at + 12 * count, len(block) - 11)
    for place in range(at, end, 12):
        tag, kind, values = entry.unpack_from(block, place)
        if tag == ORIENTATION:
            return _value(block, order, kind, values, place + 8)
    return 1


def _value(block: bytes, order: str, kind: int, values: int, at: int) -> int:
    letter = _WHOLE_NUMBERS.get(kind)
    if letter is None or values != 1:
        return 1
    value: int = Struct(order + letter).unpack_from(block, at)[0]
    return value if 1 <= value <= 8 else 1

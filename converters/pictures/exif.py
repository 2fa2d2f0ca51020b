"""The orientation tag in a block of EXIF, which is a little TIFF file (TIFF 6.0, section 2; tag 274)."""

from struct import Struct

ORIENTATION = 0x0112
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

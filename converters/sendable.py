"""JSON values as the tables can hold them: Arrow takes UTF-8 and 64-bit integers, JSON files hold more than that."""

import re

import msgspec


def sendable(element: object) -> tuple[object, bool]:
    """The element with nothing in it that UTF-8 or a 64-bit integer cannot hold, and whether that changed it.

    Half a surrogate pair becomes U+FFFD, a larger integer a float.
    """
    try:
        msgspec.json.encode(element)
    except (UnicodeEncodeError, OverflowError):
        return _mended(element), True
    return element, False


def _mended(element: object) -> object:
    if isinstance(element, str):
        return element.encode("utf-8", "replace").decode() if element.isascii() else _paired(element)
    if isinstance(element, dict):
        return {_mended(key): _mended(value) for key, value in element.items()}
    if isinstance(element, list):
        return [_mended(each) for each in element]
    if isinstance(element, int) and not -(2**63) <= element < 2**63:
        return float("inf") if element.bit_length() > 1023 else float(element)
    return element


def _paired(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)

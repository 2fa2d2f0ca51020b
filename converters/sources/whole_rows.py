"""Rows of which one record is made, or nothing: what is wrong with a part of a document costs the whole."""

from ...schemas.accounting import Accounting, Kind
from .object_error import ObjectError


def reject_whole(fault: ObjectError, file: str, media: int, accounting: Accounting) -> None:
    """Reject a row's annotation, and as many pictures as it lists, which are counted as read with it."""
    accounting.read("images", media)
    kinds: list[Kind] = ["annotations", *(["images"] * media)]  # type: ignore[list-item]
    for kind in kinds:
        fault.reject(accounting, file, kind)

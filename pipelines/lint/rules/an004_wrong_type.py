"""A value of another type than its place wants.

What
    A text where a number stands elsewhere, a number where a list should be, a row that is no object. Readers say it,
    and leave the entry out; numbers in quotes that are ids are read as numbers, and that is said once a file.

Why it hurts training
    What one tool reads as 12 another compares as "12" and finds nothing, so that boxes lose their picture.

Example
    `"bbox": ["12", "40", "30", "20"]`; `"width": "640"`

Instead
    Write the value in its type where the file is made: a table read without types makes texts of all numbers.

Fix safety
    Unsafe: a text that is a number becomes that number, and the other way round. That it was meant so is a guess.

Sources
    Four of four conversion tools accept numbers as texts (measured).

"""

import re
from typing import Any

from ....schemas.finding import Edit, Finding, Fix
from ..raw import SUFFIXES

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?")


def mend(found: Finding) -> Fix | None:
    """A number in quotes without them; a number where words should stand in quotes."""
    if "/" not in found.at or not found.file.lower().endswith(SUFFIXES):
        return None
    value = _converted(found.value, found.message)
    return None if value is None else Fix("unsafe", f"Write {value!r}", (Edit(found.file, found.at, "replace", value),))


def _converted(value: Any, message: str) -> Any:
    wants_text = "xpected `str" in message
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value) if wants_text else None
    number = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) and not wants_text else None
    if number is None:
        return None
    return float(number[0]) if number[1] else int(number[0])

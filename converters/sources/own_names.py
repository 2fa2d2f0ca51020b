"""What a row is known by: its own id; and where it has none and shows nothing, what it says.

The number of a row is no name: one row more in front, and every other has another one. A split that knew rows by it
would put what was trained on yesterday into val today. Rows that say the same are one group then, as they have to be.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from ..records import Turn


def own_id(row: Mapping[str, Any], keys: Sequence[str] = ("id",)) -> str | None:
    """The row's own id, a text or a number, under the first of the keys that has one; None where there is none."""
    for key in keys:
        given = row.get(key)
        if isinstance(given, (str, int)) and not isinstance(given, bool) and str(given).strip():
            return str(given)
    return None


def group_of_words(words: Iterable[str]) -> str:
    """The group of all that say these words, in this order: 128 bits of them, with their lengths."""
    state = blake2b(digest_size=16)
    for each in words:
        data = each.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big") + data)
    return f"said {state.hexdigest()}"


def group_of_turns(turns: Sequence[Turn]) -> str:
    """The group of all conversations of the same roles and words."""
    return group_of_words(word for turn in turns for word in (turn.role, *(part.text or "" for part in turn.parts)))

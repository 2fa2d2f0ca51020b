"""What of a store a data set was built of: told apart by the last part that changed the set."""

from pathlib import Path

from ..converters.sources.label_studio_store import is_store, read_state

_UNSEEN = {"touched", "unseen"}
"""What a part may bring that changes nothing in the set."""


def news(store: Path) -> str:
    """The name and hash of the last part that changed the set; "" where there is no store yet, or an empty one.

    Raises `InputError` for a damaged one.
    """
    if not is_store(store):
        return ""
    parts = [part for part in read_state(store).parts if part.brought.keys() - _UNSEEN]
    return f"{parts[-1].path} {parts[-1].sha256}" if parts else ""

"""Dialect: for which trainer the rows of a file are, by what stands in them."""

from pathlib import Path
from typing import NamedTuple

from ...converters.sources.json_rows import first_row


class Candidate(NamedTuple):
    """A target that writes such rows, and what was seen."""

    name: str
    why: str


def dialects(path: Path) -> list[Candidate]:
    """Every target whose rows these may be; none for what is no file of conversations."""
    row = first_row(path)
    if not isinstance(row, dict):
        return []
    turns = row.get("conversations")
    if isinstance(turns, list) and turns and isinstance(turns[0], dict):
        if turns[0].get("from") == "user":
            return [Candidate("qwen-vl", "'conversations' from 'user'")]
        return [Candidate("llava", "'conversations' from 'human'")]
    return []

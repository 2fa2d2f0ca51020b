"""Lengths: how many tokens a row takes for the trainer of its dialect, and how many its parts do.

The target counts: exactly where its tokenizer is at hand, else a bound of a token a byte. A bound is all that is known
then, so beside it stands what a row has at least, if a token were eight bytes long, which few are.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...converters.sources.chat_rows import LISTS, MEDIA
from ...converters.targets.protocol import RenderOptions
from ...schemas.conversation import MEDIA as MEDIUM
from ...schemas.errors import MmdataError
from .chats import Chats, Turn
from .hits import Ints

LONGEST_TOKEN = 8
"""Bytes of a token, of which a text has hardly any longer."""

_FAULTS = (MmdataError, KeyError, TypeError, ValueError, AttributeError, IndexError, msgspec.DecodeError)


class Lengths(NamedTuple):
    """Tokens of each row of a batch, -1 where the row cannot be counted: `most` and `least`, the same where `exact`.

    `unseen` are rows with a picture whose size is not known, where its size says what it takes.
    """

    most: Ints
    least: Ints
    exact: bool
    unseen: NDArray[np.bool_]

    def over(self, limit: int) -> Ints:
        """The rows that are too long for sure and whose pictures are known."""
        return np.flatnonzero((self.least > limit) & ~self.unseen)


def limit(chats: Chats) -> int | None:
    """The tokens that a row may have; None where nobody said."""
    return chats.settings.max_length or chats.grammar.tokens


def lengths(chats: Chats) -> Lengths | None:
    """The lengths of a batch, counted once; None where there is no limit, or the dialect has no tokens."""
    if limit(chats) is None:
        return None
    known: Lengths | None = vars(chats).get("_lengths")
    if known is None:
        known = _counted(chats)
        vars(chats)["_lengths"] = known
    return known


def _counted(chats: Chats) -> Lengths:
    most = tokens(chats, [row.value for row in chats.rows], range(len(chats.rows)))
    size = np.zeros(len(chats.rows), np.int64)
    np.add.at(size, chats.row_of_text, [len(text.words.encode("utf-8", "replace")) for text in chats.texts])
    unseen = _unseen(chats)
    exact = str(chats.dialect.token_basis()).startswith("exact")
    least = most if exact else np.minimum(most, np.maximum(0, most - size + size // LONGEST_TOKEN))
    return Lengths(most, np.where((most >= 0) & unseen, size // LONGEST_TOKEN, least), exact, unseen)


def _unseen(chats: Chats) -> NDArray[np.bool_]:
    unseen = np.zeros(len(chats.rows), np.bool_)
    if chats.grammar.remote:
        return chats.places_of_pictures > 0
    if getattr(chats.dialect, "PIXELS", None) is not None:
        unseen[chats.media.record[(chats.media.upright <= 0).any(axis=1)]] = True
    return unseen


def tokens(chats: Chats, rows: Sequence[dict[str, Any]], of: Sequence[int]) -> Ints:
    """Tokens of some rows, which may be parts of rows of the batch: `of` says of which each is one."""
    encoded = [msgspec.json.encode(row, enc_hook=str) for row in rows]
    options = RenderOptions(min_pixels=chats.settings.min_pixels, max_pixels=chats.settings.max_pixels)
    batch = _media(chats, of)
    try:
        return np.array(chats.dialect.count_tokens(encoded, batch, options), np.int64)
    except _FAULTS:
        return np.array([_one(chats, row, options, at) for row, at in zip(encoded, of, strict=True)], np.int64)


def _one(chats: Chats, row: bytes, options: RenderOptions, of: int) -> int:
    try:
        return int(chats.dialect.count_tokens([row], _media(chats, [of]), options)[0])
    except _FAULTS:
        return -1  # what is wrong with the row is another rule's


def _media(chats: Chats, rows: Sequence[int]) -> pa.RecordBatch | None:
    """The pictures of some rows as the targets take them; None where there are films or sounds, or addresses alone."""
    more = [kind for kind in MEDIA if kind != "image"]
    if chats.grammar.remote or any(chats.listed(row, kind) for row in set(rows) for kind in more):
        return None
    starts = np.searchsorted(chats.media.record, np.arange(len(chats.rows) + 1)).tolist()
    sizes = chats.media.upright.astype(int).tolist()
    held = [
        [
            {"kind": "image", "path": "", "width": sizes[at][0], "height": sizes[at][1], "duration": None}
            for at in range(starts[row], starts[row + 1])
        ]
        for row in rows
    ]
    return pa.record_batch({"media": pa.array(held, pa.list_(MEDIUM))})


def cut_after(chats: Chats, turn: Turn, words: str | None) -> dict[str, Any] | None:
    """A row up to a turn, of whose content stays `words` (None: all of it); None for a row without a list of turns."""
    row = chats.rows[turn.row].value
    key = next((key for key in LISTS if isinstance(row.get(key), list)), None)
    if key is None:
        return None
    at = turn.at.rpartition("/")[2]
    if not at.isdigit() or f"/{key}/" not in turn.at:
        return None
    turns: list[Any] = row[key][: int(at) + 1]
    last = turns[-1]
    if words is not None:
        name = next((name for name in ("content", "value") if name in last), None)
        if name is None:
            return None
        turns = [*turns[:-1], {**last, name: words}]
    return {**row, key: turns}

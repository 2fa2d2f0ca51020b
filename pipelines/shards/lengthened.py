"""Rows that say how long they are: tokens and pixels in the sample, in forms whose readers give fields as they come.

A column in Parquet, in the metadata of ImageFolder and in MDS; two keys of the member `json` in tars. Trainers' own
JSON has no place for them: there the file beside the shards says it alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .inside import json_bytes

if TYPE_CHECKING:
    from .protocol import Form

Ints = NDArray[np.int64]


def with_lengths(form: "Form", rows: Sequence[bytes], tokens: Ints, pixels: Ints) -> list[bytes]:
    """The rows with their numbers, as the form carries them."""
    place: str | None = getattr(form, "LENGTHS", None)
    if place is None:
        return list(rows)
    told = zip(rows, tokens.tolist(), pixels.tolist(), strict=True)
    if not place:
        return [b'%s,"tokens":%d,"pixels":%d}' % (row[:-1], *own) for row, *own in told]
    found: list[bytes] = []
    for row, of_words, of_pictures in told:
        value = msgspec.json.decode(row)
        value[place] |= {"tokens": of_words, "pixels": of_pictures}
        found.append(json_bytes(value))
    return found


def with_columns(columns: pa.Schema) -> pa.Schema:
    """The columns of rows that say how long they are."""
    return columns.append(pa.field("tokens", pa.int64())).append(pa.field("pixels", pa.int64()))

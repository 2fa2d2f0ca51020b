"""Samples that are whole before any question is worded: turns that were there already, or were made part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...schemas.conversation import CONVERSATIONS, KINDS, PART, ROLES, TURN
from ..records import Conversation, Record, Turn, batches
from ..table import entries

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ready:
    """Samples that need no making: a conversation batch. One that is too long is not divided: it hangs together."""

    task: str
    batch: pa.RecordBatch
    capped: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    unfit: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])


def ready(
    task: str, batch: pa.RecordBatch, ids: list[str], record: Ints, uses: Sequence[Sequence[int]], turns: pa.Array
) -> Ready:
    """A sample for each of `ids`, of the record of that number, with its turns; `uses` are the annotations it is of."""
    spoken_of = [use for each in uses for use in each]
    columns = [
        pa.array(ids, pa.string()),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(record), np.int8)), pa.array([task])),
        pa.array(record.astype(np.int32)),
        pa.ListArray.from_arrays(_offsets([len(each) for each in uses]), pa.array(spoken_of, pa.int32())),
        pc.take(batch.column("media"), pa.array(record)),
        _canonical(turns),
    ]
    return Ready(task, pa.RecordBatch.from_arrays(columns, schema=CONVERSATIONS))


def arrow_turns(said: Sequence[list[Turn]]) -> pa.Array:
    """The turns of each sample as the column that `ready` takes."""
    held = Record("", "", "", [], conversations=[Conversation("", turns) for turns in said])
    (batch,) = batches([held])
    return entries(batch, "conversations", "turns")


def _canonical(turns: pa.Array) -> pa.Array:
    """The turns with roles and kinds by their numbers in the schema: a batch made of records numbers them anew."""
    turn = turns.flatten()
    parts = pc.struct_field(turn, "parts")
    part = parts.flatten()
    fields = [pc.struct_field(part, field.name) for field in PART]
    fields[0] = _coded(fields[0], KINDS)
    inner = pa.ListArray.from_arrays(_offsets(_sizes(parts)), pa.StructArray.from_arrays(fields, fields=list(PART)))
    said = [_coded(pc.struct_field(turn, "role"), ROLES), inner]
    return pa.ListArray.from_arrays(_offsets(_sizes(turns)), pa.StructArray.from_arrays(said, fields=list(TURN)))


def _coded(column: pa.Array, names: tuple[str, ...]) -> pa.Array:
    code = np.array([names.index(name) for name in column.dictionary.to_pylist()], np.int8)
    return pa.DictionaryArray.from_arrays(pa.array(code[column.indices.to_numpy()]), pa.array(names))


def _sizes(lists: pa.Array) -> Sequence[int]:
    sizes: list[int] = np.diff(lists.offsets.to_numpy()).tolist()
    return sizes


def _offsets(sizes: Sequence[int]) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(np.array(sizes, np.int64))]).astype(np.int32))

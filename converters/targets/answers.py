"""One answer a sample, for trainers that train the last words alone: what was said before each is its question."""

from itertools import pairwise

import numpy as np
import pyarrow as pa

from ...schemas.conversation import ASSISTANT, CONVERSATIONS
from .parts import Ints


def one_answer_each(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Ints]:
    """A conversation batch with a sample for every answer, in order; and of which sample each was made.

    A sample ends with its answer and begins as the conversation did, so each answer is the last one once. Samples with
    one answer, or none, stay as they are; the others bear the number of the answer behind their id, from 1.
    """
    turns = batch.column("turns")
    starts = turns.offsets.to_numpy().astype(np.int64)
    role = turns.values.field("role").indices.to_numpy()
    answers = [np.flatnonzero(role[first:last] == ASSISTANT) + 1 for first, last in pairwise(starts.tolist())]
    origin = np.repeat(np.arange(len(batch)), [max(1, len(each)) for each in answers])
    if len(origin) == len(batch):
        return batch, origin
    whole = np.diff(starts)
    counts = np.concatenate([each if len(each) > 1 else [length] for each, length in zip(answers, whole, strict=True)])
    ends = np.cumsum(counts)
    held = np.arange(int(ends[-1])) + np.repeat(starts[origin] - (ends - counts), counts)
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    several = np.array([len(each) > 1 for each in answers])[origin]
    number = np.arange(len(origin)) - np.searchsorted(origin, origin) + 1
    taken = batch.take(pa.array(origin))
    names = [
        f"{name}/{place}" if many else name
        for name, place, many in zip(taken.column("id").to_pylist(), number.tolist(), several.tolist(), strict=True)
    ]
    columns = {name: taken.column(name) for name in CONVERSATIONS.names}
    columns["id"] = pa.array(names, pa.string())
    values = turns.values.take(pa.array(held))
    columns["turns"] = pa.ListArray.from_arrays(offsets, values, type=CONVERSATIONS.field("turns").type)
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=CONVERSATIONS), origin

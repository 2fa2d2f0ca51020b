"""Rejecting parts of an annotation batch: entries and whole records, each with its own line in rejected.jsonl."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters import table
from ..converters.table import keep_entries, keep_records, starts
from ..schemas.accounting import Accounting


class Fault(NamedTuple):
    """What is wrong with something: the rule, the value, the fact in words."""

    code: str
    value: object
    message: str


def reject_entries(
    batch: pa.RecordBatch,
    column: str,
    wrong: NDArray[np.bool_],
    why: Callable[[int], Fault],
    accounting: Accounting,
) -> pa.RecordBatch:
    """The batch without the objects or captions where `wrong`; `why(place)` says what is the matter with each."""
    if not wrong.any():
        return batch
    places = np.flatnonzero(wrong).tolist()
    for place, (file, at) in zip(places, table.places(batch, column, places), strict=True):
        fault = why(place)
        accounting.reject("annotations", fault.code, file=file, at=at, value=fault.value, message=fault.message)
    return keep_entries(batch, column, ~wrong)


def reject_records(batch: pa.RecordBatch, faults: Mapping[int, Fault], accounting: Accounting) -> pa.RecordBatch:
    """The batch without some records: all their pictures and annotations are rejected, with the record's fault."""
    if not faults:
        return batch
    files, ats = batch.column("file").to_pylist(), batch.column("at").to_pylist()
    media, objects, captions = (starts(batch, column) for column in ("media", "objects", "captions"))
    for record, fault in faults.items():
        file, at = files[record], ats[record]
        for _ in range(int(media[record]), int(media[record + 1])):
            accounting.reject("images", fault.code, file=file, at=at, value=fault.value, message=fault.message)
        for column, edges in (("objects", objects), ("captions", captions)):
            places = list(range(int(edges[record]), int(edges[record + 1])))
            for where, pointer in table.places(batch, column, places) if places else ():
                accounting.reject(
                    "annotations", fault.code, file=where, at=pointer, value=fault.value, message=fault.message
                )
    keep = np.ones(len(batch), np.bool_)
    keep[list(faults)] = False
    return keep_records(batch, keep)

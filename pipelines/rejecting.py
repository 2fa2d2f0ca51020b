"""Rejecting parts of an annotation batch: entries and whole records, each with its own line in rejected.jsonl."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters import table
from ..converters.table import keep_entries, keep_records, starts
from ..schemas.accounting import Accounting
from ..schemas.annotation import ITEMS


class Fault(NamedTuple):
    """What is wrong with something: the rule, the value, the fact in words."""

    code: str
    value: object
    message: str


NOTHING_LEFT = Fault("AN015", None, "no annotation of it is left to make a sample of")
"""What is wrong with a record of which nothing is left."""


def reject_entries(
    batch: pa.RecordBatch,
    column: str,
    wrong: NDArray[np.bool_],
    why: Callable[[int], Fault],
    accounting: Accounting,
) -> pa.RecordBatch:
    """The batch without the annotations of a list column where `wrong`; `why(place)` says what is wrong with each.

    Questions and phrases that mean a rejected object go with it.
    """
    if not wrong.any():
        return batch
    places = np.flatnonzero(wrong).tolist()
    for place, (file, at) in zip(places, table.places(batch, column, places), strict=True):
        fault = why(place)
        accounting.reject("annotations", fault.code, file=file, at=at, value=fault.value, message=fault.message)
    if column == "objects":
        for other in ("questions", "phrases"):
            batch = _reject_pointing(batch, other, wrong, why, accounting)
    return keep_entries(batch, column, ~wrong)


def _reject_pointing(
    batch: pa.RecordBatch,
    column: str,
    wrong: NDArray[np.bool_],
    why: Callable[[int], Fault],
    accounting: Accounting,
) -> pa.RecordBatch:
    entry, meant = table.objects_meant(batch, column)
    reason = {place: thing for place, thing in zip(entry.tolist(), meant.tolist(), strict=True) if wrong[thing]}
    if not reason:
        return batch
    lost = np.zeros(int(table.counts(batch, column).sum()), np.bool_)
    lost[list(reason)] = True

    def because(place: int) -> Fault:
        fault = why(reason[place])
        return fault._replace(message=f"what it means was left out: {fault.message}")

    return reject_entries(batch, column, lost, because, accounting)


def reject_records(batch: pa.RecordBatch, faults: Mapping[int, Fault], accounting: Accounting) -> pa.RecordBatch:
    """The batch without some records: all their pictures and annotations are rejected, with the record's fault."""
    if not faults:
        return batch
    files, ats = batch.column("file").to_pylist(), batch.column("at").to_pylist()
    media = starts(batch, "media")
    items = {column: starts(batch, column) for column in ITEMS if len(batch.column(column).flatten())}
    for record, fault in faults.items():
        file, at = files[record], ats[record]
        for _ in range(int(media[record]), int(media[record + 1])):
            accounting.reject("images", fault.code, file=file, at=at, value=fault.value, message=fault.message)
        for column, edges in items.items():
            places = list(range(int(edges[record]), int(edges[record + 1])))
            for where, pointer in table.places(batch, column, places) if places else ():
                accounting.reject(
                    "annotations", fault.code, file=where, at=pointer, value=fault.value, message=fault.message
                )
    keep = np.ones(len(batch), np.bool_)
    keep[list(faults)] = False
    return keep_records(batch, keep)

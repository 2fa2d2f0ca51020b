"""The annotation table as numpy columns, and the few ways in which a stage changes a batch of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..schemas.annotation import ANNOTATIONS, ITEMS

Mask = NDArray[np.bool_]


def counts(batch: pa.RecordBatch, column: str) -> NDArray[np.int64]:
    """How many entries of a list column (`media`, `objects`, `captions`) each record has."""
    offsets = batch.column(column).offsets.to_numpy()
    return np.asarray(np.diff(offsets), np.int64)


def starts(batch: pa.RecordBatch, column: str) -> NDArray[np.int64]:
    """Where each record's entries of a list column begin among all of them; one more than records, the last the end."""
    offsets = batch.column(column).offsets.to_numpy().astype(np.int64)
    return np.asarray(offsets - offsets[0])


def rows(batch: pa.RecordBatch, column: str) -> NDArray[np.int64]:
    """The record of each entry of a list column."""
    return np.repeat(np.arange(len(batch)), counts(batch, column))


def entries(batch: pa.RecordBatch, column: str, field: str) -> pa.Array:
    """One field of all entries of a list column, in order."""
    return pc.struct_field(batch.column(column).flatten(), field)


def numbers(batch: pa.RecordBatch, column: str, field: str) -> NDArray[Any]:
    """One numeric or boolean field of all entries of a list column."""
    array = entries(batch, column, field)
    return np.asarray(array.to_numpy(zero_copy_only=not pa.types.is_boolean(array.type)))


def boxes(batch: pa.RecordBatch) -> NDArray[np.float64]:
    """(n, 4) x1, y1, x2, y2 of all objects, in pixels."""
    return np.stack([numbers(batch, "objects", name) for name in ("x1", "y1", "x2", "y2")], axis=1)


def places(batch: pa.RecordBatch, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
    """(file, place in it) of some objects or captions. `other.json#/pointer` names another file than the record's."""
    take = pa.array(chosen, pa.int64())
    record = pa.array(rows(batch, column)[list(chosen)])
    files: list[str] = batch.column("file").take(record).to_pylist()
    ats: list[str | None] = entries(batch, column, "at").take(take).to_pylist()
    if None in ats:
        lists = batch.column("list").take(record).to_pylist()
        index = entries(batch, column, "index").take(take).to_pylist()
        ats = [f"{at}/{number}" if own is None else own for own, at, number in zip(ats, lists, index, strict=True)]
    return [_place(file, at or "") for file, at in zip(files, ats, strict=True)]


def _place(file: str, at: str) -> tuple[str, str]:
    other, sharp, pointer = at.partition("#/")
    return (other, f"/{pointer}") if sharp and other else (file, at)


def picture_of_object(batch: pa.RecordBatch) -> NDArray[np.int64]:
    """For each object the place of its picture among all media of the batch."""
    first = starts(batch, "media")[:-1]
    return np.asarray(first[rows(batch, "objects")] + numbers(batch, "objects", "media"))


def item_starts(batch: pa.RecordBatch) -> dict[str, int]:
    """The number of the first annotation of each list column among all annotations of the batch; "" is their count."""
    sizes = [int(counts(batch, column).sum()) for column in ITEMS]
    return dict(zip((*ITEMS, ""), [0, *np.cumsum(sizes).tolist()], strict=True))


def objects_meant(batch: pa.RecordBatch, column: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What `questions` or `phrases` point at: (entry, object) pairs, both as places among all of the batch."""
    meant = entries(batch, column, "objects")
    sizes = np.diff(meant.offsets.to_numpy()).astype(np.int64)
    entry = np.repeat(np.arange(len(meant)), sizes)
    first = starts(batch, "objects")[:-1][rows(batch, column)[entry]]
    return entry, np.asarray(first + meant.flatten().to_numpy())


def keep_entries(batch: pa.RecordBatch, column: str, mask: Mask) -> pa.RecordBatch:
    """The batch without the entries of a list column where `mask` is false."""
    if mask.all():
        return batch
    if column == "objects":
        batch = _pointing_anew(batch, mask)
    kept = np.bincount(rows(batch, column)[mask], minlength=len(batch))
    offsets = np.concatenate([[0], np.cumsum(kept)]).astype(np.int32)
    values = _kept(batch.column(column).flatten(), pa.array(mask), int(mask.sum()))
    return with_column(batch, column, pa.ListArray.from_arrays(pa.array(offsets), values))


def _kept(values: pa.StructArray, mask: pa.Array, count: int) -> pa.StructArray:
    """The structs in the mask, field by field: what is null throughout is made anew, not sifted."""
    children = [pc.struct_field(values, field.name) for field in values.type]
    arrays = [
        pa.nulls(count, child.type) if len(child) and child.null_count == len(child) else child.filter(mask)
        for child in children
    ]
    return pa.StructArray.from_arrays(arrays, fields=list(values.type))


def _pointing_anew(batch: pa.RecordBatch, mask: Mask) -> pa.RecordBatch:
    """Questions and phrases with the numbers that their objects have once those not in `mask` are gone."""
    place = np.cumsum(mask) - 1
    first = np.concatenate([[0], np.cumsum(np.bincount(rows(batch, "objects")[mask], minlength=len(batch)))])
    for column in ("questions", "phrases"):
        entry, meant = objects_meant(batch, column)
        if not len(entry):
            continue
        stays = mask[meant]
        entry, meant = entry[stays], meant[stays]
        numbers_ = (place[meant] - first[rows(batch, column)[entry]]).astype(np.int32)
        sizes = np.bincount(entry, minlength=int(counts(batch, column).sum()))
        offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))
        batch = with_fields(batch, column, {"objects": pa.ListArray.from_arrays(offsets, pa.array(numbers_))})
    return batch


def keep_records(batch: pa.RecordBatch, mask: Mask) -> pa.RecordBatch:
    """The batch without the records where `mask` is false."""
    return batch if mask.all() else batch.filter(pa.array(mask))


def with_fields(batch: pa.RecordBatch, column: str, fields: dict[str, pa.Array]) -> pa.RecordBatch:
    """The batch with some fields of a list column's entries replaced; arrays are as long as the entries are many."""
    held = batch.column(column)
    kind = ANNOTATIONS.field(column).type.value_type
    values = held.flatten()
    arrays = [fields[field.name] if field.name in fields else pc.struct_field(values, field.name) for field in kind]
    offsets = pa.array(starts(batch, column).astype(np.int32))
    return with_column(
        batch, column, pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(arrays, fields=list(kind)))
    )


def with_boxes(batch: pa.RecordBatch, changed: NDArray[np.float64]) -> pa.RecordBatch:
    """The batch with other boxes, (n, 4) as `boxes` gives them."""
    names = ("x1", "y1", "x2", "y2")
    fields = {name: pa.array(np.ascontiguousarray(changed[:, axis])) for axis, name in enumerate(names)}
    return with_fields(batch, "objects", fields)


def with_column(batch: pa.RecordBatch, column: str, array: pa.Array) -> pa.RecordBatch:
    """The batch with one column replaced."""
    columns = [array if name == column else batch.column(name) for name in ANNOTATIONS.names]
    return pa.RecordBatch.from_arrays(columns, schema=ANNOTATIONS)

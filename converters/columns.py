"""Columns to the annotation table: the fast way in, for sources whose objects already stand in numpy columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..schemas.annotation import ANNOTATIONS, CAPTION, MEDIA, OBJECT


@dataclass(slots=True)
class ObjectColumns:
    """n objects: `boxes` (n, 4) x1 y1 x2 y2 in pixels, `labels` indices into the label list, `index` the place in the
    source's list; `more` are Arrow columns of the other fields by name, where there is anything in them.
    """

    index: NDArray[np.int64]
    labels: NDArray[np.int32]
    boxes: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    more: Mapping[str, pa.Array] = field(default_factory=dict[str, pa.Array])


def places(prefix: str, index: NDArray[np.int64]) -> pa.Array:
    """JSON pointers: `prefix` and each number."""
    return pc.binary_join_element_wise(pa.scalar(prefix), pa.array(index).cast(pa.string()), "")


def objects(columns: ObjectColumns, names: pa.Array, prefix: str | None = None) -> pa.StructArray:
    """The objects as Arrow structs, all in the record's first picture; `names` is the dictionary of the labels.

    Their place is their index in the record's list; with `prefix` (a pointer up to the index) it is spelt out.
    """
    count = len(columns.index)
    x1, y1, x2, y2 = (pa.array(np.ascontiguousarray(columns.boxes[:, axis])) for axis in range(4))
    given = {
        "index": pa.array(columns.index),
        "media": pa.array(np.zeros(count, np.int32)),
        "label": pa.DictionaryArray.from_arrays(pa.array(columns.labels), names),
        "x1": x1,
        "y1": y1,
        "x2": x2,
        "y2": y2,
        "crowd": pa.array(columns.crowd),
        "difficult": pa.array(np.zeros(count, np.bool_)),
    }
    if prefix is not None:
        given["at"] = places(prefix, columns.index)
    given.update(columns.more)
    arrays = [given[field.name] if field.name in given else pa.nulls(count, field.type) for field in OBJECT]
    return pa.StructArray.from_arrays(arrays, fields=list(OBJECT))


def one_picture_each(paths: pa.Array, widths: NDArray[np.int32], heights: NDArray[np.int32]) -> pa.ListArray:
    """The media column of records that have one picture each."""
    count = len(paths)
    kind = pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array(["image"]))
    columns = [kind, paths, pa.array(widths), pa.array(heights), pa.nulls(count, pa.float64())]
    media = pa.StructArray.from_arrays(columns, fields=list(MEDIA))
    return pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32)), media)


def captions(ats: pa.Array, texts: pa.Array) -> pa.StructArray:
    """The captions as Arrow structs."""
    return pa.StructArray.from_arrays([ats, texts], fields=list(CAPTION))


def lists(counts: NDArray[np.int64], values: pa.Array) -> pa.ListArray:
    """A list column from how many of `values` each row has."""
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def none_at_all(count: int, column: str) -> pa.ListArray:
    """A list column of that many records in which nobody has an entry."""
    kind = ANNOTATIONS.field(column).type
    return pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], kind.value_type), type=kind)


def batch(
    ids: pa.Array,
    file: str,
    ats: pa.Array,
    media: pa.ListArray,
    objects: pa.ListArray,
    captions: pa.ListArray,
    list_at: str | None,
) -> pa.RecordBatch:
    """A batch of the annotation table from its columns; every record is its own group.

    `list_at` is where the list stands in which the objects have their index; None where each has its own place.
    """
    count = len(ids)
    columns = [
        ids,
        pa.repeat(pa.scalar(file), count),
        ats,
        pa.repeat(pa.scalar(list_at, pa.string()), count),
        pa.nulls(count, pa.string()),
        media,
        objects,
        captions,
        *(none_at_all(count, column) for column in ("questions", "phrases", "conversations")),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ANNOTATIONS)

"""The spool: annotation batches on disk between the pass that reads and the pass that writes.

What is global (splits, duplicates, the vocabulary) is known only when everything was read, and nothing may be held in
memory meanwhile. The spool lies in the staging folder, so it goes when the run ends, however it ends.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc

from ..schemas.annotation import ANNOTATIONS
from .commit.destination import telling


class Written(NamedTuple):
    """One batch in a spool: its first byte, that after its last, how many records it has."""

    start: int
    end: int
    records: int


class Spool:
    """Written once, then read as often as wanted, batch by batch: `written` says where each is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: list[Written] = []
        with telling(path):
            self._sink = pa.OSFile(str(path), "wb")

    def write(self, batch: pa.RecordBatch) -> None:
        """Append one batch, a stream of its own: what is null throughout, such as polygons, takes no room."""
        slim = _slim(batch)
        start = self._sink.tell()
        # Uncompressed: it is read once more within the minute, from the page cache.
        with telling(self.path), pa.ipc.new_stream(self._sink, slim.schema) as writer:
            writer.write_batch(slim)
        self.written.append(Written(start, self._sink.tell(), len(batch)))

    def close(self) -> None:
        """No more is written."""
        if not self._sink.closed:
            self._sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()


def batches_at(path: Path, written: Sequence[Written]) -> Iterator[pa.RecordBatch]:
    """The batches of a spool at these places, in order."""
    with telling(path), pa.OSFile(str(path), "rb") as source:
        for each in written:
            source.seek(each.start)
            with pa.ipc.open_stream(source) as reader:
                yield _whole(reader.read_next_batch())


def content_at(path: Path, written: Sequence[Written]) -> Iterator[bytes]:
    """The batches of a spool at these places as the bytes that they are."""
    with telling(path), path.open("rb") as source:
        for each in written:
            source.seek(each.start)
            yield source.read(each.end - each.start)


def _slim(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with entries' fields that are null throughout as nulls without buffers."""
    columns = [_changed(column, _to_null) if pa.types.is_list(column.type) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _whole(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with the types of the annotation table again."""
    columns = [
        _changed(column, _from_null(field.type.value_type)) if pa.types.is_list(column.type) else column
        for column, field in zip(batch.columns, ANNOTATIONS, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ANNOTATIONS)


Change = Callable[[pa.Field, pa.Array], pa.Array]


def _changed(lists: pa.ListArray, change: Change) -> pa.ListArray:
    values = lists.flatten()
    fields = list(values.type)
    children = [change(field, pc.struct_field(values, field.name)) for field in fields]
    named = [field.with_type(child.type) for field, child in zip(fields, children, strict=True)]
    offsets = lists.offsets
    start = offsets[0].as_py() if len(offsets) else 0
    moved = pc.subtract(offsets, pa.scalar(start, pa.int32())) if start else offsets
    return pa.ListArray.from_arrays(moved, pa.StructArray.from_arrays(children, fields=named))


def _to_null(field: pa.Field, child: pa.Array) -> pa.Array:
    return pa.nulls(len(child)) if field.nullable and len(child) and child.null_count == len(child) else child


def _from_null(kind: pa.StructType) -> Change:
    def change(field: pa.Field, child: pa.Array) -> pa.Array:
        wanted = kind.field(field.name).type
        return pa.nulls(len(child), wanted) if pa.types.is_null(child.type) else child

    return change

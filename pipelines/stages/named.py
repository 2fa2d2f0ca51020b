"""Names that no other part has: a record of a named part is `part/record`."""

import pyarrow as pa
import pyarrow.compute as pc

from ...converters.table import with_column


def named(batch: pa.RecordBatch, part: str) -> pa.RecordBatch:
    """The batch with its records named after the part; as it is where the part has no name."""
    if not part:
        return batch
    ids = pc.binary_join_element_wise(pa.scalar(part), batch.column("id"), "/")
    return with_column(batch, "id", ids)


def repeated(batch: pa.RecordBatch, time: int) -> pa.RecordBatch:
    """The batch as it is given once more: with names of its own, so that other words are chosen for it."""
    ids = pc.binary_join_element_wise(batch.column("id"), pa.scalar(str(time)), "~")
    return with_column(batch, "id", ids)

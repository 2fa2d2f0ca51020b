"""Filters as reading applies them: first the records that go whole, then annotations of the others."""

import pyarrow as pa
from mmdata.pipelines.filter.criteria import Keep
from mmdata.pipelines.filter.keep import keep_annotations, keep_records
from mmdata.pipelines.filter.lint_findings import Places
from mmdata.schemas.accounting import Accounting


def keep(batch: pa.RecordBatch, wanted: Keep, accounting: Accounting, places: Places | None = None) -> pa.RecordBatch:
    """A settled batch with what is wanted of it; everything else is rejected."""
    return keep_annotations(keep_records(batch, wanted, accounting, places), wanted, accounting, places)

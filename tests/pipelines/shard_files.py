"""Rows into all files of a split, as a build does it: sizes, a plan, and each file by itself."""

from collections.abc import Sequence

import numpy as np
from mmdata.pipelines.shards.protocol import Files, Shard
from mmdata.pipelines.stage import Stage


def written(place: Stage, files: Files, rows: Sequence[bytes]) -> list[Shard]:
    """The receipts of the files, in the order of their rows; `place` has those of whatever else was made."""
    sizes = [files.size(row, place) for row in rows]
    return [
        files.write(place, number, begin, rows[begin:end], sizes[begin:end])
        for number, (begin, end) in enumerate(files.plan(np.array(sizes, np.int64)))
    ]

"""Rows into all files of a split, as a build does it: sizes, a plan, and each file by itself."""

from collections.abc import Sequence

import numpy as np
from mmdata.pipelines.commit.staging import StagingFolder
from mmdata.pipelines.shards.protocol import Files, Shard


def in_order(files: Files, rows: Sequence[bytes], cuts: Sequence[tuple[int, int]]) -> list[bytes]:
    """The rows in the order in which their files have them."""
    if (marks := files.marks(rows)) is None:
        return list(rows)
    lengths = np.array([len(row) for row in rows], np.int64)
    return [rows[b + at] for b, e in cuts for at in files.arranged(lengths[b:e], marks[b:e]).tolist()]


def written(place: StagingFolder, files: Files, rows: Sequence[bytes]) -> list[Shard]:
    """The receipts of the files, in the order of their rows; `place` has those of whatever else was made."""
    cuts = files.plan(np.array([files.size(row, place) for row in rows], np.int64))
    mine = in_order(files, rows, cuts)
    sizes = [files.size(row, place) for row in mine]
    return [files.write(place, number, b, mine[b:e], sizes[b:e]) for number, (b, e) in enumerate(cuts)]

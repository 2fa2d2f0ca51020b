"""Rows are read back for their shard as they were written, in whatever order and from however many files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.pipelines.commit.staging import StagingFolder
from mmdata.pipelines.shards.json_list import files
from mmdata.pipelines.stages import write


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.binary(min_size=1, max_size=9), max_size=6), max_size=5), st.randoms(use_true_random=False))
def test_rows_of_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[list[bytes]], order: object
) -> None:
    monkeypatch.setattr(write, "BLOCK", 3)
    monkeypatch.setattr(write, "MOST_OPEN", 2)
    paths: list[Path] = []
    wanted: list[tuple[int, int, bytes]] = []
    for number, rows in enumerate(pieces):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(b"".join(rows))
        wanted += [(number, sum(map(len, rows[:at])), row) for at, row in enumerate(rows)]
    order.shuffle(wanted)
    part = write.ShardPart(
        StagingFolder(tmp_path, tmp_path, tmp_path),
        files("train"),
        0,
        0,
        tuple(paths),
        np.array([piece for piece, _, _ in wanted], np.int32),
        np.array([at for _, at, _ in wanted], np.int64),
        np.array([len(row) for _, _, row in wanted], np.int64),
        np.zeros(len(wanted), np.int64),
    )
    assert list(write._rows(part)) == [row for _, _, row in wanted]

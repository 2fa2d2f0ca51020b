"""A packing plan: every row once, no pack too long, as few packs as best fit makes, the same each time."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
from hypothesis import example, given
from hypothesis import strategies as st
from mmdata.pipelines.commit.commit import Staging
from mmdata.pipelines.packing import pack, write_packing

LENGTHS = st.lists(st.integers(1, 40), max_size=80)


def best_fit(lengths: list[int], most: int) -> int:
    """How many packs best fit makes, row after row, in the words of the rule."""
    rooms: list[int] = []
    for length in sorted((min(length, most) for length in lengths), reverse=True):
        fitting = [room for room in rooms if room >= length]
        if fitting:
            rooms.remove(min(fitting))
        rooms.append((min(fitting) if fitting else most) - length)
    return len(rooms)


@given(LENGTHS, st.integers(1, 60))
def test_every_row_is_in_one_pack_that_holds_it(lengths, most):
    packs = pack(np.array(lengths, np.int64), most)
    assert sorted(packs.rows.tolist()) == list(range(len(lengths)))
    held = [packs.rows[start:end].tolist() for start, end in zip(packs.starts, packs.starts[1:], strict=False)]
    assert [sum(lengths[row] for row in rows) for rows in held] == packs.tokens.tolist()
    for rows in held:
        assert rows == sorted(rows)
        assert sum(lengths[row] for row in rows) <= most or len(rows) == 1
    assert [rows[0] for rows in held] == sorted(rows[0] for rows in held)


@given(LENGTHS, st.integers(1, 60))
@example([6, 5, 4, 3, 2], 10)  # where the most room is taken, there are three
def test_there_are_as_few_packs_as_best_fit_makes(lengths, most):
    assert len(pack(np.array(lengths, np.int64), most)) == best_fit(lengths, most)


def test_lengths_that_fit_together_leave_no_room():
    packs = pack(np.array([60, 40, 50, 50, 100, 10, 90], np.int64), 100)
    assert (len(packs), packs.fill(100)) == (4, 1.0)


def test_no_rows_are_no_packs(tmp_path: Path):
    with Staging(tmp_path / "out") as staging:
        said = write_packing(staging, "val", np.zeros(0, np.int64), 100)
    assert said == {"packs": 0, "max_length": 100, "fill": 0.0}


def test_the_plan_is_a_table_and_the_same_bytes_each_time(tmp_path: Path):
    lengths = np.random.default_rng(1).integers(1, 900, 5000)
    for name in ("one", "two"):
        with Staging(tmp_path / name) as staging:
            said = write_packing(staging, "train", lengths, 1000)
            staging.publish({"mmdata": "0", "format": 1})
    path = tmp_path / "one" / "packing-train.parquet"
    assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    table = parquet.read_table(path)
    assert table.num_rows == said["packs"]
    assert sorted(row for rows in table["rows"].to_pylist() for row in rows) == list(range(5000))
    assert table["tokens"].to_pylist() == [int(lengths[rows].sum()) for rows in table["rows"].to_pylist()]
    assert said["fill"] == round(int(lengths.sum()) / 1000 / table.num_rows, 4)
    assert said["fill"] > 0.98

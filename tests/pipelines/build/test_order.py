"""The order of rows and the shards they are cut into, against the same thing done slowly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.commit.staging import StagingFolder
from mmdata.pipelines.narrow_integers import least
from mmdata.pipelines.order import arranged, laid_out, shard_parts, shuffled
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.protocol import Cut
from mmdata.pipelines.stages.account import account_of
from mmdata.pipelines.stages.render import PartRendered
from mmdata.schemas.accounting import Accounting

ROWS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2)), max_size=12)


def _piece(rows: list[tuple[int, int]], tokens: bool) -> PartRendered:
    length = np.array([length for length, _ in rows], np.int64)
    split = np.array([split for _, split in rows], np.int8)
    none = np.zeros(3, np.int64)
    counted = length * 10 if tokens else None
    told, shown = account_of(Accounting()), np.zeros(0, np.uint64)
    return PartRendered(Path("r"), Path("j"), told, length, split, length + 100, counted, none, shown)


@given(st.lists(ROWS, max_size=5), st.booleans(), st.none() | st.integers(0, 2**70))
def test_every_row_is_in_its_split_once_and_where_it_was_written(
    pieces: list[list[tuple[int, int]]], tokens: bool, seed: int | None
) -> None:
    made = laid_out([_piece(rows, tokens) for rows in pieces], 3, seed)
    for number, laid in enumerate(made):
        expected = [
            (piece, sum(length for length, _ in rows[:at]), rows[at][0])
            for piece, rows in enumerate(pieces)
            for at in range(len(rows))
            if rows[at][1] == number
        ]
        found = list(zip(laid.piece.tolist(), laid.at.tolist(), laid.length.tolist(), strict=True))
        assert (found if seed is None else sorted(found)) == expected
        assert (laid.size - laid.length == 100).all()
        assert laid.tokens is None or (laid.tokens == laid.length * 10).all()


@given(st.lists(ROWS, max_size=5), st.none() | st.integers(0, 9), st.integers(1, 4))
def test_shards_have_the_rows_of_their_splits_in_order(
    pieces: list[list[tuple[int, int]]], seed: int | None, most: int
) -> None:
    made = [_piece(rows, tokens=False) for rows in pieces]
    made = [replace(piece, rows=Path(str(number))) for number, piece in enumerate(made)]
    files = [load_form("jsonl").files(name, Cut(samples=most)) for name in "abc"]
    laid = [arranged(mine, rows) for mine, rows in zip(files, laid_out(made, 3, seed), strict=True)]
    parts = shard_parts(StagingFolder(Path("o"), Path("o"), Path("/o")), files, laid, made)
    for mine, (rows, _) in zip(files, laid, strict=True):
        held = [part for part in parts if part.files is mine]
        assert [part.number for part in held] == list(range(len(held)))
        assert [part.first for part in held] == [min(at * most, len(rows)) for at in range(len(held))]
        told = [
            (int(part.pieces[piece].name), *numbers)
            for part in held
            for piece, *numbers in zip(*(each.tolist() for each in (part.piece, part.at, part.length)), strict=True)
        ]
        assert told == list(zip(rows.piece.tolist(), rows.at.tolist(), rows.length.tolist(), strict=True))
    again = [parts[at] for at in range(len(parts))]
    assert [(part.files, part.number) for part in again] == [(part.files, part.number) for part in parts]
    assert [part.number for part in parts[1:]] == [part.number for part in again[1:]]


@given(st.lists(st.integers(0, 2**40)), st.integers(0, 40))
def test_numbers_are_the_same_in_fewer_bytes(numbers: list[int], bits: int) -> None:
    column = np.array([number % (1 << bits) for number in numbers], np.int64)
    small = least(column)
    assert small.tolist() == column.tolist()
    assert small.itemsize == next(size for size in (1, 2, 4, 8) if max([0, *column.tolist()]) < 1 << 8 * size)


@given(st.integers(0, 500), st.integers(0, 2**64 - 1))
def test_a_shuffle_is_a_permutation_that_the_seed_decides(count: int, seed: int) -> None:
    once = shuffled(count, seed)
    assert sorted(once.tolist()) == list(range(count))
    assert (once == shuffled(count, seed)).all()


def test_a_shuffle_is_the_same_for_ever() -> None:
    assert shuffled(10, 0).tolist() == [2, 4, 6, 8, 5, 1, 7, 0, 9, 3]
    assert shuffled(10, 7).tolist() == [5, 9, 3, 7, 4, 8, 6, 1, 0, 2]
    assert shuffled(10, 0).tolist() != list(range(10))

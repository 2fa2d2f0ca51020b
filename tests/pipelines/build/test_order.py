"""The order of rows and the shards they are cut into, against the same thing done slowly."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.order import laid_out, shuffled
from mmdata.pipelines.stages.account import account_of
from mmdata.pipelines.stages.render import PartRendered
from mmdata.schemas.accounting import Accounting

ROWS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2)), max_size=12)


def _piece(rows: list[tuple[int, int]], tokens: bool) -> PartRendered:
    length = np.array([length for length, _ in rows], np.int64)
    split = np.array([split for _, split in rows], np.int8)
    none = np.zeros(3, np.int64)
    counted = length * 10 if tokens else None
    return PartRendered(Path("r"), Path("j"), account_of(Accounting()), length, split, length + 100, counted, none)


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


@given(st.integers(0, 500), st.integers(0, 2**64 - 1))
def test_a_shuffle_is_a_permutation_that_the_seed_decides(count: int, seed: int) -> None:
    once = shuffled(count, seed)
    assert sorted(once.tolist()) == list(range(count))
    assert (once == shuffled(count, seed)).all()


def test_a_shuffle_is_the_same_for_ever() -> None:
    assert shuffled(10, 0).tolist() == [2, 4, 6, 8, 5, 1, 7, 0, 9, 3]
    assert shuffled(10, 7).tolist() == [5, 9, 3, 7, 4, 8, 6, 1, 0, 2]
    assert shuffled(10, 0).tolist() != list(range(10))

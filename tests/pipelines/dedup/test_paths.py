"""Paths in blocks are the paths."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.dedup.paths import Only, Paths, block

NAMES = st.text(st.characters(exclude_characters="\0"), max_size=8)
RECORDS = st.lists(st.lists(st.lists(NAMES, max_size=3), max_size=4), max_size=5)
"""Batches of records of pictures."""


@given(RECORDS)
def test_what_was_put_into_blocks_is_there_by_place_in_order_and_by_record(batches: list[list[list[str]]]) -> None:
    records = [pages for batch in batches for pages in batch]
    names = [name for pages in records for name in pages]
    blocks = [block([name for pages in batch for name in pages]) for batch in batches]
    paths = Paths(blocks, [len(pages) for pages in records], lambda name: Path("at", name))
    meant = [Path("at", name) if name else None for name in names]
    assert len(paths) == len(meant)
    assert list(paths) == meant
    assert [paths[place] for place in range(len(paths))] == meant
    assert list(paths[1:3]) == meant[1:3]
    assert [paths.first(record) for record in range(len(records))] == [pages[0] if pages else "" for pages in records]


@given(st.lists(st.tuples(NAMES, st.booleans())))
def test_only_those_that_are_wanted_are_there(named: list[tuple[str, bool]]) -> None:
    wanted = np.array([own for _, own in named], np.bool_)
    only = Only([Path(name) for name, _ in named], wanted)
    meant = [Path(name) if own else None for name, own in named]
    assert list(only) == [only[place] for place in range(len(only))] == list(only[:]) == meant

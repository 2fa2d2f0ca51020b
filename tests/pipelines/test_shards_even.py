"""`--even N`: a multiple of N files, of as many samples each, and nothing dropped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.shards import load_form
from mmdata.pipelines.shards.even import even_ranges
from mmdata.pipelines.shards.protocol import Cut
from mmdata.schemas.errors import ConfigError

SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=120)


@given(SIZES, st.integers(1, 9), st.none() | st.integers(1, 300), st.none() | st.integers(1, 20), st.integers(0, 30))
def test_files_divide_and_hold_all_rows_in_order(sizes, even, size, samples, overhead):
    if len(sizes) < even:
        return
    files = even_ranges(np.array(sizes, np.int64), Cut(size, samples, even), overhead, "train")
    assert [row for start, end in files for row in range(start, end)] == list(range(len(sizes)))
    counts = [end - start for start, end in files]
    assert len(files) % even == 0
    assert max(counts) - min(counts) <= 1
    assert min(counts) >= 1
    of_worker = [sum(counts[worker::even]) for worker in range(even)]
    assert max(of_worker) - min(of_worker) <= 1
    fits = [(size is None or sum(sizes[a:b]) + overhead <= size) and b - a <= (samples or 999) for a, b in files]
    assert all(fits) or len(files) + even > len(sizes)  # no more files can be


@given(st.integers(1, 5000), st.integers(1, 12), st.integers(1, 50))
def test_there_are_no_more_files_than_the_cut_asks_for(count, even, samples):
    if count < even:
        return
    files = even_ranges(np.ones(count, np.int64), Cut(None, samples, even), 0, "train")
    fewer = len(files) - even
    assert fewer <= 0 or -(-count // fewer) > samples


def test_without_another_bound_there_are_as_many_files_as_asked():
    assert even_ranges(np.ones(10, np.int64), Cut(even=4), 0, "train") == [(0, 3), (3, 6), (6, 8), (8, 10)]


def test_fewer_samples_than_workers_are_told():
    with pytest.raises(ConfigError, match="--even: 8, and the split val has 3 samples: some workers would have none"):
        even_ranges(np.ones(3, np.int64), Cut(even=8), 0, "val")


@pytest.mark.parametrize(("form", "name"), [("jsonl", "train-00003.jsonl"), ("webdataset", "train-00003.tar")])
def test_a_form_plans_so(form, name):
    files = load_form(form).files("train", Cut(even=4))
    assert len(files.plan(np.full(100, 1000))) == 4
    assert files.plan(np.zeros(0, np.int64)) == ([(0, 0)] if form == "jsonl" else [])
    assert files.cut.bytes == (None if form == "jsonl" else 512_000_000)


def test_tars_that_divide_are_of_the_usual_size_at_most():
    files = load_form("webdataset").files("train", Cut(even=4))
    plan = files.plan(np.full(100_000, 100_000))
    assert len(plan) % 4 == 0
    assert len(plan) * 512_000_000 >= 10_000_000_000
    assert max(end - start for start, end in plan) * 100_000 < 512_000_000

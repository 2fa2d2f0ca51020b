"""What rules over a whole set hold: the same whether it fits into memory or lies in a file meanwhile."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.lint import state
from mmdata.pipelines.lint.state import Keyed

ROWS = st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3), st.integers(-5, 5)), max_size=60)


@given(ROWS, st.sampled_from([1, 4, 1 << 15]), st.integers(1, 3), st.integers(1, 7))
def test_rows_of_one_key_come_together_in_their_order(rows, bound, least, at_a_time):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "BOUND", bound)
        held = Keyed(1)
        for start in range(0, len(rows), at_a_time):
            keys, values = zip(*rows[start : start + at_a_time], strict=True)
            held.add(np.array(keys, np.int64), np.array(values, np.int64))
        found = [each.tolist() for each in held.groups(least)]
    wanted = defaultdict(list)
    for key, value in rows:
        wanted[key].append([key, value])
    assert sorted(found) == sorted(each for each in wanted.values() if len(each) >= least)

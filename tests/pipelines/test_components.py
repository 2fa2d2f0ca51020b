"""Components and spanning pairs are what joining one pair after the other finds."""

import subprocess
import sys

import numpy as np
import scipy.sparse.csgraph  # noqa: F401  imported here, so that no example of a property pays for it
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.components import components, sufficient, tied

COUNT = 12
THINGS = st.integers(0, COUNT - 1)
PAIRS = st.lists(st.tuples(THINGS, THINGS), max_size=40)


def after_one_another(pairs):
    """The first thing of each one's component; and the places of the pairs that joined what was apart."""
    first, joined = list(range(COUNT)), []
    for place, (one, other) in enumerate(pairs):
        both = {first[one], first[other]}
        if len(both) == 2:
            joined.append(place)
            first = [min(both) if each in both else each for each in first]
    return first, joined


def columns(pairs):
    return np.array(pairs, np.int32).reshape(-1, 2).T


@given(PAIRS)
def test_what_hangs_together_by_pairs(pairs):
    found = components(COUNT, *columns(pairs))
    first, _ = after_one_another(pairs)
    assert found.dtype == np.int32
    assert found.tolist() == first
    assert components(COUNT, *tied(found)).tolist() == first


@given(PAIRS)
def test_the_pairs_that_suffice_are_the_first_that_can(pairs):
    pairs = [(one, other) for one, other in pairs if one != other]
    assert sufficient(*columns(pairs)).tolist() == after_one_another(pairs)[1]


def test_things_of_high_numbers_are_told_apart():
    """Numbers up to 2³¹ − 1 do not run into each other where pairs are compared."""
    high = np.iinfo(np.int32).max
    assert sufficient(*columns([(high - 1, high), (high, high - 1), (0, high), (0, 1)])).tolist() == [0, 2, 3]


def test_a_long_chain_is_one_component_in_any_order():
    order = np.random.default_rng(0).permutation(20_000 - 1).astype(np.int32)
    assert not components(20_000, order, order + np.int32(1)).any()


def test_where_there_is_no_pair_scipy_is_not_imported():
    program = (
        "import sys, numpy as np; from mmdata.pipelines.components import components, sufficient\n"
        "none = np.zeros(0, np.int32)\n"
        "assert components(3, none, none).tolist() == [0, 1, 2] and not len(sufficient(none, none))\n"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False"]

"""Clusters: what hangs together, however many steps apart, by as few looks as can be."""

import pytest
import scipy.sparse.csgraph  # noqa: F401  imported here, so that no example of a property pays for it
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.dedup import clusters as module
from mmdata.pipelines.dedup.clusters import clusters, joining

THINGS = st.integers(0, 14)
PAIRS = st.lists(st.tuples(THINGS, THINGS).filter(lambda pair: pair[0] != pair[1]), max_size=60)


def test_a_chain_is_one_cluster_and_its_first_stands_for_it():
    assert clusters(6, [(4, 5), (1, 4), (5, 2)]).tolist() == [0, 1, 1, 3, 1, 1]


def pair_after_pair(pairs, by):
    """What is found, and what is looked at, where each pair is looked at unless those before it join the two."""
    first, found, seen = list(range(15)), [], []
    for pair in pairs:
        both = {first[each] for each in pair}
        if len(both) == 2:
            seen.append(pair)
            if by(pair):
                found.append((*pair, by(pair)))
                first = [min(both) if each in both else each for each in first]
    return found, seen


@given(PAIRS, st.sets(st.tuples(THINGS, THINGS)), st.sampled_from([1, 5, 512]))
def test_found_and_looked_at_is_what_would_be_pair_after_pair(pairs, alike, together):
    def by(pair):
        return "look" if pair in alike or pair[::-1] in alike else None

    def hows(asked):
        seen.extend(asked)
        return [by(pair) for pair in asked]

    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "TOGETHER", together)
        found = list(joining(pairs, hows))
    wanted, looks = pair_after_pair(pairs, by)
    assert found == wanted
    assert sorted(seen) == sorted(looks)


def test_what_hangs_together_is_looked_at_together():
    """So that a picture is read once; and enough at a time for all cores. Three of each four are candidates of each
    other, and not the same: the third pair is looked at when the first two are known.
    """
    asked = []
    pairs = [pair for one in range(0, 20_000, 4) for pair in ((one, one + 1), (one, one + 2), (one + 1, one + 2))]
    assert not list(joining(pairs, lambda some: asked.append(some) or [None] * len(some)))
    assert sorted(pair for some in asked for pair in some) == pairs
    begun = [min(some)[0] // 4 for some in asked]
    assert begun[::2] == begun[1::2] == sorted(set(begun))
    assert all(len(some) + len(more) < 2 * module.TOGETHER for some, more in zip(asked[::2], asked[1::2], strict=True))
    assert len(asked) < 4 * len(pairs) / module.TOGETHER

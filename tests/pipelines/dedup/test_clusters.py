"""Clusters: what hangs together, however many steps apart."""

from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.dedup.clusters import clusters


def test_a_chain_is_one_cluster_and_its_first_stands_for_it():
    assert clusters(6, [(4, 5), (1, 4), (5, 2)]).tolist() == [0, 1, 1, 3, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_two_are_in_one_cluster_where_there_is_a_way(pairs):
    reached = {place: {place} for place in range(20)}
    for one, other in pairs:
        both = reached[one] | reached[other]
        reached.update(dict.fromkeys(both, both))
    assert clusters(20, pairs).tolist() == [min(reached[place]) for place in range(20)]

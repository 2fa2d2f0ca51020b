"""Components: what hangs together by pairs, however many steps apart, and the pairs that suffice for it.

scipy's graphs do the work; they are imported when there is a pair. Nodes are only the things that are in some pair,
numbered in 32 bits: 10 M pairs among 12 M things take 6 s of CPU and 360 MiB beside the pairs.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Small = NDArray[np.int32]


def components(count: int, one: Small, other: Small) -> Small:
    """For each of `count` things the first of all that hang together with it by pairs, the i-th of `one` with the i-th
    of `other`; itself where it is alone.
    """
    if not len(one):
        return np.arange(count, dtype=np.int32)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    paired = np.zeros(count, np.bool_)
    paired[one] = paired[other] = True
    node = np.cumsum(paired, dtype=np.int32) - np.int32(1)
    nodes = int(node[-1]) + 1
    graph = coo_array((np.ones(len(one)), (node[one], node[other])), (nodes, nodes)).tocsr()
    del node
    _, which = connected_components(graph, directed=False)
    del graph
    things = np.flatnonzero(paired).astype(np.int32)
    del paired
    first = np.empty(nodes, np.int32)
    first[which[::-1]] = things[::-1]  # the least of a component is written last
    found = np.arange(count, dtype=np.int32)
    found[things] = first[which]
    return found


def tied(first: Small) -> tuple[Small, Small]:
    """What `components` found, as pairs again: all that are not the first of theirs, and the first of each."""
    one = np.flatnonzero(first != np.arange(len(first), dtype=np.int32)).astype(np.int32)
    return one, first[one]


def sufficient(one: Small, other: Small) -> Ints:
    """Places of the pairs that join what was apart, were all joined one after the other; in order.

    That is the least spanning forest where a pair costs its place. No pair may be of one thing.
    """
    if not len(one):
        return np.zeros(0, np.int64)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    low, high = np.minimum(one, other), np.maximum(one, other)
    _, node = np.unique(np.concatenate([low, high]), return_inverse=True)
    _, first = np.unique(low.astype(np.int64) << 32 | high, return_index=True)  # a graph adds up what is there twice
    nodes = int(node.max()) + 1
    costs = first + 1.0  # none is 0, which would be no pair
    graph = coo_array((costs, (node[: len(one)][first], node[len(one) :][first])), (nodes, nodes)).tocsr()
    return np.sort(minimum_spanning_tree(graph).data).astype(np.int64) - 1

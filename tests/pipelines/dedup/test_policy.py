"""The greedy choice: whatever is the same as what, it is that of one look after the other."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mmdata.pipelines.dedup.policy import decide

COUNT = 7
PAIRS = list(combinations(range(COUNT), 2))
STATES = st.lists(st.sampled_from(["far", "near", "same"]), min_size=len(PAIRS), max_size=len(PAIRS))


@dataclass
class Things:
    """Things of which no two are plainly the same; the pairs of `near` are candidates, of which `same` are the same."""

    near: dict[int, list[int]]
    same: set[tuple[int, int]]
    plainly: str = "bytes"

    def __post_init__(self):
        self.first = np.arange(COUNT)
        self.asked = []

    def how(self, one, other):
        return "look" if (min(one, other), max(one, other)) in self.same else None

    def clusters(self):
        return np.arange(COUNT, dtype=np.int32)

    def hows(self, pairs):
        self.asked += [(min(pair), max(pair)) for pair in pairs]
        return [self.how(*pair) for pair in pairs]


@given(STATES, st.lists(st.integers(0, 5), min_size=COUNT, max_size=COUNT))
def test_looks_together_give_what_looks_one_after_the_other_would(states, annotations):
    candidates = [pair for pair, state in zip(PAIRS, states, strict=True) if state != "far"]
    same = {pair for pair, state in zip(PAIRS, states, strict=True) if state == "same"}
    near = {}
    for one, other in candidates:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    things = Things({one: sorted(others) for one, others in near.items()}, same)
    decided = decide(things, "most-annotated", annotations, lambda *_: True)
    kept, instead = [], {}
    for thing in sorted(range(COUNT), key=lambda each: (-annotations[each], each)):
        those = [other for other in things.near.get(thing, ()) if other in kept and things.how(thing, other)]
        if those:
            instead[thing] = those[0], "look"
        else:
            kept.append(thing)
    assert np.flatnonzero(decided.kept).tolist() == sorted(kept)
    assert decided.instead == instead
    assert len(things.asked) == len(set(things.asked)), "nothing is looked at twice"

"""What targets that are built on one another, or resize pictures alike, say of themselves: all the same."""

from inspect import isfunction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.targets import TARGETS, load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.pipelines.lengths import pixels_of

ONE_RESIZE = (
    ("huggingface", "imagefolder", "trl"),
    ("qwen2-vl", "qwen2.5-vl"),
    ("swift", "webdataset", "energon", "mds"),
)
"""Targets whose pictures the same code resizes."""

COUNTED, READ = ("PIXELS", "FACTOR"), ("GRAMMAR",)
"""What else must be another target's where its tokens are counted by that one's code, and where its boxes are read."""

SIDE = st.integers(1, 9000)
LIMIT = st.none() | st.integers(1, 10**7)


def pixels(name: str, batch, options: RenderOptions) -> list[int]:
    return pixels_of(load_target(name), batch, options).tolist()


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(sizes=st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=5), least=LIMIT, most=LIMIT)
@pytest.mark.parametrize("alike", ONE_RESIZE, ids="-".join)
def test_targets_that_share_a_resize_say_the_same_pixels(alike, batch_of, sizes, least, most):
    samples = [
        {"id": str(row), "media": [["/d/a.jpg", *size]], "turns": [["user", [{"image": 0}, "?"]], ["assistant", "a"]]}
        for row, size in enumerate(sizes)
    ]
    options = RenderOptions(min_pixels=least, max_pixels=max(most, least or 1) if most else None)
    first, *others = (pixels(name, batch_of(samples), options) for name in alike)
    assert all(each == first for each in others), dict(zip(alike, (first, *others), strict=True))


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_built_on_another_target_has_its_attributes(name):
    """A module that re-exports functions loses in silence what it does not name."""
    target, missed = load_target(name), []
    for function, names in (("count_tokens", COUNTED), ("decode", READ)):
        of = next((other for other, module in TARGETS.items() if module == getattr(target, function).__module__), name)
        missed += [each for each in names if getattr(target, each, None) != getattr(load_target(of), each, None)]
    assert not missed


def test_targets_are_looked_at_by_their_functions():
    assert isfunction(load_target("imagefolder").count_tokens)
    assert load_target("imagefolder").count_tokens.__module__ == TARGETS["huggingface"]

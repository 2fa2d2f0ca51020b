"""Times: tracks as the player shows them, by a second reading of its rules; frame rates; ranges and spans."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.sources.label_studio_geometry import PlaceError
from mmdata.converters.sources.label_studio_regions import Region
from mmdata.converters.sources.label_studio_shapes import Entry
from mmdata.converters.sources.label_studio_times import frame_rate, moments

SIDES = ("x", "y", "width", "height", "rotation")
KEYS = st.lists(
    st.tuples(st.integers(1, 60), st.booleans(), st.tuples(*[st.integers(0, 100)] * 5)),
    min_size=1,
    max_size=5,
    unique_by=lambda key: key[0],
)


def track(keys: list[Any], **more: Any) -> Region:
    sequence = [{"frame": frame, "enabled": on, **dict(zip(SIDES, place, strict=True))} for frame, on, place in keys]
    value = {"sequence": sequence, **more}
    return Region(Entry("/r", {"value": value}, kind="videorectangle", value=value), "track")


def player(keys: list[Any], frame: int) -> list[float] | None:
    """What the player draws on a frame: nothing before the first key frame, nor after one that is switched off."""
    ordered = sorted(keys)
    before = [key for key in ordered if key[0] <= frame]
    if not before or (not before[-1][1] and before[-1][0] != frame):
        return None
    (at, _, place), after = before[-1], [key for key in ordered if key[0] > frame]
    if not after or at == frame:
        return [float(side) for side in place]
    (_, _, goal), share = after[0], (frame - at) / (after[0][0] - at)
    return [one + (other - one) * share for one, other in zip(place, goal, strict=True)]


@given(KEYS, st.integers(1, 30))
@settings(max_examples=100, deadline=None)
def test_a_track_in_steps_is_what_the_player_draws(keys: list[Any], rate: int) -> None:
    found = moments(track(keys, framesCount=60, duration=60 / rate), rate, 1 / rate)
    first = min(key[0] for key in keys)
    shown = {frame: place for frame in range(first, 61) if (place := player(keys, frame)) is not None}
    frames = [each.said["frame"] for each in found]
    assert set(frames) <= set(shown) and len(frames) == len(shown)
    for each in found:
        assert [each.value[side] for side in SIDES] == pytest.approx(shown[each.said["frame"]])  # type: ignore[index]
        assert each.start == pytest.approx((each.said["frame"] - 1) / rate)


@given(KEYS)
@settings(max_examples=60, deadline=None)
def test_every_key_frame_lasts_to_the_next_or_is_the_last_to_be_seen(keys: list[Any]) -> None:
    found = moments(track(keys, framesCount=60), 10.0)
    assert [each.said["frame"] for each in found] == sorted(key[0] for key in keys)
    assert [int(each.step.rpartition("/")[2]) for each in found] == [keys.index(key) for key in sorted(keys)]
    for one, other in pairwise(found):
        off = one.said.get("enabled") is False
        assert one.end == pytest.approx(one.start + 0.1 if off else other.start)
    assert all(each.start < each.end for each in found)


def test_the_rate_is_told_by_a_key_frame_else_by_the_count_of_frames() -> None:
    counted = Entry("", {}, value={"framesCount": 50, "duration": 5.0})
    told = [counted, Entry("", {}, value={"sequence": [{"frame": 18, "time": 0.72}]})]
    assert frame_rate(told) == pytest.approx(25)
    assert frame_rate(told[:1]) == 10
    assert frame_rate([Entry("", {}, value={"ranges": [{"start": 1, "end": 2}]})]) is None


@pytest.mark.parametrize(
    ("shape", "value", "code"),
    [
        ("track", {"sequence": []}, "AN023"),
        ("track", {"sequence": [3]}, "AN004"),
        ("track", {"sequence": [{"enabled": True}]}, "AN023"),
        ("track", {"sequence": [{"frame": float("inf")}]}, "AN003"),
        ("timeline", {"ranges": []}, "AN023"),
        ("timeline", {"ranges": [[1, 2]]}, "AN004"),
        ("timeline", {"ranges": [{"start": 1}]}, "AN023"),
        ("span", {"start": "1", "end": 2}, "AN004"),
    ],
)
def test_times_that_are_none(shape: Any, value: dict[str, Any], code: str) -> None:
    with pytest.raises(PlaceError) as caught:
        moments(Region(Entry("", {}, value=value), shape), 24.0)
    assert caught.value.code == code


def test_steps_without_end_are_refused() -> None:
    with pytest.raises(PlaceError, match="raise --track-step"):
        moments(track([(1, True, (0,) * 5)], framesCount=900_000_000), 1.0, 0.001)

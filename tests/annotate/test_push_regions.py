"""Regions: pixels to Label Studio's percent and back by the reader of its exports, whatever the shape."""

from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdata.annotate.push_regions import Interface, UnfitError, read_interface, region, turned_rectangle
from mmdata.converters.sources.label_studio_geometry import place
from mmdata.schemas.box import hull, rotated_corners
from mmdata.schemas.errors import ConfigError

from .pushing import EVERYTHING

INTERFACE = read_interface(EVERYTHING, "here")
PLAIN: dict[str, Any] = dict.fromkeys(
    ("quad", "polygons", "keypoints", "keypoint_names", "mask", "text", "attributes"), None
)

sides = st.integers(1, 20_000)
shares = st.floats(0, 1, allow_nan=False)


def thing(label: str, x1: float, y1: float, x2: float, y2: float, **more: Any) -> dict[str, Any]:
    return PLAIN | {"label": label, "x1": x1, "y1": y1, "x2": x2, "y2": y2} | more


def near(one: Any, other: Any, size: tuple[int, int]) -> bool:
    return all(isclose(a, b, rel_tol=1e-6, abs_tol=1e-9 * max(size)) for a, b in zip(one, other, strict=True))


@given(sides, sides, shares, shares, st.floats(1e-3, 1), st.floats(1e-3, 1))
def test_a_box_comes_back(width: int, height: int, x: float, y: float, across: float, down: float) -> None:
    box = (x * width, y * height, x * width + across * width, y * height + down * height)
    (entry,), lost = region(thing("car", *box), (width, height), INTERFACE, "a", None)
    assert not lost
    assert near(place("rectangle", entry["value"], (width, height)).box, box, (width, height))


@given(sides, sides, shares, shares, st.floats(1, 500), st.floats(1, 500), st.floats(-720, 720), st.booleans())
def test_a_turned_box_comes_back_whichever_way_its_corners_go(
    width: int, height: int, x: float, y: float, across: float, down: float, angle: float, backwards: bool
) -> None:
    quad = rotated_corners(x * width, y * height, across, down, angle)
    given_quad = quad[:2] + quad[6:] + quad[4:6] + quad[2:4] if backwards else quad
    (entry,), _ = region(thing("car", *hull(quad), quad=given_quad), (width, height), INTERFACE, "a", None)
    assert entry["type"] == "rectanglelabels"
    back = place("rectangle", entry["value"], (width, height))
    assert near(back.quad or rotated_corners(*_upright(back.box)), quad, (width, height))


def _upright(box: Any) -> tuple[float, float, float, float, float]:
    return box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1, 0.0


@given(sides, sides, st.lists(st.tuples(shares, shares), min_size=3, max_size=12))
def test_an_outline_comes_back(width: int, height: int, points: list[tuple[float, float]]) -> None:
    ring = [axis for x, y in points for axis in (x * width, y * height)]
    (entry,), _ = region(thing("person", *hull(ring), polygons=[ring]), (width, height), INTERFACE, "a", None)
    assert entry["type"] == "polygonlabels"
    (back,) = place("polygon", entry["value"], (width, height)).polygons or [[]]
    assert near(back, ring, (width, height))


def test_four_corners_that_are_no_rectangle_stay_four_corners() -> None:
    quad = [10.0, 10.0, 60.0, 12.0, 55.0, 50.0, 8.0, 40.0]
    assert turned_rectangle(quad) is None
    (entry,), _ = region(thing("car", *hull(quad), quad=quad), (100, 100), INTERFACE, "a", None)
    assert near([axis for point in entry["value"]["points"] for axis in point], quad, (100, 100))


def test_what_the_project_has_no_control_for_is_said() -> None:
    outline = [[1.0, 1.0, 9.0, 1.0, 5.0, 9.0], [20.0, 20.0, 30.0, 20.0, 25.0, 30.0]]
    _, lost = region(thing("car", 1, 1, 30, 30, polygons=outline), (100, 100), INTERFACE, "a", None)
    assert lost == ["its outline of 2 rings"]
    more = {
        "mask": "0",
        "crowd": True,
        "difficult": True,
        "attributes": '{"score": 0.5, "b": 1, "a": 2, "c": 3, "d": 4}',
    }
    _, lost = region(thing("car", 1, 1, 30, 30, **more), (100, 100), INTERFACE, "a", None)
    assert lost == ["its mask", "that it is a crowd", "that it is difficult", "its attributes (a, b, c, …)"]
    quad = [10.0, 10.0, 60.0, 12.0, 55.0, 50.0, 8.0, 40.0]
    with pytest.raises(UnfitError, match="no control for a polygon with the label 'truck'"):
        region(thing("truck", *hull(quad), quad=quad), (100, 100), INTERFACE, "a", None)
    with pytest.raises(UnfitError, match="no label 'ghost'"):
        region(thing("ghost", 1, 1, 2, 2), (100, 100), INTERFACE, "a", None)


def _interface(controls: str) -> Interface:
    return read_interface(f'<View><Image name="image" value="$image"/>{controls}</View>', "here")


def test_points_are_children_of_their_box() -> None:
    person = '<RectangleLabels name="box" toName="image"><Label value="person"/></RectangleLabels>'
    points = '<KeyPointLabels name="point" toName="image"><Label value="nose"/><Label value="eye"/></KeyPointLabels>'
    said = thing(
        "person", 0, 0, 50, 80, keypoints=[10, 20, 2, 0, 0, 0, 30, 40, 1], keypoint_names=["nose", "ear", "eye"]
    )
    entries, lost = region(said, (100, 200), _interface(person + points), "a", None)
    assert not lost
    assert [each.get("parentID") for each in entries] == [None, entries[0]["id"], entries[0]["id"]]
    assert [each["value"].get("keypointlabels") for each in entries[1:]] == [["nose"], ["eye"]]
    assert [(each["value"]["x"], each["value"]["y"]) for each in entries[1:]] == [(10, 10), (30, 20)]
    _, lost = region(said, (100, 200), _interface(person), "a", None)
    assert lost == ["2 of its points"]


def test_labels_beside_a_bare_rectangle_make_two_entries_of_one_region() -> None:
    controls = (
        '<Labels name="label" toName="image"><Label value="text"/></Labels><Rectangle name="bbox" toName="image"/>'
    )
    text = '<TextArea name="words" toName="image" perRegion="true"/>'
    entries, lost = region(thing("text", 0, 0, 50, 80, text="42"), (100, 200), _interface(controls + text), "a", 1)
    assert not lost
    assert [(each["from_name"], each["type"]) for each in entries] == [
        ("bbox", "rectangle"),
        ("label", "labels"),
        ("words", "textarea"),
    ]
    assert {each["id"] for each in entries} == {entries[0]["id"]}
    assert {each["item_index"] for each in entries} == {1}


def test_two_pictures_in_one_config_are_refused() -> None:
    with pytest.raises(ConfigError, match="shows 2 pictures"):
        _interface('<Image name="other" value="$other"/>')

"""What is written is read again, and damage is a record, a rejection or one `InputError`: for all five formats."""

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.sources.cvat_shapes import read_shape
from mmdata.converters.sources.cvat_video import between
from mmdata.converters.sources.drawn import ellipse, turned_box
from mmdata.schemas.box import Box
from mmdata.schemas.errors import InputError

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
LABELS = st.text(LETTERS, min_size=1, max_size=10).filter(lambda text: text == text.strip())
NUMBERS = st.floats(-1e6, 1e6) | st.integers(-5, 5000).map(float)
BOXES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).map(
    lambda box: (*map(min, box[:2], box[2:]), *map(max, box[:2], box[2:]))
)
PICTURES = st.lists(st.lists(st.tuples(LABELS, BOXES), max_size=4), min_size=1, max_size=4)
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
SIZE = (640, 480)
Boxes = list[list[tuple[str, tuple[float, ...]]]]


def cvat(pictures: Boxes) -> str:
    root = Element("annotations")
    for number, objects in enumerate(pictures):
        image = SubElement(root, "image", name=f"{number}.jpg", width=str(SIZE[0]), height=str(SIZE[1]))
        for label, box in objects:
            sides = dict(zip(("xtl", "ytl", "xbr", "ybr"), map(repr, box), strict=True))
            SubElement(image, "box", {"label": label, **sides})
    return tostring(root, encoding="unicode")


def labelme(objects: list[tuple[str, tuple[float, ...]]]) -> str:
    shapes = [{"label": label, "points": [box[2:], box[:2]], "shape_type": "rectangle"} for label, box in objects]
    return json.dumps({"shapes": shapes, "imagePath": "0.jpg", "imageWidth": SIZE[0], "imageHeight": SIZE[1]})


def via(pictures: Boxes) -> str:
    def region(label: str, box: tuple[float, ...]) -> dict[str, Any]:
        corners = {f"all_points_{axis}": [box[i], box[i + 2], box[i + 2]] for i, axis in enumerate("xy")}
        corners["all_points_y"][1] = box[1]
        return {"shape_attributes": {"name": "polygon", **corners}, "region_attributes": {"label": label}}

    return json.dumps(
        {f"{number}": {"filename": f"{number}.jpg", "regions": [region(*each) for each in objects]}
         for number, objects in enumerate(pictures)}
    )  # fmt: skip


def table(pictures: Boxes, *, header: list[str], empty: list[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    for number, objects in enumerate(pictures):
        writer.writerows([f"{number}.jpg", label, *map(repr, box)] for label, box in objects)
        if not objects:
            writer.writerow([f"{number}.jpg", *empty])
    return out.getvalue()


def boxes_table(pictures: Boxes) -> str:
    return table(pictures, header=["image", "label", "xmin", "ymin", "xmax", "ymax"], empty=[""] * 5)


def read_back(result: Any) -> Boxes:
    return [
        [(thing["label"], tuple(thing[side] for side in ("x1", "y1", "x2", "y2"))) for thing in row["objects"]]
        for row in result.rows
    ]


@pytest.mark.parametrize(
    ("source", "name", "write"), [("cvat", "a.xml", cvat), ("via", "a.json", via), ("csv", "a.csv", boxes_table)]
)
@RELAXED
@given(pictures=PICTURES)
def test_what_is_written_is_read_again(
    tmp_path: Path, reading: Callable[..., Any], source: str, name: str, write: Callable[[Boxes], str], pictures: Boxes
) -> None:
    if source == "csv":  # a table without a number above 1 is taken for shares, and refused
        pictures = [*pictures, [("far", (0.0, 0.0, 9.0, 9.0))]]
    (tmp_path / name).write_text(write(pictures), encoding="utf-8", newline="")
    labels = {"label": "never"} if source == "via" else {}
    result = reading(source, tmp_path / name, check=False, **labels)
    result.assert_balanced()
    assert read_back(result) == pictures


@RELAXED
@given(st.lists(st.tuples(LABELS, BOXES), max_size=5))
def test_labelme_is_read_again(
    tmp_path: Path, reading: Callable[..., Any], objects: list[tuple[str, tuple[float, ...]]]
) -> None:
    (tmp_path / "a.json").write_text(labelme(objects), encoding="utf-8")
    result = reading("labelme", tmp_path, check=False)
    assert read_back(result) == [objects]
    assert (result.rows[0]["media"][0]["width"], result.rows[0]["media"][0]["height"]) == SIZE


SHARES = st.tuples(*[st.floats(0, 1)] * 4)


@RELAXED
@given(
    st.lists(
        st.lists(st.tuples(LABELS.filter(lambda label: label[0] != "/"), SHARES), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_open_images_are_read_again(tmp_path: Path, reading: Callable[..., Any], pictures: Boxes) -> None:
    columns = ["ImageID", "LabelName", "XMin", "YMin", "XMax", "YMax"]
    (tmp_path / "a.csv").write_text(table(pictures, header=columns, empty=[]), encoding="utf-8", newline="")
    rows = "".join(f"{number}.jpg,{SIZE[0]},{SIZE[1]}\n" for number in range(len(pictures)))
    (tmp_path / "sizes.csv").write_text(rows)
    result = reading("openimages", tmp_path / "a.csv", check=False, sizes=tmp_path / "sizes.csv")
    scaled = [
        [(label, tuple(v * s for v, s in zip(box, SIZE * 2, strict=True))) for label, box in each] for each in pictures
    ]
    assert read_back(result) == scaled


WHOLE = {
    "cvat": ("a.xml", cvat([[("cat", (1.0, 2.0, 30.0, 40.0))], [("dog", (1.0, 2.0, 3.0, 4.0))] * 2])),
    "labelme": ("a.json", labelme([("cat", (1.0, 2.0, 30.0, 40.0))] * 3)),
    "via": ("a.json", via([[("cat", (1.0, 2.0, 30.0, 40.0))], [("dog", (1.0, 2.0, 3.0, 4.0))] * 2])),
    "openimages": ("a.csv", "ImageID,LabelName,XMin,XMax,YMin,YMax,IsGroupOf\n" + 'a,cat,0.1,0.5,"0,2",0.7,1\n' * 3),
    "csv": ("a.csv", boxes_table([[("cat", (1.0, 2.0, 30.0, 40.0))], [], [("dog, black", (1.0, 2.0, 3.0, 4.0))] * 2])),
}


@pytest.mark.parametrize("source", WHOLE)
@RELAXED
@given(data=st.data())
def test_damage_is_a_record_a_rejection_or_an_input_error(
    tmp_path: Path, reading: Callable[..., Any], source: str, data: st.DataObject
) -> None:
    name, whole = WHOLE[source]
    torn = bytearray(whole.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(torn)))
        end = data.draw(st.integers(begin, min(begin + 12, len(torn))))
        torn[begin:end] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b'"', b"<", b",", b"null", b"1e999", b"[[", b"\\ud800"])
        )
    (tmp_path / name).write_bytes(
        bytes(torn[: data.draw(st.integers(0, len(torn)))] if data.draw(st.booleans()) else torn)
    )
    (tmp_path / "sizes.csv").write_text("a,10,10\n")
    options: dict[str, dict[str, Any]] = {"via": {"label": "thing"}, "openimages": {"sizes": tmp_path / "sizes.csv"}}
    try:
        result = reading(source, tmp_path / name, check=False, **options.get(source, {}))
    except InputError as error:
        assert error.place
        assert error.fact
    except Exception as error:  # the words of a code, or two attributes: a choice that the user has to make
        assert type(error).__name__ == "ConfigError", repr(error)
    else:
        result.assert_balanced()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("\ud800")
    | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEY_NAMES = (
    "label points shape_type flags name x y width height cx cy r rx ry theta all_points_x all_points_y "
    "shape_attributes region_attributes description difficult"
)
KEYS = st.sampled_from(sorted(KEY_NAMES.split()))
KINDS = st.sampled_from(
    ["rectangle", "polygon", "circle", "line", "point", "mask", "rotation", "rect", "ellipse", "polyline"]
)
NONSENSE = st.dictionaries(KEYS, VALUES | KINDS | st.lists(st.tuples(st.floats(), st.floats()), max_size=4), max_size=7)


@RELAXED
@given(
    st.lists(NONSENSE | VALUES, max_size=4),
    st.fixed_dictionaries(
        {}, optional={"imagePath": VALUES, "imageWidth": VALUES, "imageHeight": VALUES, "flags": VALUES}
    ),
)
def test_well_formed_nonsense_for_labelme(
    tmp_path: Path, reading: Callable[..., Any], shapes: list[Any], more: dict[str, Any]
) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"shapes": shapes, **more}))
    result = reading("labelme", tmp_path, check=False)
    result.assert_balanced()
    assert len(result.rows) == 1


@RELAXED
@given(st.lists(NONSENSE | VALUES, max_size=4), VALUES, VALUES, VALUES)
def test_well_formed_nonsense_for_via(
    tmp_path: Path, reading: Callable[..., Any], shapes: list[Any], name: Any, attributes: Any, labels: Any
) -> None:
    regions = [{"shape_attributes": shape, "region_attributes": labels} for shape in shapes]
    (tmp_path / "a.json").write_text(
        json.dumps({"k": {"filename": name, "file_attributes": attributes, "regions": regions}, "l": attributes})
    )
    try:
        result = reading("via", tmp_path / "a.json", check=False, label="thing")
    except Exception as error:  # several attributes may be the label
        assert type(error).__name__ == "ConfigError", repr(error)
    else:
        result.assert_balanced()


WORDS = (
    st.sampled_from(["1", "2.5", "nan", "-inf", "1e999", "9" * 400, "", " ", "1,2;3,4;5,9", "1,2", "0", "1_0", "٣"])
    | LABELS
)
ATTRIBUTE_NAMES = (
    "label frame outside xtl ytl xbr ybr points cx cy rx ry rotation rle left top width height id name occluded z_order"
)
ATTRIBUTES = st.dictionaries(st.sampled_from(sorted(ATTRIBUTE_NAMES.split())), WORDS)
SHAPES = st.sampled_from(
    ["box", "polygon", "polyline", "points", "ellipse", "cuboid", "skeleton", "mask", "tag", "attribute", "x"]
)
TREES = st.recursive(
    st.tuples(SHAPES, ATTRIBUTES, st.just(())),
    lambda inner: st.tuples(
        st.sampled_from(["image", "track", "skeleton", "meta"]), ATTRIBUTES, st.lists(inner, max_size=5)
    ),
    max_leaves=12,
)


def build(tree: Any) -> Element:
    element = Element(tree[0], tree[1])
    element.extend(build(each) for each in tree[2])
    return element


@RELAXED
@given(st.lists(TREES, max_size=5))
def test_well_formed_nonsense_for_cvat(tmp_path: Path, reading: Callable[..., Any], trees: list[Any]) -> None:
    root = Element("annotations")
    root.extend(build(tree) for tree in trees)
    (tmp_path / "a.xml").write_bytes(tostring(root, encoding="utf-8"))
    try:
        reading("cvat", tmp_path / "a.xml", check=False).assert_balanced()
    except InputError as error:
        assert "tracks" in error.fact or "picture of its frames" in error.fact


@given(st.floats(-720, 720), st.floats(0, 500), st.floats(0, 500), st.floats(1, 300), st.floats(1, 300))
def test_turned_boxes_keep_their_centre_sides_and_direction(
    degrees: float, x: float, y: float, width: float, height: float
) -> None:
    drawn = turned_box(Box(x, y, x + width, y + height), degrees)
    x1, y1, x2, y2, x3, y3, _, _ = drawn.quad or [x, y, x + width, y, x + width, y + height, x, y + height]
    assert ((x1 + x3) / 2, (y1 + y3) / 2) == pytest.approx((x + width / 2, y + height / 2), abs=1e-6)
    angle = math.radians(degrees)
    # clockwise on the screen: the first side points (cos, sin) with y down, as CVAT draws it
    assert (x2 - x1, y2 - y1) == pytest.approx((width * math.cos(angle), width * math.sin(angle)), abs=1e-6)
    assert math.hypot(x3 - x2, y3 - y2) == pytest.approx(height)


@given(st.floats(0, 360), st.floats(1, 50), st.floats(1, 50), st.floats(0, 2 * math.pi))
def test_the_hull_of_an_ellipse_holds_its_curve_and_touches_it(degrees: float, a: float, b: float, t: float) -> None:
    box = ellipse(100, 100, a, b, degrees, "").box
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def at(angle: float) -> float:
        return 100 + a * math.cos(angle) * c - b * math.sin(angle) * s

    assert box.x1 - 1e-9 <= at(t) <= box.x2 + 1e-9
    assert at(math.atan2(-b * s, a * c)) == pytest.approx(box.x2)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 9))
def test_the_hull_of_a_mask_is_that_of_its_pixels(runs: list[int], width: int) -> None:
    runs = [*runs, -sum(runs) % width]
    height = sum(runs) // width
    pixels = [bool(i % 2) for i, run in enumerate(runs) for _ in range(run)]
    painted = [divmod(place, width) for place, value in enumerate(pixels) if value]
    element = Element("mask", left="3", top="4", width=str(width), height=str(height), rle=",".join(map(str, runs)))
    if not painted:
        return
    rows, columns = zip(*painted, strict=True)
    hull = (3 + min(columns), 4 + min(rows), 4 + max(columns), 5 + max(rows))
    assert read_shape(element, "", "m").box == hull


@given(st.floats(0, 360), st.floats(0, 360), st.floats(0, 1))
def test_a_turn_takes_the_shorter_way(start: float, end: float, share: float) -> None:
    corners = {"xtl": "0", "ytl": "0", "xbr": "9", "ybr": "9"}
    moved = between(
        Element("box", {"rotation": repr(start), **corners}), Element("box", {"rotation": repr(end), **corners}), share
    )
    turned = (float(moved.get("rotation", "")) - start + 180) % 360 - 180
    whole = (end - start + 180) % 360 - 180
    assert abs(turned) <= abs(whole) + 1e-6 or abs(abs(whole) - 180) < 1e-6

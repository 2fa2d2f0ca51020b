"""Label Studio read back: golden cases a folder each, every real export by an independent count, round trips, damage.

A case is `in.json` (or what `input` names) and `case.json`: why it is there, and runs with options and what they give.
In a run, `read` and `rejected` are of the accounting; a field that is not written is null.
"""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters import rle
from mmdata.converters.pictures.find import Pictures
from mmdata.schemas.box import hull, iou
from mmdata.schemas.errors import ConfigError, MmdataError
from PIL import Image

from .reading import Result, box_of, region, said, same, task, write

CASES = Path(__file__).parent / "cases"
POLICIES = ("latest", "ground-truth", "all", "consensus")


def runs() -> list[Any]:
    return [
        pytest.param(path.parent, run, id=f"{path.parent.name}-{number}")
        for path in sorted(CASES.glob("*/case.json"))
        for number, run in enumerate(json.loads(path.read_text())["runs"])
    ]


@pytest.mark.parametrize(("folder", "run"), runs())
def test_case(folder: Path, run: dict[str, Any]) -> None:
    options = dict(run.get("options", {}))
    if "config" in options:
        options["config"] = folder / options["config"]
    options |= {key: tuple(options[key]) for key in ("include", "map") if key in options}
    path = folder / run.get("input", "in.json")
    if "error" in run:
        with pytest.raises(MmdataError) as caught:
            Result(path, **options)
        names = [each.__name__ for each in type(caught.value).__mro__]
        assert run["error"][0] in names
        assert run["error"][1] in caught.value.place
        assert caught.value.fact and caught.value.remedy
        return
    result = Result(path, **options)
    found = [said(row) for row in result.rows]
    assert same(found, run["records"]), json.dumps(found, ensure_ascii=False, indent=1)
    rejected = {kind: dict(codes) for kind, codes in result.accounting.rejected.items() if codes}
    assert rejected == run["rejected"], result.rejected
    assert result.accounting.read_counts["annotations"] == run["read"]
    assert result.accounting.read_counts["images"] == run.get("images", len(result.rows))
    assert dict(result.accounting.remarks) == run.get("remarks", {})
    result.assert_balanced()
    assert {row["file"] for row in result.rows} <= {str(each) for each in [path, *path.glob("*")]}
    assert [each.path for each in result.accounting.inputs]


@pytest.mark.parametrize(
    ("size", "degrees"), [((640, 480), 30), ((1000, 500), 45), ((333, 777), -20), ((640, 480), 390)]
)
def test_a_turned_box_has_the_corners_that_the_labelling_page_draws(
    tmp_path: Path, size: tuple[int, int], degrees: float
) -> None:
    """x, y is the top-left corner before the turn and its pivot; clockwise, in pixels."""
    width, height = size
    value = {"x": 40, "y": 30, "width": 30, "height": 20, "rotation": degrees, "rectanglelabels": ["car"]}
    thing = Result(write(tmp_path, [task([region(value, size)])])).objects()[0]
    x, y, w, h = 0.4 * width, 0.3 * height, 0.3 * width, 0.2 * height
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [x, y, x + w * c, y + w * s, x + w * c - h * s, y + w * s + h * c, x - h * s, y + h * c]
    assert thing["quad"] == pytest.approx(corners, abs=1e-9)
    assert iou(box_of(thing), hull(corners)) == pytest.approx(1)


@pytest.mark.parametrize("degrees", [0, 360, -720, None])
def test_a_box_that_is_not_turned_has_no_corners(tmp_path: Path, degrees: float | None) -> None:
    value = {"x": 40, "y": 30, "width": 30, "height": 20, "rotation": degrees, "rectanglelabels": ["car"]}
    assert Result(write(tmp_path, [task([region(value, (640, 480))])])).objects()[0]["quad"] is None


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0.5, 90), st.floats(0.5, 90), st.floats(-720, 720))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_hull_of_a_turned_ellipse_touches_it_on_four_sides(
    tmp_path: Path, x: float, y: float, a: float, b: float, degrees: float
) -> None:
    value = {"x": x, "y": y, "radiusX": a, "radiusY": b, "rotation": degrees, "ellipselabels": ["wheel"]}
    thing = Result(write(tmp_path, [task([region(value, (300, 200), "ellipselabels")])])).objects()[0]
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    around: list[float] = []
    for step in range(3600):
        across, down = 3 * a * math.cos(step * math.pi / 1800), 2 * b * math.sin(step * math.pi / 1800)
        around += [3 * x + across * c - down * s, 2 * y + across * s + down * c]
    assert box_of(thing) == pytest.approx(hull(around), abs=1e-3)


def test_brush_masks_are_those_that_the_server_painted(shared: Path) -> None:
    folder = shared / "label-studio" / "exports" / "brush"
    masks = {path.name.split("-")[1]: np.load(path) > 0 for path in folder.glob("BRUSH_TO_NUMPY/*.npy")}
    assert masks
    for row in Result(folder / "JSON.json").rows:
        mask = masks[row["id"].removeprefix("task-")]
        rows, columns = np.nonzero(mask)
        found = next(each for each in row["objects"] if each["label"] == "road")
        assert box_of(found) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert (rle.decode(found["mask"], *mask.shape) == mask).all()


def test_a_person_s_work_in_a_browser_on_a_turned_photograph_is_in_the_shown_frame(shared: Path) -> None:
    rows = Result(shared / "label-studio" / "exports" / "human_browser_tasks.json").rows
    assert [
        (row["media"][0]["width"], row["media"][0]["height"]) for row in rows if "exif6" in row["media"][0]["path"]
    ] == [(480, 640)]


# Pictures.


def test_without_a_declared_size_the_upright_size_of_the_picture_is_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "imgs").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "imgs" / "a.jpg", exif=exif)
    value = {"x": 10, "y": 10, "width": 50, "height": 50, "rectanglelabels": ["car"]}
    path = write(tmp_path, [task([region(value, None)], "/data/local-files/?d=imgs/a.jpg")])
    row = Result(path, images=tmp_path).rows[0]
    assert (row["media"][0]["width"], row["media"][0]["height"]) == (30, 40)
    assert box_of(row["objects"][0]) == pytest.approx((3, 4, 18, 24))


def test_the_first_name_that_is_there_is_taken(tmp_path: Path) -> None:
    (tmp_path / "pics").mkdir()
    for name in ("cat.png", "0badcafe-dog.png"):
        Image.new("RGB", (4, 4)).save(tmp_path / "pics" / name)
    addresses = [
        "/data/upload/3/1a2b3c4d-cat.png",
        "/data/upload/3/0badcafe-dog.png",
        "s3://bucket/deep/cat.png",
        "gone.png",
    ]
    path = write(tmp_path, [task([], address) for address in addresses])
    names = [row["media"][0]["path"] for row in Result(path, images=tmp_path / "pics").rows]
    assert names == ["cat.png", "0badcafe-dog.png", "deep/cat.png", "gone.png"]
    pictures = Pictures(tmp_path / "pics")
    assert [pictures.find(name).name for name in names[:3]] == ["cat.png", "0badcafe-dog.png", "cat.png"]


# Options, large files.


@pytest.mark.parametrize(
    "options", [{"include": ("draft",)}, {"annotators": "first"}, {"consensus_iou": 0.0}, {"config": Path("gone.xml")}]
)
def test_options_that_cannot_be_followed(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Result(CASES / "alias" / "in.json", **options)


def test_a_file_of_several_blocks_is_read_in_order(tmp_path: Path) -> None:
    """Larger than one block of the stream: tasks whose regions look like tasks, and spaces between them."""
    value = {"x": 10, "y": 10, "width": 30, "height": 30, "rotation": 0, "rectanglelabels": ["car"]}
    regions = [{"id": str(number), **region(value, (200, 100))} for number in range(5)]
    tasks = [{"id": number, **task(regions)} for number in range(4000)]
    for separators in ((", ", ": "), (",", ":")):
        path = tmp_path / "large.json"
        path.write_text(json.dumps(tasks, separators=separators))
        assert path.stat().st_size > 3 << 20
        result = Result(path)
        assert [row["id"] for row in result.rows] == [f"task-{number}" for number in range(4000)]
        assert len(result.objects()) == 20000
        assert result.rows[-1]["objects"][-1]["at"] == "/3999/annotations/0/result/4"


# Round trip.


LABELS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(str.strip)
SIDES = st.integers(1, 4000)
BOXES = st.tuples(*[st.floats(0, 1, width=32)] * 4, st.lists(LABELS, min_size=1, max_size=3, unique=True))


@given(st.lists(st.tuples(SIDES, SIDES, st.lists(BOXES, max_size=4)), max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tasks_written_come_back(tmp_path: Path, given: list[Any]) -> None:
    tasks, wanted = [], []
    for width, height, boxes in given:
        entries, expected = [], []
        for x, y, w, h, labels in boxes:
            box = (x * width, y * height, (x + w) * width, (y + h) * height)
            value = {"x": x * 100, "y": y * 100, "width": w * 100, "height": h * 100, "rectanglelabels": labels}
            entries.append(region(value, (width, height)))
            expected += [(label, box) for label in labels]
        tasks.append(task(entries))
        wanted.append(expected)
    result = Result(write(tmp_path, tasks)) if tasks else None
    result = result or Result(write(tmp_path, [task([])]))
    found = [[(each["label"], box_of(each)) for each in row["objects"]] for row in result.rows]
    for row, expected in zip(found, wanted, strict=False):
        assert [label for label, _ in row] == [label for label, _ in expected]
        for (_, one), (_, other) in zip(row, expected, strict=True):
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9)
    assert not result.rejected


def test_the_count_does_not_depend_on_whose_work_is_taken() -> None:
    counts = Counter(
        Result(CASES / "three_annotators" / "in.json", annotators=policy).accounting.read_counts["annotations"]
        for policy in POLICIES
    )
    assert len(counts) == 1

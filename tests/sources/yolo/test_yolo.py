"""YOLO read back: golden cases a folder each, real data sets by an independent count, round trips and damage.

A case is `in/`, perhaps `options.json` (`input`, `images` and `check` beside the source's own options; `sizes` and
`names` are paths below `in/`), and `out.json`.
"""

import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources import SOURCES, load_source, yolo
from mmdata.converters.sources.yolo_form import parse_kpt_shape, shown_form
from mmdata.converters.sources.yolo_lines import Form, parse
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import ConfigError, InputError, MmdataError
from PIL import Image

CASES = Path(__file__).parent / "cases"
SIDES = ("x1", "y1", "x2", "y2")


class Result:
    """What one read gave: rows, rejections as objects, remarks, and the accounting."""

    def __init__(self, path: Path, *, check: bool = True, images: Path | None = None, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(sink=lines.append)
        pictures = Pictures(images or (path if path.is_dir() else path.parent), check=check)
        self.rows: list[dict[str, Any]] = []
        for batch in yolo.read(path, yolo.Options(**options), pictures, self.accounting):
            assert batch.schema == ANNOTATIONS
            batch.validate(full=True)
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]

    def objects(self) -> list[dict[str, Any]]:
        return [thing for row in self.rows for thing in row["objects"]]

    def boxes(self) -> list[tuple[float, ...]]:
        return [tuple(thing[side] for side in SIDES) for thing in self.objects()]

    def sizes(self) -> list[tuple[int, int]]:
        return [(row["media"][0]["width"], row["media"][0]["height"]) for row in self.rows]

    def assert_balanced(self) -> None:
        counts = self.accounting.balance()
        for kind, kept in (("images", len(self.rows)), ("annotations", len(self.objects()))):
            assert counts[kind]["read"] == kept + sum(counts[kind]["rejected"].values())


def said(result: Result) -> dict[str, Any]:
    """A result as a case's `out.json` holds it: what is null, empty or false is left out, numbers to 1e-6 px."""

    def short(row: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in row.items() if value not in (None, False, [], 0) or key in SIDES}
        return {key: tidy(value) for key, value in kept.items() if key not in ("objects", "media", "kind")}

    def tidy(value: Any) -> Any:
        if isinstance(value, list):
            return [tidy(each) for each in value]
        return round(value, 6) if isinstance(value, float) and math.isfinite(value) else value

    keys = ("code", "kind", "file", "at", "value", "message")
    return {
        "records": [
            {
                **short(row),
                "media": [short(each) for each in row["media"]],
                "objects": [short(o) for o in row["objects"]],
            }
            for row in result.rows
        ],
        "rejected": [[found[key] for key in keys] for found in result.rejected],
        "remarks": [[getattr(found, key) for key in keys if key != "kind"] for found in result.accounting.findings],
        "inputs": [found.path for found in result.accounting.inputs],
    }


def outcome_of(case: Path) -> dict[str, Any]:
    options_file = case / "options.json"
    options = json.loads(options_file.read_text()) if options_file.exists() else {}
    path = case / "in" / options.pop("input", ".")
    for name in ("images", "sizes", "names"):
        if name in options:
            options[name] = case / "in" / options[name]
    try:
        result = Result(path, **options)
    except MmdataError as error:
        words = [
            str(part).replace(f"{case}/", "").replace(str(case), "") for part in (error.place, error.fact, error.remedy)
        ]
        return {"error": [type(error).__name__, *words]}
    result.assert_balanced()
    return json.loads(json.dumps(said(result)).replace(f"{case}/", ""))


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    """What a case's files give is what its `out.json` says, to the last value."""
    expected = json.loads((CASES / case / "out.json").read_text(encoding="utf-8"))
    # as text, so that NaN equals NaN
    assert json.dumps(outcome_of(CASES / case), indent=1) == json.dumps(expected, indent=1)


# pictures: the upright size is the one that fractions are of


def picture(path: Path, size: tuple[int, int], orientation: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x112] = orientation
    Image.new("RGB", size).save(path, exif=exif)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_fractions_are_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    picture(tmp_path / "a.jpg", (100, 80), orientation)
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1\n")
    (tmp_path / "classes.txt").write_text("thing\n")
    result = Result(tmp_path)
    wanted = (80, 100) if orientation >= 5 else (100, 80)
    assert result.sizes() == [wanted]
    assert result.boxes() == [(0, 0, *wanted)]


def test_a_damaged_picture_has_no_size_and_is_left_to_the_picture_stage(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1\n")
    (tmp_path / "classes.txt").write_text("thing\n")
    assert Result(tmp_path).sizes() == [(0, 0)]


def test_unchecked_pictures_are_not_opened(tmp_path: Path) -> None:
    """`Pictures.facts` raises where pictures are not to be opened; the size is the table's."""
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1\n")
    (tmp_path / "classes.txt").write_text("thing\n")
    (tmp_path / "sizes.csv").write_text("a.jpg,100,80\n")
    assert Result(tmp_path, check=False, sizes=tmp_path / "sizes.csv").boxes() == [(0, 0, 100, 80)]


def minimal(folder: Path, line: str = "0 0.5 0.5 1 1\n") -> Path:
    picture(folder / "images" / "a.jpg", (100, 80))
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_text(line)
    (folder / "classes.txt").write_text("thing\n")
    return folder


def test_a_file_too_large_for_one_picture_is_refused_unread(tmp_path: Path) -> None:
    minimal(tmp_path)
    with (tmp_path / "labels" / "a.txt").open("r+b") as file:
        file.truncate(yolo.LARGEST_FILE + 1)
    result = Result(tmp_path)
    result.assert_balanced()
    assert [found["code"] for found in result.rejected] == ["AN001"]


def test_a_pipe_called_like_a_label_does_not_stop_it(tmp_path: Path) -> None:
    minimal(tmp_path)
    picture(tmp_path / "images" / "b.jpg", (10, 10))
    os.mkfifo(tmp_path / "labels" / "b.txt")
    result = Result(tmp_path)
    assert [(found["code"], found["value"]) for found in result.rejected] == [("AN001", "it is no regular file")]
    assert len(result.rows) == 1


def test_names_in_another_unicode_form_are_the_same_name(tmp_path: Path) -> None:
    minimal(tmp_path)
    picture(tmp_path / "images" / "u\u0308.jpg", (10, 10))
    (tmp_path / "labels" / "\u00fc.txt").write_text("0 0.5 0.5 1 1\n")
    assert Result(tmp_path).boxes() == [(0, 0, 100, 80), (0, 0, 10, 10)]


def test_file_names_that_are_no_utf8_are_rejected_not_fatal(tmp_path: Path) -> None:
    minimal(tmp_path)
    try:
        (tmp_path / "labels" / "caf\udce9.txt").write_text("0 0.5 0.5 1 1\n")
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    result = Result(tmp_path)
    assert [row["id"] for row in result.rows] == ["a"]
    assert [found["code"] for found in result.rejected] == ["IM011"]


def test_folder_loops_end(tmp_path: Path) -> None:
    minimal(tmp_path)
    (tmp_path / "labels" / "loop").symlink_to(tmp_path)
    assert len(Result(tmp_path).rows) == 1


def test_nothing_outside_is_read_because_a_file_says_so(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    picture(secret / "images" / "b.jpg", (10, 10))
    (secret / "list.txt").write_text("b.jpg\n")
    inside = minimal(tmp_path / "inside")
    for entry in (secret / "images", secret / "list.txt", "../secret/images"):
        (inside / "data.yaml").write_text(f"names: [thing]\ntrain: {entry}\n")
        with pytest.raises(InputError, match="outside"):
            Result(inside)


def test_a_nest_of_yaml_is_an_input_error(tmp_path: Path) -> None:
    minimal(tmp_path)
    for text in (
        "[" * 100_000,
        "names: &a [*a]\nnc: 1\n",
        "a: &a [x]\nb: &b [*a, *a]\nnames: [*b, *b]\nnc: 2\n",
        "names: \x00",
    ):
        (tmp_path / "data.yaml").write_text(text)
        with pytest.raises(InputError):
            Result(tmp_path)


# the form of lines


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["0 .1 .1 .2 .2"], "segment"),
        (["0 .1 .1 .2 .1 .2 .2 .1 .2"], "obb"),
        (["0 .1 .1 .2 .1 .2 .2 .1 .2 .9", "0 .1 .1 .2 .1 .2 .2 .1 .2 .8"], "obb"),
        (["0 .1 .1 .2 .1 .2 .2 .1 .2", "0 .1 .1 .2 .2"], "segment"),
        (["0 .1 .1 .2 .1 .2 .2 .1 .2", "0 .1 .1 .2 .1 .2 .2"], "segment"),
        (["0 .9 .9 .1 .1 .2 .2 .5 .6 .1 .2", "0 .8 .9 .1 .1 .2 .2 .5 .6 .1 .2"], "segment"),
        (["0 .5 .5 .4 .4 .5 .5", "0 .1 .1 .2 .1 .2 .2 .1 .2"], "segment"),
        (["x y", "", "0 1"], "segment"),
        ([], "segment"),
    ],
)
def test_the_form_is_what_all_lines_show(lines: list[str], kind: str) -> None:
    assert shown_form([line.encode() for line in lines], "here").kind == kind


def test_what_may_be_keypoints_is_asked_for() -> None:
    line = b"0 0.5 0.5 0.4 0.4 0.5 0.5 2 0.4 0.6 1 0 0 0"
    with pytest.raises(InputError, match="--labels pose --kpt-shape 3,3"):
        shown_form([line, line], "here")


@pytest.mark.parametrize("said", ["17", "17,4", "0,2", "a,2", "-1,3", "17,3,1", "99999,2", "٣,2"])
def test_a_shape_of_keypoints_is_two_numbers(said: str) -> None:
    with pytest.raises(ConfigError):
        parse_kpt_shape(said, "--kpt-shape")
    assert parse_kpt_shape(" [17, 3]", "") == (17, 3)


# real data, against counts made another way


def raw_lines(files: Iterator[Path]) -> int:
    return sum(bool(line.strip()) for file in files for line in file.read_text(encoding="utf-8").splitlines())


def test_yolo_mark(shared: Path) -> None:
    counts = json.loads((shared / "data/EXPECTED.json").read_text())["YOLO yolo/yolo_mark"]["counts"]
    folder = shared / "data/yolo/yolo_mark/x64/Release/data"
    flat, listed = Result(folder / "img", names=folder / "obj.names"), Result(folder)
    for result in (flat, listed):
        read = result.accounting.balance()["annotations"]["read"]
        assert read == counts["lines"] == raw_lines((folder / "img").glob("*.txt"))
        assert len({thing["label"] for thing in result.objects()}) == counts["classes used"]
        result.assert_balanced()
    assert len(flat.rows) == counts["images"]
    assert [(found["code"], found["kind"], found["file"]) for found in flat.rejected] == [
        ("IM001", "images", "img/bird4.txt"),
        ("IM001", "annotations", "img/bird4.txt"),
    ]
    # the list names air7, of which there is neither picture nor label
    assert [row["media"][0]["path"] for row in listed.rows if not row["media"][0]["width"]] == [
        "img/air7.jpg",
        "img/bird4.jpg",
    ]


def test_coco_val_as_boxes(shared: Path) -> None:
    expected = json.loads((shared / "data/EXPECTED.json").read_text())
    counts = expected["YOLO coco/val_yolo_panoptic_ccby det"]["counts"]
    folder = shared / "data/coco/val_yolo_panoptic_ccby"
    for place in ("object_detection", "object_detection/config.yaml", "object_detection/labels"):
        result = Result(folder / place, images=folder / "images")
        assert (len(result.rows), len(result.objects())) == (counts["images"], counts["lines"])
        assert len({thing["label"] for thing in result.objects()}) == counts["classes used"]
        assert not result.rejected
        assert all(min(size) > 0 for size in result.sizes())


def test_coco_val_as_polygons(shared: Path) -> None:
    counts = json.loads((shared / "data/EXPECTED.json").read_text())["YOLO coco/val_yolo_panoptic_ccby seg"]["counts"]
    folder = shared / "data/coco/val_yolo_panoptic_ccby"
    result = Result(folder / "instance_segmentation", images=folder / "images")
    assert (len(result.rows), len(result.objects())) == (counts["images"], counts["lines"])
    assert sum(thing["polygons"] is not None for thing in result.objects()) == counts["seg lines"]
    assert sum(not row["objects"] for row in result.rows) == counts["images without label"]
    # names have gaps up to 90: an index over their number is no fault
    assert not result.rejected
    for thing, box in zip(result.objects(), result.boxes(), strict=True):
        ring = thing["polygons"][0]
        assert box == (min(ring[0::2]), min(ring[1::2]), max(ring[0::2]), max(ring[1::2]))


def test_the_two_descriptions_of_one_folder_are_named(shared: Path) -> None:
    with pytest.raises(
        InputError, match=r"2 descriptions of data sets: instance_segmentation/config\.yaml, object_det"
    ):
        Result(shared / "data/coco/val_yolo_panoptic_ccby")


def test_boxes_are_those_of_the_coco_file(shared: Path) -> None:
    """Six decimals: a corner is off by 0.75e-6 of the side at most, 0.000375 px here; the oracle's bound is 0.001."""
    folder = shared / "data/formats/same_boxes_in_8_formats"
    gts = folder / "data/database/gts"
    coco = json.loads((gts / "coco_format_v1/instances_default.json").read_text())
    names = {each["id"]: each["name"] for each in coco["categories"]}
    images = {each["id"]: (each["file_name"], each["width"], each["height"]) for each in coco["images"]}
    wanted = sorted(
        (*images[each["image_id"]], names[each["category_id"]], x, y, x + width, y + height)
        for each in coco["annotations"]
        for x, y, width, height in [each["bbox"]]
    )
    result = Result(gts / "yolo_format", check=False, sizes=folder / "sizes.csv")
    found = sorted(
        (Path(medium["path"]).name, medium["width"], medium["height"], thing["label"], *(thing[side] for side in SIDES))
        for row in result.rows
        for medium in row["media"]
        for thing in row["objects"]
    )
    assert len(found) == 273
    worst = 0.0
    for ours, theirs in zip(found, wanted, strict=True):
        assert ours[:4] == theirs[:4]
        worst = max(worst, *(abs(a - b) for a, b in zip(ours[4:], theirs[4:], strict=True)))
    assert worst <= 0.75e-6 * 500 + 1e-9


@pytest.mark.parametrize(
    ("place", "images", "objects", "said"),
    [
        ("formats/datumaro/tests/assets/yolo_dataset/strict", 1, 2, {}),
        ("formats/datumaro/tests/assets/yolo_dataset/annotations", 1, 2, {}),
        ("formats/datumaro/tests/assets/yolo_dataset/labels", 2, 4, {"AN026": 1}),
        ("formats/datumaro/tests/assets/yolo_dataset", 1, 2, {"AN026": 3}),
        ("formats/datumaro/tests/assets/roboflow_dataset/yolo", 3, 4, {"AN027": 1}),
        ("label_studio/sdk/tests/custom/converter/data/test_import_yolo_data", 5, 17, {"IM001": 10}),
        ("label_studio/sdk/tests/custom/converter/data/test_import_yolo_data_unif_dims", 5, 19, {}),
    ],
)
def test_counts_of_other_tools_fixtures(
    shared: Path, place: str, images: int, objects: int, said: dict[str, int]
) -> None:
    result = Result(shared / "data" / place)
    result.assert_balanced()
    rejected = Counter(found["code"] for found in result.rejected)
    assert (len(result.rows), len(result.objects()), {**result.accounting.remarks, **rejected}) == (
        images,
        objects,
        said,
    )


def test_dota_is_told_apart(shared: Path) -> None:
    result = Result(shared / "data/formats/datumaro/tests/assets/roboflow_dataset/yolo_obb")
    result.assert_balanced()
    assert [found["code"] for found in result.rejected] == ["AN004"] * 4
    assert all("DOTA" in found["message"] for found in result.rejected)


def test_every_export_of_label_studio(shared: Path) -> None:
    """Each holds as many objects as lines, each picture that is there its size; OBB exports give quads."""
    folders = sorted((shared / "label-studio/exports").glob("*/YOLO*_WITH_IMAGES"))
    assert len(folders) > 10
    for folder in folders:
        pose = {"labels": "pose", "kpt_shape": "3,3"} if folder.parent.name == "keypoints" else {}
        result = Result(folder, **pose)
        result.assert_balanced()
        read = result.accounting.balance()["annotations"]["read"]
        assert read == len(result.objects()) == raw_lines((folder / "labels").glob("*.txt")), folder
        assert len(result.rows) == len(list((folder / "images").iterdir()))
        assert all(min(size) > 0 for size in result.sizes())
        # the task whose file was uploaded under a name with a percent sign has an empty label file and no picture
        assert all(found["code"] == "IM001" and "%C3%BC" in found["file"] for found in result.rejected), folder


def test_label_studio_without_pictures_asks_for_them(shared: Path) -> None:
    folder = shared / "label-studio/exports/main/YOLO"
    with pytest.raises(InputError, match="--images"):
        Result(folder)
    with_images = folder.with_name("YOLO_WITH_IMAGES") / "images"
    assert len(Result(folder.with_name("YOLO_WITH_IMAGES") / "labels", images=with_images).objects()) == 25


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("yolo/yolo_mark", "obj.data describes a data set (train, valid)"),
        ("yolo/yolo_mark/x64/Release/data/train.txt", "train.txt lists pictures"),
        ("yolo/yolo_mark/x64/Release/data/img", "air1.txt has lines of a class index and fractions"),
        ("yolo/yolo_mark/x64/Release/data/obj.names", None),
        ("coco/val_yolo_panoptic_ccby/object_detection", "config.yaml describes a data set (train, val)"),
        ("voc/bccd", None),
        ("coco/taco_whole", None),
        ("ocr/sroie", None),
        ("ocr/mmocr", None),
        ("formats/datumaro/tests/assets/widerface_dataset/wider_face_split/wider_face_val_bbx_gt.txt", None),
        ("formats/datumaro/tests/assets/icdar_dataset", None),
        ("formats/datumaro/tests/assets/mot_dataset", None),
        ("nothing_here", None),
    ],
)
def test_sniff(shared: Path, place: str, said: str | None) -> None:
    why = yolo.sniff(shared / "data" / place)
    assert why is None if said is None else said in (why or "")


def test_registry_leads_here() -> None:
    assert SOURCES["yolo"] == yolo.__name__
    assert load_source("yolo").NAME == yolo.NAME == "yolo"


# properties

RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=8)
FRACTION = st.floats(0, 1).map(lambda value: round(value, 6))
BOX = st.tuples(FRACTION, FRACTION, FRACTION, FRACTION)
RING = st.lists(FRACTION, min_size=6, max_size=20).map(lambda ring: ring[: len(ring) // 2 * 2])
SIZE = st.tuples(st.integers(1, 9000), st.integers(1, 9000))


@RELAXED
@given(st.lists(LABELS, min_size=1, max_size=5, unique=True), SIZE, st.data())
def test_what_is_written_is_read_again(
    tmp_path: Path, names: list[str], size: tuple[int, int], data: st.DataObject
) -> None:
    index = st.integers(0, len(names) - 1)
    things = data.draw(
        st.lists(st.tuples(index, BOX, st.none() | FRACTION) | st.tuples(index, RING, st.none()), max_size=6)
    )
    things.append((0, (0.5, 0.5, 0.25, 0.25), None))  # a box, so that no data set of rings alone is asked about
    rows = [
        " ".join(map(str, (code, *numbers, *([] if score is None else [score])))) for code, numbers, score in things
    ]
    (tmp_path / "p.txt").write_text("\n".join(rows))
    (tmp_path / "classes.txt").write_text("\n".join(names), encoding="utf-8")
    (tmp_path / "sizes.csv").write_text(f"p.jpg,{size[0]},{size[1]}")
    result = Result(tmp_path, check=False, sizes=tmp_path / "sizes.csv")
    assert result.sizes() == [size]
    for thing, (code, numbers, score) in zip(result.objects(), things, strict=True):
        assert thing["label"] == names[code]
        assert json.loads(thing["attributes"] or "{}").get("score") == score
        sides = [value * size[i % 2] for i, value in enumerate(numbers)]
        if len(numbers) == 4:
            x, y, width, height = sides
            wanted = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            assert thing["polygons"] is None
        else:
            wanted = (min(sides[0::2]), min(sides[1::2]), max(sides[0::2]), max(sides[1::2]))
            assert thing["polygons"] == [sides]
        assert tuple(thing[side] for side in SIDES) == pytest.approx(wanted, rel=1e-12, abs=1e-9)


CELLS = st.sampled_from(
    [
        "0",
        "1",
        "7",
        "-1",
        "0.0",
        "1.5",
        "0.5",
        ".25",
        "1e-3",
        "nan",
        "-inf",
        "1e999",
        "1_0",
        "9" * 400,
        "x",
        "é",
        "0,5",
        "\0",
    ]
)
FORMS = st.sampled_from([Form("detect"), Form(), Form("obb"), Form("pose", 1, 3), Form("pose", 2, 2)])


@RELAXED
@given(st.lists(st.lists(CELLS, max_size=12), max_size=8), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]), FORMS)
def test_every_line_is_a_shape_or_a_fault_with_its_place(lines: list[list[str]], end: str, form: Form) -> None:
    data = end.join("\t ".join(cells) for cells in lines).encode()
    shapes, faults, _ = parse(data, form, {b"0": 0, b"1": 1})
    assert len(shapes) + len(faults) == sum(bool(line.split()) for line in data.splitlines())
    for fault in faults:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", fault.at)
        assert fault.code in {"AN004", "AN019", "AN023"}
        assert str(fault)


@RELAXED
@given(st.lists(st.tuples(st.integers(0, 1), BOX), max_size=5), st.data())
def test_damage_is_a_record_a_rejection_or_an_input_error(
    tmp_path: Path, things: list[tuple[int, Any]], data: st.DataObject
) -> None:
    whole = "".join(f"{code} {x} {y} {w} {h}\n" for code, (x, y, w, h) in things).encode()
    torn = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 6)) if torn else 0):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "classes.txt").write_text("a\nb\n")
    (tmp_path / "whole.txt").write_bytes(b"0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "torn.txt").write_bytes(bytes(torn))
    (tmp_path / "sizes.csv").write_text("torn.jpg,100,80\nwhole.jpg,100,80\n")
    result = Result(tmp_path, check=False, sizes=tmp_path / "sizes.csv")
    result.assert_balanced()
    assert [row["id"] for row in result.rows] == ["torn", "whole"]
    assert result.accounting.balance()["annotations"]["read"] == 1 + sum(
        bool(line.split()) for line in bytes(torn).removeprefix(b"\xef\xbb\xbf").splitlines()
    )


@RELAXED
@given(st.sampled_from(["data.yaml", "obj.data", "classes.txt", "notes.json", "sizes.csv"]), st.binary(max_size=80))
def test_damage_to_the_other_files_is_read_or_an_input_error(tmp_path: Path, name: str, content: bytes) -> None:
    for each in tmp_path.iterdir():
        each.unlink()
    (tmp_path / "a.txt").write_bytes(b"0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "classes.txt").write_text("a\n")
    (tmp_path / "sizes.csv").write_text("a.jpg,100,80\n")
    (tmp_path / name).write_bytes(content)
    try:
        Result(tmp_path, check=False, sizes=tmp_path / "sizes.csv").assert_balanced()
    except MmdataError as error:
        assert isinstance(error, (InputError, ConfigError))
        assert error.remedy

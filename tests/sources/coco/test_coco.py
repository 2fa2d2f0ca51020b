"""COCO read back: golden cases a folder each, every real file by an independent count, round trips by property.

A case is `in.json`, the files that its options name, and `case.json`: why it is there and what comes of it, records,
rejections and remarks, or the error.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters import json_window, rle
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources.coco import Options, read, sniff
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.box import Box
from mmdata.schemas.errors import InputError

CASES = Path(__file__).parent / "cases"
MORE = ("keypoints", "keypoint_names", "polygons", "mask", "attributes")
CHOICES = ("masks", "stuff")


class Result:
    """What one read gave: rows, rejections as objects, and the accounting; the balance is exact."""

    def __init__(self, path: Path, **options: Any) -> None:
        lines: list[bytes] = []
        self.accounting = Accounting(lines.append)
        self.rows: list[dict[str, Any]] = []
        for batch in read(path, Options(**options), Pictures(path.parent, check=False), self.accounting):
            assert batch.schema == ANNOTATIONS
            batch.validate(full=True)
            self.rows += batch.to_pylist()
        self.rejected = [json.loads(line) for line in lines]
        kept = {
            "images": sum(len(row["media"]) for row in self.rows),
            "annotations": sum(len(row["objects"]) + len(row["captions"]) for row in self.rows),
        }
        for kind, number in kept.items():
            counts = self.accounting.balance()[kind]
            assert counts["read"] == number + sum(counts["rejected"].values()), kind

    def objects(self) -> list[dict[str, Any]]:
        return [each for row in self.rows for each in row["objects"]]


def finite(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def said(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a case writes it: what is null, empty or false is not written."""
    medium = row["media"][0]
    thing: dict[str, Any] = {"id": row["id"], "at": row["at"]}
    thing["picture"] = [medium["path"], medium["width"], medium["height"]]
    objects = [
        {
            "at": each["at"] or f"{row['list']}/{each['index']}",
            "label": each["label"],
            "box": [finite(each[side]) for side in ("x1", "y1", "x2", "y2")],
            **{key: each[key] for key in ("crowd", *MORE) if each[key]},
        }
        for each in row["objects"]
    ]
    captions = [[each["at"], each["text"]] for each in row["captions"]]
    return thing | {key: held for key, held in (("objects", objects), ("captions", captions)) if held}


def outcome(folder: Path, options: dict[str, str]) -> dict[str, Any]:
    """What reading a case gives, in the form of `case.json`; paths are relative to the case."""

    def short(text: str) -> str:
        return text.replace(f"{folder}/", "").replace(str(folder), ".")

    try:
        given = {key: name if key in CHOICES else folder / name for key, name in options.items()}
        result = Result(folder / "in.json", **given)
    except InputError as error:
        return {"error": short(str(error)).split("\n")}
    balance = result.accounting.balance()
    found: dict[str, Any] = {
        "read": {kind: balance[kind]["read"] for kind in ("images", "annotations")},
        "records": json.loads(short(json.dumps([said(row) for row in result.rows]))),
        "rejected": [
            [each["kind"], each["code"], short(f"{each['file']}#{each['at']}"), each["value"], short(each["message"])]
            for each in result.rejected
        ],
        "remarks": [
            [each.code, short(f"{each.file}#{each.at}"), short(each.message)] for each in result.accounting.findings
        ],
    }
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize(
    "folder", sorted(each for each in CASES.iterdir() if each.is_dir()), ids=lambda path: path.name
)
def test_case(folder: Path) -> None:
    case = json.loads((folder / "case.json").read_text("utf-8"))
    assert case.pop("why")
    assert outcome(folder, case.pop("options", {})) == case


@pytest.mark.parametrize("size", [16, 100])
@pytest.mark.parametrize(
    "folder", sorted(each for each in CASES.iterdir() if each.is_dir()), ids=lambda path: path.name
)
def test_case_in_small_blocks(folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file says the same however it is cut."""
    monkeypatch.setattr(json_window, "BLOCK", size)
    test_case(folder)


def simply(document: dict[str, Any]) -> tuple[list[dict[str, Any]], Counter[str]]:
    """What a COCO file says, by the plainest reading of it: records as `said` writes them, and what is left out."""
    labels = {each["id"]: each for each in document.get("categories", [])}
    records = {
        each["id"]: {
            "id": str(each["id"]),
            "at": f"/images/{place}",
            "picture": [each["file_name"], int(each.get("width") or 0), int(each.get("height") or 0)],
        }
        for place, each in enumerate(document["images"])
    }
    left_out: Counter[str] = Counter()
    for at, each in one_by_one(document):
        record: dict[str, Any] | None = records.get(each["image_id"])
        category = labels.get(each.get("category_id"))
        if record is None:
            left_out["AN009"] += 1
        elif "caption" in each:
            record.setdefault("captions", []).append([at, each["caption"]])
        elif each.get("category_id") is None:
            left_out["AN023"] += 1
        elif category is None:
            left_out["AN010"] += 1
        elif isinstance(box := box_of(each, record["picture"]), str):
            left_out[box] += 1
        else:
            kept: dict[str, Any] = {"at": at, "label": category["name"].strip(), "box": box}
            kept |= {"crowd": True} if each.get("iscrowd") else {}
            if each.get("keypoints"):
                kept |= {"keypoints": each["keypoints"]}
                kept |= {"keypoint_names": category["keypoints"]} if category.get("keypoints") else {}
            if "isthing" in category:
                kept |= {"attributes": json.dumps({"isthing": bool(category["isthing"])}, separators=(",", ":"))}
            record.setdefault("objects", []).append(kept)
    return list(records.values()), left_out


def one_by_one(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every annotation with its place, those of panoptic entries too."""
    for place, each in enumerate(document.get("annotations", [])):
        if "segments_info" not in each:
            yield f"/annotations/{place}", each
        for number, segment in enumerate(each.get("segments_info", [])):
            yield f"/annotations/{place}/segments_info/{number}", segment | {"image_id": each["image_id"]}


def box_of(each: dict[str, Any], picture: list[Any]) -> list[float] | str:
    """The corners of an annotation's box, else of what its segmentation covers, pixel by pixel; or the rule."""
    if each.get("bbox"):
        x, y, width, height = each["bbox"]
        return [x, y, x + width, y + height]
    shape = each.get("segmentation")
    if not shape:
        return "AN023"
    if isinstance(shape, list):
        if any(len(ring) < 6 or len(ring) % 2 for ring in shape):
            return "GE015"
        xs, ys = [x for ring in shape for x in ring[0::2]], [y for ring in shape for y in ring[1::2]]
        x1, y1, x2, y2 = min(xs), min(ys), max(xs), max(ys)
        return [x1, y1, x1 + (x2 - x1), y1 + (y2 - y1)]
    height, width = shape["size"]
    painted = [turn % 2 == 1 for turn, run in enumerate(shape["counts"]) for _ in range(run)]
    if len(painted) != height * width:
        return "GE021"
    pixels = [divmod(place, height) for place, there in enumerate(painted) if there]
    if not pixels:
        return "AN023"
    if min(picture[1:]) > 0 and [width, height] != picture[1:]:
        return "GE012"
    xs, ys = [x for x, _ in pixels], [y for _, y in pixels]
    return [min(xs), min(ys), max(xs) + 1, max(ys) + 1]


REAL = [
    "coco/instances_ccby/annotations",
    "coco/taco_whole/data",
    "coco/val_yolo_panoptic_ccby",
    "formats/datumaro/tests/assets/coco_dataset",
    "formats/datumaro/tests/assets/roboflow_dataset/coco",
    "formats/retinanet_coco_voc_csv/coco/annotations",
    "formats/same_boxes_in_8_formats/data/database/gts/coco_format_v1",
    "formats/same_boxes_in_8_formats/data/database/gts/coco_format_v2",
]


@pytest.mark.parametrize("folder", REAL)
def test_real_files_say_what_a_plain_reading_says(shared: Path, folder: str) -> None:
    found = sorted((shared / "data" / folder).rglob("*.json"))
    assert found
    for path in found:
        document = json.loads(path.read_text("utf-8-sig"))
        assert sniff(path), path
        result = Result(path)
        records, left_out = simply(document)
        assert [said(row) for row in result.rows] == records, path
        assert Counter(each["code"] for each in result.rejected) == left_out, path
        assert all(each["message"] and each["remedy"] for each in result.rejected)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("coco/taco_whole", "annotations.json"),
        ("coco/instances_ccby/instances_train2017", ""),
        ("coco/instances_ccby/instances_val2017", ""),
        ("coco/instances_ccby/captions_train2017", ""),
        ("coco/instances_ccby/person_keypoints_val2017", ""),
    ],
)
def test_counts_are_those_that_others_counted(shared: Path, name: str, file: str) -> None:
    counts = json.loads((shared / "data" / "EXPECTED.json").read_text())[f"COCO {name}"]["counts"]
    folder, _, stem = name.rpartition("/")
    parent = shared / "data" / (f"{name}/data" if file else f"{folder}/annotations")
    result = Result(parent / (file or f"{stem}.json"))
    balance = result.accounting.balance()
    assert balance["images"]["read"] == len(result.rows) == counts["images"]
    assert balance["annotations"]["read"] == counts["anns"]
    assert sum(each["crowd"] for each in result.objects()) == counts.get("iscrowd", 0)
    assert sum(len(row["captions"]) for row in result.rows) == counts.get("captions", 0)
    assert result.accounting.remarks["AN005"] == counts.get("dup ann id", 0)


PANOPTIC = "coco/val_yolo_panoptic_ccby/panoptic_segmentation/annotations/panoptic_val2017.json"


def test_panoptic_segments_cover_the_pixels_that_the_file_says(shared: Path) -> None:
    """COCO's own areas and boxes of the same PNGs against our masks; as many segments as others counted."""
    path = shared / "data" / PANOPTIC
    counts = json.loads((shared / "data/EXPECTED.json").read_text())["COCO coco/val_yolo_panoptic_ccby panoptic"][
        "counts"
    ]
    facts = dict(one_by_one(json.loads(path.read_text())))
    result = Result(path, masks="keep")
    assert result.accounting.balance()["images"]["read"] == counts["images"]
    assert result.accounting.balance()["annotations"]["read"] == counts["panoptic segs"] == len(facts)
    for row in result.rows:
        height, width = row["media"][0]["height"], row["media"][0]["width"]
        for thing in row["objects"]:
            fact = facts[thing["at"]]
            assert rle.area(thing["mask"]) == fact["area"], thing["at"]
            assert rle.box(thing["mask"], height) == Box(*(thing[side] for side in ("x1", "y1", "x2", "y2")))
            assert rle.decode(thing["mask"], height, width).shape == (height, width)


def test_panoptic_boxes_that_are_missing_come_from_the_pixels(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / PANOPTIC
    document = json.loads(path.read_text())
    for entry in document["annotations"]:
        for segment in entry["segments_info"]:
            del segment["bbox"]
    (tmp_path / "in.json").write_text(json.dumps(document))
    bare = Result(tmp_path / "in.json", png=path.with_suffix(""))
    assert [said(row) for row in bare.rows] == [said(row) for row in Result(path).rows]
    assert bare.accounting.remarks["AN028"] == 184


def test_crowds_have_the_runs_and_the_box_that_the_file_says(shared: Path) -> None:
    """The crowds of COCO are uncompressed runs, and polygons stay as they are.

    Their `area` is not that of the runs, and their boxes end at the last pixel's left and top edge.
    """
    seen = 0
    for path in sorted((shared / "data/coco/instances_ccby/annotations").glob("instances_*.json")):
        facts = json.loads(path.read_text())["annotations"]
        for thing in Result(path, masks="keep").objects():
            fact = facts[thing["index"]]
            assert (thing["polygons"] or None) == (None if thing["crowd"] else fact["segmentation"])
            if thing["crowd"]:
                seen += 1
                height, width = fact["segmentation"]["size"]
                x1, y1, x2, y2 = rle.box(thing["mask"], height) or ()
                assert [x1, y1, x2 - x1 - 1, y2 - y1 - 1] == fact["bbox"] and x2 <= width
                assert rle.counts_of(thing["mask"]).tolist() == fact["segmentation"]["counts"]
    assert seen == 5


def test_masks_kept_change_nothing_else(shared: Path) -> None:
    for path in [*sorted((shared / "data").glob("coco/**/instances*.json")), shared / "data" / PANOPTIC]:
        plain, kept = Result(path), Result(path, masks="keep")
        for row in kept.rows:
            for thing in row["objects"]:
                thing |= {"mask": None, "polygons": None}
        assert kept.rows == plain.rows and kept.rejected == plain.rejected


@pytest.mark.parametrize("name", ["images/v1/patch8/objects365_v1_00420917.jpg", "images/v2/patch50/o_v2_1.jpg"])
def test_objects365_names_its_pictures_by_a_folder_that_is_not_there(tmp_path: Path, name: str) -> None:
    document = {"images": [{"id": 1, "file_name": name}], "annotations": [], "categories": []}
    (tmp_path / "in.json").write_text(json.dumps(document))
    bare = name.split("/", 2)[2]
    for there, wanted in ((None, name), (bare, bare), (name, name)):
        if there:
            (tmp_path / there).parent.mkdir(parents=True)
            (tmp_path / there).write_bytes(b"")
        batches = read(tmp_path / "in.json", Options(), Pictures(tmp_path), Accounting(lambda _: None))
        assert [row["media"][0]["path"] for batch in batches for row in batch.to_pylist()] == [wanted]


@pytest.mark.parametrize("part", ["train2017", "val2017"])
def test_the_three_files_of_one_set_make_one(shared: Path, part: str) -> None:
    """Every keypoints entry of COCO is an instance: nothing is read twice, and the points are where they belong."""
    folder = shared / "data/coco/instances_ccby/annotations"
    files = {key: folder / f"{key}_{part}.json" for key in ("instances", "captions", "person_keypoints")}
    whole = {key: json.loads(path.read_text()) for key, path in files.items()}
    result = Result(files["instances"], captions=files["captions"], keypoints=files["person_keypoints"])
    kept = len(whole["instances"]["annotations"]) + len(whole["captions"]["annotations"])
    assert result.accounting.balance()["annotations"] == {"read": kept, "written": 0, "rejected": {}}
    points = {each["id"]: each["keypoints"] for each in whole["person_keypoints"]["annotations"]}
    ids = [each["id"] for each in whole["instances"]["annotations"]]
    for thing in result.objects():
        assert thing["keypoints"] == points.get(ids[thing["index"]]), thing
    assert sum(thing["keypoints"] is not None for thing in result.objects()) == len(points)


def test_the_same_boxes_in_two_versions_of_the_format(shared: Path) -> None:
    """v1 (CVAT's) and v2 (with other ids) name the same 273 boxes of 100 images."""
    gts = shared / "data/formats/same_boxes_in_8_formats/data/database/gts"
    found = []
    for path in (gts / "coco_format_v1/instances_default.json", gts / "coco_format_v2/instances_v2.json"):
        result = Result(path)
        assert (len(result.rows), len(result.objects()), result.rejected) == (100, 273, [])
        found.append(
            {
                Path(row["media"][0]["path"]).stem: sorted(
                    (each["label"], *(round(each[side], 3) for side in ("x1", "y1", "x2", "y2")))
                    for each in row["objects"]
                )
                for row in result.rows
            }
        )
    assert found[0] == found[1]


ids = st.one_of(st.integers(-3, 8), st.sampled_from([10**8, 2**62, 10**30]), st.sampled_from(["a", "b", "1x", "é"]))
sides = st.floats(-1e4, 1e4, width=32)


SEGMENTATIONS: list[Any] = [
    *([], None, [[1, 2, 3]], [[1, 2, 3, 2, 3, 4]], [[1, 2, 3, 2, 3, 4], [0, 9, 5, 9, 5, 8.5]]),
    *({"counts": counts, "size": size} for counts, size in (([1], [1, 1]), ([1, 2, 3], [2, 3]), ([0, 4, 2], [3, 2]))),
    {"counts": [4, 9], "size": [3, 3]},
]


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    known, labels = draw(st.lists(ids, unique=True, max_size=6)), draw(st.lists(ids, unique=True, max_size=4))
    picture = st.fixed_dictionaries(
        {"file_name": st.text("ab/é.", min_size=1, max_size=5)},
        optional={"width": st.integers(1, 5000), "height": st.integers(1, 5000), "license": st.integers()},
    )
    segment = st.fixed_dictionaries(
        {"id": st.integers(0, 9)},
        optional={
            "category_id": st.one_of(st.none(), ids, st.sampled_from(labels) if labels else ids),
            "bbox": st.lists(sides, min_size=4, max_size=4),
            "iscrowd": st.sampled_from([0, 1]),
        },
    )
    panoptic = st.fixed_dictionaries(
        {"image_id": st.one_of(ids, st.sampled_from(known)) if known else ids, "segments_info": st.lists(segment)}
    )
    annotation = st.fixed_dictionaries(
        {"image_id": st.one_of(ids, st.sampled_from(known)) if known else ids},
        optional={
            "id": ids,
            "category_id": st.one_of(st.none(), ids, st.sampled_from(labels) if labels else ids),
            "bbox": st.one_of(st.none(), st.lists(sides, min_size=4, max_size=4)),
            "iscrowd": st.sampled_from([0, 1, True, False, None]),
            "segmentation": st.sampled_from(SEGMENTATIONS),
            "keypoints": st.lists(st.floats(0, 9), min_size=3, max_size=3),
        },
    )
    captioned = st.fixed_dictionaries(
        {"image_id": ids, "id": ids, "caption": st.text("ab ", min_size=1).map("c".__add__)}
    )
    names = draw(st.lists(st.sampled_from(["cat", " dog", "dog", "猫"]), min_size=len(labels), max_size=len(labels)))
    members = [
        ("images", [draw(picture) | {"id": each} for each in known]),
        ("annotations", draw(st.lists(st.one_of(annotation, annotation, captioned, panoptic), max_size=25))),
        ("categories", [{"id": each, "name": name} for each, name in zip(labels, names, strict=True)]),
        ("info", {"annotations": [{"image_id": 1}]}),
    ]
    return dict(draw(st.permutations(members)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(document=documents(), size=st.sampled_from([32, 150, 1 << 21]), indent=st.sampled_from([None, 1]))
def test_any_file_says_what_a_plain_reading_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: dict[str, Any], size: int, indent: int | None
) -> None:
    monkeypatch.setattr(json_window, "BLOCK", size)
    path = tmp_path / "in.json"
    path.write_text(json.dumps(document, indent=indent))
    result = Result(path)
    records, left_out = simply(document)
    assert [said(row) for row in result.rows] == records
    assert Counter(each["code"] for each in result.rejected) == left_out


HOLDING = (
    "panoptic_no_bbox",
    "panoptic_masks",
    "box_of_mask",
    "box_of_polygon",
    "lvis",
    "keypoint_names",
    "masks_kept",
)
TORN = [*b'{}[],:"-.0129 eE', *"é\0\x7f".encode(), *b"nulltrueNaN"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(data=st.data(), name=st.sampled_from(HOLDING), masks=st.sampled_from(["skip", "keep"]))
def test_damage_is_a_record_a_rejection_or_one_error(
    tmp_path: Path, data: st.DataObject, name: str, masks: str
) -> None:
    """Bytes changed, put in or cut anywhere: what can be read balances, as `Result` asserts; nothing else is raised."""
    held = bytearray((CASES / name / "in.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(held) - 1))
        with_ = data.draw(st.lists(st.sampled_from(TORN), max_size=3))
        held[at : at + data.draw(st.integers(0, 6))] = bytes(with_)
    (tmp_path / "in.json").write_bytes(held)
    folder = CASES / name / ("in" if (CASES / name / "in").is_dir() else "pngs")
    try:
        result = Result(tmp_path / "in.json", masks=masks, png=folder)
    except InputError as error:
        assert str(tmp_path / "in.json") in str(error)
    else:
        assert all(each["at"].startswith("/") and each["message"] for each in result.rejected)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(["size", "counts", "id"]), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(shape=values, bbox=values, points=values, names=values, masks=st.sampled_from(["skip", "keep"]))
def test_well_formed_nonsense_costs_what_bears_it(
    tmp_path: Path, shape: Any, bbox: Any, points: Any, names: Any, masks: str
) -> None:
    one = {"id": 1, "image_id": 1, "category_id": 1}
    sound = one | {"id": 9, "bbox": [1, 1, 2, 2]}
    document = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "cat", "keypoints": names, "isthing": shape}],
        "annotations": [
            one | {"segmentation": shape},
            one | {"bbox": bbox, "segmentation": shape},
            one | {"bbox": bbox, "keypoints": points},
            {"image_id": 1, "file_name": "a.png", "segments_info": points},
            {"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 1, "category_id": 1, "bbox": bbox}, shape]},
            sound,
        ],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    result = Result(tmp_path / "in.json", masks=masks)
    assert [each["index"] for each in result.objects() if each["index"] == 5 and each["at"] is None] == [5]
    assert all(each["at"].startswith("/") and each["message"] for each in result.rejected)


def test_sniffing_knows_what_is_not_coco(tmp_path: Path) -> None:
    for text in ("[]", "{}", '{"images": [1]}', '{"annotations": [{"result": []}]}', "x", '{"data": {"image": "a"}}'):
        (tmp_path / "in.json").write_text(text)
        assert sniff(tmp_path / "in.json") is None, text
    assert sniff(tmp_path) is None and sniff(tmp_path / "absent.json") is None


def test_a_path_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path, fact in ((tmp_path, "this is a folder"), (tmp_path / "absent.json", "there is no such file")):
        with pytest.raises(InputError, match=fact):
            Result(path)


def test_ids_that_are_words_are_no_slower_than_numbers(tmp_path: Path) -> None:
    """Twenty thousand of them, all looked up: a search from the start for each would take minutes."""
    count = 20_000
    document = {
        "images": [{"id": f"i{number}", "file_name": f"{number}.jpg"} for number in range(count)],
        "annotations": [
            {"image_id": f"i{number}", "category_id": "c", "bbox": [0, 0, 1, 1]} for number in range(count)
        ],
        "categories": [{"id": "c", "name": "cat"}],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    assert [row["id"] for row in Result(tmp_path / "in.json").rows] == [f"i{number}" for number in range(count)]


def test_the_first_twenty_of_many_repeated_ids_are_listed_and_all_counted(tmp_path: Path) -> None:
    annotations = [{"id": number % 10, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]} for number in range(5000)]
    document = {
        "images": [{"id": 1, "file_name": "a"}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "c"}],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    accounting = Result(tmp_path / "in.json").accounting
    assert (accounting.remarks["AN005"], len(accounting.findings)) == (4990, 20)
    assert accounting.findings[0].at == "/annotations/10/id"

"""COCO read back: golden cases a folder each, every real file by an independent count, round trips by property.

A case is `in.json`, the files that its options name, and `case.json`: why it is there and what comes of it, records,
rejections and remarks, or the error.
"""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters import json_window
from mmdata.converters.pictures.find import Pictures
from mmdata.converters.sources.coco import Options, read, sniff
from mmdata.schemas.accounting import Accounting
from mmdata.schemas.annotation import ANNOTATIONS
from mmdata.schemas.errors import InputError

CASES = Path(__file__).parent / "cases"


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
            **{key: each[key] for key in ("crowd", "keypoints") if each[key]},
        }
        for each in row["objects"]
    ]
    captions = [[each["at"], each["text"]] for each in row["captions"]]
    return thing | {key: held for key, held in (("objects", objects), ("captions", captions)) if held}


def outcome(folder: Path, options: dict[str, str]) -> dict[str, Any]:
    """What reading a case gives, in the form of `case.json`; paths are relative to the case."""

    def short(text: str) -> str:
        return text.replace(f"{folder}/", "")

    try:
        result = Result(folder / "in.json", **{key: folder / name for key, name in options.items()})
    except InputError as error:
        return {"error": short(str(error)).split("\n")}
    balance = result.accounting.balance()
    found: dict[str, Any] = {
        "read": {kind: balance[kind]["read"] for kind in ("images", "annotations")},
        "records": json.loads(short(json.dumps([said(row) for row in result.rows]))),
        "rejected": [
            [each["kind"], each["code"], short(f"{each['file']}#{each['at']}"), each["value"], each["message"]]
            for each in result.rejected
        ],
        "remarks": [[each.code, short(f"{each.file}#{each.at}"), each.message] for each in result.accounting.findings],
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
    labels = {each["id"]: each["name"].strip() for each in document.get("categories", [])}
    records = {
        each["id"]: {
            "id": str(each["id"]),
            "at": f"/images/{place}",
            "picture": [each["file_name"], int(each.get("width") or 0), int(each.get("height") or 0)],
        }
        for place, each in enumerate(document["images"])
    }
    left_out: Counter[str] = Counter()
    for place, each in enumerate(document.get("annotations", [])):
        record: dict[str, Any] | None = records.get(each["image_id"])
        if record is None:
            left_out["AN009"] += 1
        elif "caption" in each:
            record.setdefault("captions", []).append([f"/annotations/{place}", each["caption"]])
        elif each.get("category_id") is None:
            left_out["AN023"] += 1
        elif each["category_id"] not in labels:
            left_out["AN010"] += 1
        elif each.get("bbox") is None:
            left_out["AN023"] += 1
        else:
            x, y, width, height = each["bbox"]
            kept = {"at": f"/annotations/{place}", "label": labels[each["category_id"]]}
            kept |= {"box": [x, y, x + width, y + height]}
            kept |= {"crowd": True} if each.get("iscrowd") else {}
            kept |= {"keypoints": each["keypoints"]} if each.get("keypoints") else {}
            record.setdefault("objects", []).append(kept)
    return list(records.values()), left_out


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
        if any("segments_info" in each for each in document["annotations"]):
            with pytest.raises(InputError, match="panoptic"):
                Result(path)
            continue
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


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    known, labels = draw(st.lists(ids, unique=True, max_size=6)), draw(st.lists(ids, unique=True, max_size=4))
    picture = st.fixed_dictionaries(
        {"file_name": st.text("ab/é.", min_size=1, max_size=5)},
        optional={"width": st.integers(1, 5000), "height": st.integers(1, 5000), "license": st.integers()},
    )
    annotation = st.fixed_dictionaries(
        {"image_id": st.one_of(ids, st.sampled_from(known)) if known else ids},
        optional={
            "id": ids,
            "category_id": st.one_of(st.none(), ids, st.sampled_from(labels) if labels else ids),
            "bbox": st.one_of(st.none(), st.lists(sides, min_size=4, max_size=4)),
            "iscrowd": st.sampled_from([0, 1, True, False, None]),
            "segmentation": st.sampled_from([[], [[1, 2, 3]], {"counts": [1], "size": [1, 1]}, None]),
            "keypoints": st.lists(st.floats(0, 9), min_size=3, max_size=3),
        },
    )
    captioned = st.fixed_dictionaries(
        {"image_id": ids, "id": ids, "caption": st.text("ab ", min_size=1).map("c".__add__)}
    )
    names = draw(st.lists(st.sampled_from(["cat", " dog", "dog", "猫"]), min_size=len(labels), max_size=len(labels)))
    members = [
        ("images", [draw(picture) | {"id": each} for each in known]),
        ("annotations", draw(st.lists(st.one_of(annotation, captioned), max_size=25))),
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

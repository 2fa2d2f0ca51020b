"""Twenty-four small hostile COCO files, one fault each, through the whole conversion: what becomes of each.

The kinds are those that other readers were tried with: pycocotools lets all of them pass in silence. A fault is caught
(its annotation or picture is left out, or the file is refused, with code, place, value and remedy) or remarked on. What
is not caught yet is written down as such, so that it is not forgotten.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mmdata.cli import mmdata
from PIL import Image

SIZE = (100, 50)
GOOD: dict[str, Any] = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 5, 20, 10]}
SECOND = GOOD | {"id": 2}


def document(*annotations: Any, **others: Any) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": SIZE[0], "height": SIZE[1]}],
        "annotations": [GOOD, *annotations],
        "categories": [{"id": 1, "name": "cat"}],
    } | others


def picture(**changed: Any) -> dict[str, Any]:
    return {"id": 2, "file_name": "b.jpg", "width": SIZE[0], "height": SIZE[1]} | changed


def with_picture(entry: dict[str, Any], annotation: dict[str, Any] | None = None) -> dict[str, Any]:
    whole = document(annotation or SECOND | {"image_id": entry["id"]})
    whole["images"].append(entry)
    return whole


CAUGHT: dict[str, tuple[Any, str, str]] = {  # kind: file, code, place
    "no width": (document(SECOND | {"bbox": [10, 5, 0, 10]}), "GE001", "/annotations/1"),
    "negative width": (document(SECOND | {"bbox": [30, 5, -20, 10]}), "GE002", "/annotations/1"),
    "outside the image": (document(SECOND | {"bbox": [500, 5, 20, 10]}), "GE003", "/annotations/1"),
    "NaN": (document(SECOND | {"bbox": [float("nan"), 5, 20, 10]}), "AN003", "/annotations/1"),
    "Infinity": (document(SECOND | {"bbox": [0, 5, float("inf"), 10]}), "AN003", "/annotations/1"),
    "three numbers": (document(SECOND | {"bbox": [1, 2, 3]}), "AN004", "/annotations/1/bbox"),
    "no bbox": (document({"id": 2, "image_id": 1, "category_id": 1}), "AN023", "/annotations/1"),
    "numbers as strings": (document(SECOND | {"bbox": ["1", "2", "3", "4"]}), "AN004", "/annotations/1/bbox/0"),
    "unknown image id": (document(SECOND | {"image_id": 99}), "AN009", "/annotations/1/image_id"),
    "unknown category": (document(SECOND | {"category_id": 99}), "AN010", "/annotations/1/category_id"),
    "no category": (document({"id": 2, "image_id": 1, "bbox": [1, 2, 3, 4]}), "AN023", "/annotations/1"),
    "duplicate image id": (
        document(
            SECOND | {"image_id": 2},
            images=[picture(id=1, file_name="a.jpg"), picture(), picture(file_name="turned.jpg")],
        ),
        "AN007",
        "/images/2/id",
    ),
    "size mismatch": (with_picture(picture(width=200)), "GE012", "/images/1"),
    "missing picture": (with_picture(picture(file_name="absent.jpg")), "IM001", "/images/1"),
    "path out of the folder": (with_picture(picture(file_name="../../etc/hostname")), "SE001", "/images/1"),
    "empty category name": (
        document(SECOND | {"category_id": 2}, categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": ""}]),
        "AN012",
        "/annotations/1/category_id",
    ),
    "control token as category": (
        document(SECOND | {"category_id": 2}, categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "<box>"}]),
        "TG008",
        "/annotations/1",
    ),
}

REMARKED: dict[str, tuple[Any, str, str]] = {
    "over the edge": (document(SECOND | {"bbox": [90, 5, 20, 10]}), "GE004", "/annotations/1"),
    "duplicate annotation id": (document(GOOD), "AN005", "/annotations/1/id"),
    "duplicate category name": (
        document(categories=[{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}]),
        "AN011",
        "/categories/1/name",
    ),
    "EXIF rotation": (with_picture(picture(file_name="turned.jpg")), "IM004", "/images/1"),
}

NOT_YET: dict[str, tuple[str, str]] = {  # kind: file as text, the rule that will say it
    "annotation id 0": (json.dumps(document(SECOND | {"id": 0})), "AN006"),
    "duplicate JSON key": (json.dumps(document(SECOND)).replace('"id": 2', '"id": 2, "bbox": [0, 0, 9, 9]'), "AN002"),
    "corners in the size field": (json.dumps(document(SECOND | {"bbox": [10, 5, 30, 15]})), "GE005"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a sound picture twice, and one that its EXIF data turn."""
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", SIZE, "teal").save(tmp_path / name)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (SIZE[1], SIZE[0]), "teal").save(tmp_path / "turned.jpg", exif=exif)
    return tmp_path


def convert(folder: Path, text: str) -> Result:
    (folder / "in.json").write_text(text)
    arguments = ["convert", "coco", str(folder / "in.json"), "--max-rejected", "100%", "-o", str(folder / "out")]
    result = CliRunner().invoke(mmdata, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 0, result.output
    return result


def left_out(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "out/rejected.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("kind", CAUGHT)
def test_a_fault_costs_what_bears_it(folder: Path, kind: str) -> None:
    given, code, place = CAUGHT[kind]
    convert(folder, json.dumps(given))
    found = [each for each in left_out(folder) if each["code"] == code]
    assert [each for each in found if each["at"] == place], left_out(folder)
    assert all(each["file"].endswith("in.json") and each["message"] and each["remedy"] for each in found)
    rows = (folder / "out/train/train.json").read_text()
    assert rows.count("<box>") == 1, "the other annotation is there, and no more"


def test_half_a_surrogate_pair_costs_what_bears_it(folder: Path) -> None:
    """In a box, a size, an id or a name: no fault of ours, and the other annotation is there."""
    half = "\ud800"
    for given in (
        document(SECOND | {"bbox": [half, 5, 20, 10]}),
        document(SECOND | {"iscrowd": half}),
        document(SECOND | {"image_id": half}),
        with_picture(picture(width=half)),
        with_picture(picture(file_name=half)),
    ):
        convert(folder, json.dumps(given))
        assert {each["code"] for each in left_out(folder)} <= {"AN004", "AN009"}
        assert (folder / "out/train/train.json").read_text().count("<box>") == 1


def test_annotations_of_a_broken_category_say_where_it_stands(folder: Path) -> None:
    """A file that is no UTF-8, as Latin-1 and GBK are: the label is the fault, and not that the id is unknown."""
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "caf\ud8e9"}]
    convert(folder, json.dumps(document(SECOND | {"category_id": 2}, categories=categories)))
    (found,) = left_out(folder)
    assert found["at"] == "/annotations/1/category_id"
    assert "/categories/1, is broken" in found["message"] and "no UTF-8" in found["message"]


@pytest.mark.parametrize("kind", REMARKED)
def test_a_doubt_is_said(folder: Path, kind: str) -> None:
    given, code, place = REMARKED[kind]
    convert(folder, json.dumps(given))
    findings = json.loads((folder / "out/lint.json").read_text())["findings"]
    assert (code, place) in [(each["code"], each["at"]) for each in findings], findings
    assert left_out(folder) == []


@pytest.mark.parametrize("kind", NOT_YET)
def test_what_no_rule_says_yet_is_at_least_counted(folder: Path, kind: str) -> None:
    """When one of these fails because its rule now speaks, move it up."""
    text, code = NOT_YET[kind]
    convert(folder, text)
    findings = json.loads((folder / "out/lint.json").read_text())["findings"]
    assert code not in {each["code"] for each in [*findings, *left_out(folder)]}
    counts = json.loads((folder / "out/manifest.json").read_text())["accounting"]["annotations"]
    assert counts == {"read": 2, "written": 2, "rejected": {}}


@pytest.mark.parametrize("cut", [1, 40, 150, 250])
def test_a_torn_file_makes_nothing(folder: Path, cut: int) -> None:
    (folder / "in.json").write_text(json.dumps(document(SECOND))[:cut])
    result = CliRunner().invoke(mmdata, ["convert", "coco", str(folder / "in.json"), "-o", str(folder / "out")])
    assert result.exit_code == 2
    assert f"in.json:1:{cut + 1}:" in result.output.replace("\n", "") and not (folder / "out").exists()


def test_a_torn_picture_costs_its_records(folder: Path) -> None:
    whole = (folder / "b.jpg").read_bytes()
    (folder / "b.jpg").write_bytes(whole[: len(whole) // 2])
    convert(folder, json.dumps(with_picture(picture())))
    assert {(each["kind"], each["code"]) for each in left_out(folder)} == {
        ("images", "IM002"),
        ("annotations", "IM002"),
    }

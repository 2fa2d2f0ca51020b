"""A data set that is mended is one: its manifest up to date, its pictures with it, and clean."""

import json
from pathlib import Path
from typing import Any

import pytest
from mmdata.pipelines.lint.fixing.rounds import mended
from mmdata.pipelines.lint.fixing.write import diff, write
from mmdata.pipelines.lint.run import lint
from mmdata.pipelines.lint.settings import Settings
from mmdata.schemas.manifest import Manifest

from .conftest import draw, seal, tarred

FILES = ("SH", "SE", "IM")


def rows(folder: Path) -> list[dict[str, Any]]:
    """Four rows in Qwen-VL's form about pictures in `folder`; the second has no answer."""
    said = [
        {
            "id": str(number),
            "conversations": [
                {"from": "user", "value": f"Picture 1: <img>{folder}/images/{number}.jpg</img>\nWhat is it?"},
                {"from": "assistant", "value": "A mug."},
            ],
        }
        for number in range(4)
    ]
    said[1]["conversations"].pop()  # type: ignore[attr-defined]
    return said


def built(folder: Path) -> Path:
    """A data set of ours with those rows and their pictures."""
    (folder / "train").mkdir(parents=True)
    text = ",\n".join(json.dumps(row) for row in rows(folder))
    (folder / "train" / "train.json").write_text(f"[\n{text}\n]\n")
    for number in range(4):
        draw(folder / "images" / f"{number}.jpg", "64x48 NOISE")
    (folder / "rejected.jsonl").write_text("")
    (folder / "README.md").write_text("# Data set\n")
    seal(folder, "qwen-vl")
    return folder


def test_a_sample_less_is_counted_listed_and_sealed(tmp_path: Path) -> None:
    folder = built(tmp_path / "in")
    assert not lint(folder, Settings(select=FILES)).counts
    done = mended(folder, Settings(select=("CV004",)), unsafe=True)
    out = tmp_path / "out"
    write(done, out)
    manifest = json.loads((out / "manifest.json").read_bytes())
    Manifest.model_validate(manifest)
    assert manifest["accounting"]["samples"] == {"read": 4, "written": 3, "rejected": {"CV004": 1}}
    assert manifest["splits"]["train"]["samples"] == 3
    assert manifest["mended"]["fixes"] == {"CV004": 1}
    assert [json.loads(line)["code"] for line in (out / "rejected.jsonl").read_text().splitlines()] == ["CV004"]
    assert "| samples | 4 | 3 | CV004 1 |" in (out / "README.md").read_text()
    kept = json.loads((out / "train" / "train.json").read_bytes())
    assert [row["id"] for row in kept] == ["0", "2", "3"]
    assert all(f"<img>{out}/images/{row['id']}.jpg</img>" in row["conversations"][0]["value"] for row in kept)
    (folder / "images" / "0.jpg").unlink()
    assert not lint(out, Settings(select=(*FILES, "CV004"))).counts
    again = mended(out, Settings(select=("CV004",)), unsafe=True)
    assert not again.files


def test_a_picture_of_a_data_set_is_written_into_the_new_one(tmp_path: Path) -> None:
    folder = built(tmp_path / "in")
    draw(folder / "images" / "2.jpg", "64x48 PNG")
    seal(folder, "qwen-vl")
    done = mended(folder, Settings(select=("IM003",)), unsafe=True)
    assert "images/2.png: " in "".join(diff(done))
    write(done, tmp_path / "out")
    assert f"{tmp_path / 'out'}/images/2.png" in (tmp_path / "out" / "train" / "train.json").read_text()
    report = lint(tmp_path / "out", Settings(select=FILES))
    assert not report.counts, [(each.code, each.message) for each in report.findings]


def test_pictures_of_another_folder_come_along(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    images = [{"id": n, "file_name": f"x/{n}.jpg", "width": 64, "height": 48} for n in (1, 2)]
    labels = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "mug"}]}
    (tmp_path / "labels" / "i.json").write_text(json.dumps(labels))
    draw(tmp_path / "pictures" / "x" / "1.jpg", "64x48 PNG")
    draw(tmp_path / "pictures" / "x" / "2.jpg", "64x48")
    settings = Settings(select=("IM",), images=tmp_path / "pictures", source="coco")
    out = tmp_path / "out"
    write(mended(tmp_path / "labels" / "i.json", settings, unsafe=True), out)
    names = [each["file_name"] for each in json.loads((out / "i.json").read_bytes())["images"]]
    assert names == ["x/1.png", "x/2.jpg"]
    assert not lint(out / "i.json", Settings(select=("IM",), images=out / "images")).counts


@pytest.mark.parametrize("unsafe", [False, True])
def test_tars_from_elsewhere_are_mended_and_nothing_is_lost(tmp_path: Path, unsafe: bool) -> None:
    (tmp_path / "in").mkdir()
    members: list[str | list[str]] = [["1.2.jpg", "a"], ["b.v.w.jpg", "b"], ["1.2.json", "{}"], ["b.v.w.json", "[]"]]
    (tmp_path / "in" / "s-00000.tar").write_bytes(tarred(members))
    done = mended(tmp_path / "in", Settings(select=("SH",)), unsafe=unsafe)
    assert not done.report.counts
    write(done, tmp_path / "out")
    assert set(lint(tmp_path / "out", Settings(select=("SH",))).counts) == set()


def test_what_is_mended_again_is_measured_by_its_new_manifest(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    images = [{"id": 1, "file_name": "1.jpg", "width": 64, "height": 48}]
    boxes = [{"id": 0, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]
    labels = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "mug "}]}
    (tmp_path / "in" / "i.json").write_text(json.dumps(labels))
    settings = Settings(select=("AN006",), check_images=False)
    write(mended(tmp_path / "in", settings, unsafe=False), tmp_path / "once")
    again = mended(tmp_path / "once", Settings(select=("AN006", "AN012", "SH"), check_images=False), unsafe=False)
    assert [each.code for each in again.applied] == ["AN012"]
    assert not again.report.counts
    write(again, tmp_path / "twice")
    assert not lint(tmp_path / "twice", Settings(select=("AN006", "AN012", "SH"), check_images=False)).counts

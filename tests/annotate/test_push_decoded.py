"""What a model says, in a target's own words, as predictions on the tasks that are there."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from mmdata.annotate.push_decoded import Decoding, Options
from mmdata.cli import mmdata
from mmdata.converters.pictures.find import Pictures
from mmdata.schemas.accounting import Accounting

from .pushing import coco, picture, run, serve
from .server import BOXES, Project


def rows_of(target: str, kitchen: Path, images: Path, out: Path) -> Path:
    """What mmdata writes for the target: here the words of a model that is always right."""
    labels = (
        "coco",
        kitchen / "instances.json",
        "--images",
        images,
        "--to",
        target,
        "--task",
        "detect,ground",
        "--no-upright",
    )
    done = CliRunner().invoke(mmdata, ["convert", *map(str, labels), "-o", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    (rows,) = (out / "train").iterdir()
    return rows


@pytest.mark.parametrize("target", ["qwen-vl", "qwen3-vl", "llava"])
def test_a_model_s_words_join_the_tasks_as_boxes(project: Project, root: Path, tmp_path: Path, target: str) -> None:
    kitchen = root / "examples" / "kitchen"
    labels = json.loads((kitchen / "instances.json").read_text())
    images = project.server.documents / "decoded"
    shutil.copytree(kitchen / "images", images, dirs_exist_ok=True)
    names = "".join(f'<Label value="{each["name"]}"/>' for each in labels["categories"])
    made = project.server.make_project(
        BOXES.replace('<Label value="person"/><Label value="car"/><Label value="sign"/>', names)
    )
    serve(made, "decoded")
    where = ("--project", made.key, "--images", images, "--document-root", project.server.documents)
    more = ("--format", "json", "-q")
    run(project.server, "push", "coco", kitchen / "instances.json", *where, *more)

    rows = rows_of(target, kitchen, images, tmp_path / "out")
    report, _ = run(project.server, "push", target, rows, *where, *more, "--model-version", "right")
    assert report["tasks"]["predicted"] == len(labels["images"])
    assert report["tasks"]["created"] == 0
    tasks = project.server.call("GET", f"/api/tasks?project={made.id}&fields=all&page_size=100")["tasks"]
    for task in tasks:
        (meant,), (said,) = task["annotations"], task["predictions"]
        places = [
            {
                (*each["value"]["rectanglelabels"], *(round(each["value"][side]) for side in ("x", "y")))
                for each in result
            }
            for result in (meant["result"], said["result"])
        ]
        near = {(label, x + a, y + b) for label, x, y in places[0] for a in (-1, 0, 1) for b in (-1, 0, 1)}
        assert places[1] <= near
        assert len(said["result"]) >= len(places[0]) * 0.9


def test_what_is_no_row_is_rejected_with_its_place(tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text('[1, {"id": "a"}, {"id": "b", "conversations": [{"from": "user", "value": "<img>no.png</img>"}]}]')
    lines: list[bytes] = []
    accounting = Accounting(lines.append)
    assert not [*Decoding("qwen-vl").read(rows, Options(), Pictures(tmp_path), accounting)]
    found = [json.loads(line) for line in lines]
    assert [(each["at"], each["code"]) for each in found] == [("/0", "AN004"), ("/1", "CV009"), ("/2", "IM001")]
    accounting.check()


def converted(tmp_path: Path, images: Path, *more: str) -> Path:
    """Rows of two pictures, one of which EXIF turns."""
    picture(images / "plain.jpg", (200, 100))
    picture(images / "sub" / "turned.jpg", (200, 100), orientation=6)
    labels = coco(tmp_path, {"plain.jpg": [("car", (10, 20, 30, 40))]}, (200, 100))
    whole = json.loads(labels.read_text())
    whole["images"].append({"id": 2, "file_name": "sub/turned.jpg", "width": 100, "height": 200})
    whole["annotations"].append(whole["annotations"][0] | {"id": 2, "image_id": 2})
    labels.write_text(json.dumps(whole))
    given = ["convert", "coco", str(labels), "--images", str(images), "--to", "qwen-vl", "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(mmdata, [*given, *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return tmp_path / "out" / "train" / "train.json"


def named(rows: Path, images: Path) -> tuple[list[str], Accounting]:
    accounting = Accounting()
    batches = Decoding("qwen-vl").read(rows, Options(), Pictures(images), accounting)
    return [row["media"][0]["path"] for batch in batches for row in batch.to_pylist()], accounting


def test_a_picture_that_was_written_anew_is_the_one_it_was_made_of(project: Project, tmp_path: Path) -> None:
    images = project.server.documents / "written-anew"
    rows = converted(tmp_path, images)
    assert "/out/images/turned-" in rows.read_text()
    assert named(rows, images)[0] == [str(images / "plain.jpg"), "sub/turned.jpg"]
    serve(project, "written-anew")
    where = ("--project", project.key, "--images", images, "--document-root", project.server.documents)
    more = ("--format", "json", "-q")
    assert run(project.server, "push", "coco", tmp_path / "instances.json", *where, *more)[0]["tasks"]["created"] == 2
    assert run(project.server, "push", "qwen-vl", rows, *where, *more)[0]["tasks"]["predicted"] == 2


def test_of_another_size_or_gone_it_is_not(tmp_path: Path) -> None:
    rows = converted(tmp_path, tmp_path / "photos", "--max-side", "120")
    found, accounting = named(rows, tmp_path / "photos")
    assert (found, accounting.rejected["annotations"]) == ([], {"SE001": 2})
    shutil.rmtree(tmp_path / "out")
    rows = converted(tmp_path, tmp_path / "photos")
    shutil.rmtree(tmp_path / "out" / "images")
    assert named(rows, tmp_path / "photos")[0] == [str(tmp_path / "photos" / "plain.jpg")]

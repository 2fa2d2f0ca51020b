"""Push against a real server: what was pushed comes back the same, once, and nothing is lost or written over."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ..sources.label_studio.reading import Result
from .pushing import EVERYTHING, coco, picture, run, serve
from .server import LabelStudio, Project

TURNED = {"x": 40.0, "y": 30.0, "width": 20.123456789, "height": 15.0, "rotation": 33.3}


def entry(kind: str, value: dict[str, Any], control: str = "box", identity: str = "a", **more: Any) -> dict[str, Any]:
    size = {"original_width": 640, "original_height": 480, "image_rotation": 0}
    head = {"id": identity, "from_name": control, "to_name": "image", "type": kind}
    return head | size | {"value": value} | more


def exported(folder: Path) -> Path:
    """A Label Studio export by hand: turned, upright, polygon, text, caption, and a photo that EXIF turns."""
    plain = [
        entry("rectanglelabels", TURNED | {"rectanglelabels": ["car"]}),
        entry("textarea", TURNED | {"text": ["AB 12 街"]}, "text"),
        entry(
            "rectanglelabels", {"x": 0, "y": 0, "width": 100, "height": 1e-3, "rectanglelabels": ["person"]}, "box", "b"
        ),
        entry("polygonlabels", {"points": [[1, 2], [50.5, 3], [20, 80]], "polygonlabels": ["car"]}, "polygon", "c"),
        {"id": "d", "from_name": "caption", "to_name": "image", "type": "textarea", "value": {"text": ["one", "two"]}},
    ]
    shown = {"original_width": 480, "original_height": 640}
    photo = [entry("rectanglelabels", TURNED | {"rectanglelabels": ["lorry"]}, **shown)]
    tasks = [
        {"id": 1, "data": {"image": "/data/local-files/?d=set/plain.png"}, "annotations": [{"id": 1, "result": plain}]},
        {"id": 2, "data": {"image": "/data/local-files/?d=set/photo.jpg"}, "annotations": [{"id": 2, "result": photo}]},
    ]
    place = folder / "export.json"
    place.write_text(json.dumps(tasks), encoding="utf-8")
    return place


@pytest.fixture
def open_project(label_studio: LabelStudio, project: Project) -> Project:
    """A project with every kind of control, which may show what is in documents/set."""
    made = label_studio.make_project(EVERYTHING)
    serve(made, "set")
    return made


@pytest.fixture
def boxes(open_project: Project, tmp_path: Path) -> Path:
    """Labels of six pictures, two boxes each."""
    names = [f"{number}.png" for number in range(6)]
    for name in names:
        picture(open_project.server.documents / "set" / name, (200, 100))
    two = [("person", (10, 20, 30, 40)), ("car", (100.25, 0, 99.75, 100))]
    return coco(tmp_path, dict.fromkeys(names, two), (200, 100))


def push(project: Project, labels: Path, *more: object, source: str = "coco", code: int = 0) -> tuple[Any, str]:
    documents = project.server.documents
    where = ("--project", project.key, "--images", documents / "set", "--document-root", documents)
    return run(project.server, "push", source, labels, *where, "--format", "json", "-q", *more, code=code)


def closely(one: Any, other: Any) -> None:
    """The same, numbers within a millionth."""
    if isinstance(one, list):
        assert isinstance(other, list)
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            closely(left, right)
    else:
        assert one == (pytest.approx(other, rel=1e-6, abs=1e-9) if isinstance(one, float) else other)


def test_what_was_pushed_comes_back(open_project: Project, tmp_path: Path) -> None:
    folder = open_project.server.documents / "set"
    picture(folder / "plain.png", (640, 480))
    picture(folder / "photo.jpg", (640, 480), orientation=6)
    source = exported(tmp_path)
    report, _ = push(open_project, source, source="label-studio")
    assert report["tasks"]["created"] == 2

    (tmp_path / "back.json").write_text(json.dumps(open_project.export()), encoding="utf-8")
    before, after = Result(source, folder), Result(tmp_path / "back.json", folder)
    after.assert_balanced()
    assert not after.rejected
    places = ("label", "x1", "y1", "x2", "y2", "quad", "polygons", "text")
    said = [[[each[place] for place in places] for each in result.objects()] for result in (before, after)]
    assert sorted(each[0] for each in said[0]) == ["car", "car", "lorry", "person"]
    closely(*said)
    words = [sorted(each["text"] for row in result.rows for each in row["captions"]) for result in (before, after)]
    assert words == [["one", "two"], ["one", "two"]]


def test_imported_work_is_no_ground_truth(open_project: Project, boxes: Path) -> None:
    push(open_project, boxes)
    assert [each["ground_truth"] for task in open_project.export() for each in task["annotations"]] == [False] * 6


def test_the_same_push_again_changes_nothing(open_project: Project, boxes: Path) -> None:
    assert push(open_project, boxes, "--batch", 4)[0]["tasks"]["created"] == 6
    before = open_project.export()
    report, said = push(open_project, boxes, "--batch", 4)
    assert report["tasks"] | {"unchanged": 0} == dict.fromkeys(report["tasks"], 0)
    assert "6 there already" in said
    assert open_project.export() == before


def test_an_id_of_any_letters_is_found_again(open_project: Project, tmp_path: Path) -> None:
    names = [
        "per%20cent.png",
        "a,b.png",
        "it's.png",
        'q"uote.png',
        "hash#1.png",
        "q?x=1&y.png",
        "街 plus+.png",
        "7.png",
    ]
    for name in names:
        picture(open_project.server.documents / "set" / name, (200, 100))
    table = tmp_path / "boxes.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"])
        writer.writerows([name, 200, 100, "car", 10, 10, 30, 30] for name in names)
    documents = open_project.server.documents
    where = ("--project", open_project.key, "--images", documents / "set", "--document-root", documents)
    for created in (len(names), 0):
        report, _ = run(open_project.server, "push", "csv", table, *where, "--format", "json")
        assert report["tasks"]["created"] == created
    assert sorted(task["data"]["mm_id"] for task in open_project.export()) == sorted(names)


def test_what_differs_is_left_alone_until_update_and_people_s_work_always(
    open_project: Project, boxes: Path, tmp_path: Path
) -> None:
    push(open_project, boxes)
    worked = open_project.export()[0]
    (mine,) = worked["annotations"]
    open_project.server.call("PATCH", f"/api/annotations/{mine['id']}/", {"result": mine["result"][:1]})
    names = [f"{number}.png" for number in range(6)]
    moved = [("person", (11, 20, 30, 40)), ("car", (100.25, 0, 99.75, 100))]
    other = coco(tmp_path, {**dict.fromkeys(names[:2], moved), **dict.fromkeys(names[2:], moved[:0])}, (200, 100))

    report, said = push(open_project, other)
    assert report["tasks"]["held"] == 6
    assert "--update" in said
    report, said = push(open_project, other, "--update")
    assert (report["tasks"]["updated"], report["tasks"]["worked_on"]) == (1, 5)
    results = [task["annotations"][0]["result"] for task in open_project.export()]
    assert [len(each) for each in results] == [1, 2, 2, 2, 2, 2]
    assert results[1][0]["value"]["x"] == pytest.approx(5.5)


def test_predictions_join_tasks_that_are_there_one_a_model(open_project: Project, boxes: Path) -> None:
    push(open_project, boxes)
    for version in ("v1", "v2", "v2"):
        report, _ = push(open_project, boxes, "--as", "predictions", "--model-version", version)
        assert report["tasks"]["created"] == 0
    assert report["tasks"]["unchanged"] == 6
    tasks = open_project.server.call("GET", f"/api/tasks?project={open_project.id}&fields=all")["tasks"]
    assert [sorted(each["model_version"] for each in task["predictions"]) for task in tasks] == [["v1", "v2"]] * 6
    assert all(len(each["result"]) == 2 for task in tasks for each in task["predictions"])


def test_a_label_that_the_project_has_not_is_told_before_anything_leaves(
    open_project: Project, boxes: Path, tmp_path: Path
) -> None:
    picture(open_project.server.documents / "set" / "a.png", (200, 100))
    labels = coco(tmp_path, {"a.png": [("ghost", (1, 1, 5, 5)), ("truck", (1, 1, 9, 9))]}, (200, 100))
    _, said = push(open_project, labels, code=1)
    assert "AN010 unknown-category" in said
    assert "no label 'ghost'" in said
    assert open_project.export() == []
    listed = tmp_path / "rejected.jsonl"
    report, _ = push(open_project, labels, "--max-rejected", "60%", "--rejected", listed)
    assert report["accounting"]["annotations"] == {"read": 2, "written": 1, "rejected": {"AN010": 1}}
    assert json.loads(listed.read_text())["code"] == "AN010"
    (task,) = open_project.export()
    assert task["annotations"][0]["result"][0]["value"]["rectanglelabels"] == ["lorry"]


def test_a_folder_that_the_server_does_not_serve_is_told(label_studio: LabelStudio, tmp_path: Path) -> None:
    bare = label_studio.make_project(EVERYTHING)
    picture(label_studio.documents / "elsewhere" / "a.png", (200, 100))
    labels = coco(tmp_path, {"a.png": [("car", (1, 1, 9, 9))]}, (200, 100))
    _, said = push(bare, labels, "--images", label_studio.documents / "elsewhere", code=2)
    assert "answers 404 to /data/local-files/?d=elsewhere/a.png" in said
    assert "local-files storage" in said
    assert bare.export() == []


def test_pictures_are_uploaded_once(label_studio: LabelStudio, boxes: Path) -> None:
    made = label_studio.make_project(EVERYTHING)
    for _ in range(2):
        push(made, boxes, "--serve", "upload")
    uploads = label_studio.call("GET", f"/api/projects/{made.id}/file-uploads?all=true")
    assert len(uploads) == 6
    tasks = made.export()
    assert len(tasks) == 6
    assert tasks[0]["data"]["image"].startswith(f"/data/upload/{made.id}/")
    assert tasks[0]["data"]["image"].endswith("-0.png")


def test_addresses_are_prefix_and_name(label_studio: LabelStudio, boxes: Path) -> None:
    made = label_studio.make_project(EVERYTHING)
    push(made, boxes, "--serve", "url", "--url-prefix", "https://pictures.example.com/a b/")
    assert made.export()[0]["data"]["image"] == "https://pictures.example.com/a b/0.png"


def test_a_project_without_a_picture_is_told(label_studio: LabelStudio, boxes: Path) -> None:
    bare = label_studio.make_project("<View></View>")
    _, said = push(bare, boxes, code=2)
    assert "shows 0 pictures" in said


def test_several_pages_are_one_task_where_the_config_shows_them(
    label_studio: LabelStudio, open_project: Project, tmp_path: Path
) -> None:
    for name in ("0.png", "1.png"):
        picture(label_studio.documents / "set" / name, (200, 100))
    size = {"original_width": 200, "original_height": 100}
    place = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["car"]}
    pages = [entry("rectanglelabels", place, identity=str(page), **size, item_index=page) for page in (0, 1)]
    data = {"pages": [f"/data/local-files/?d=set/{name}" for name in ("0.png", "1.png")]}
    labels = tmp_path / "export.json"
    labels.write_text(json.dumps([{"id": 1, "data": data, "annotations": [{"id": 1, "result": pages}]}]))
    config = EVERYTHING.replace('<Image name="image" value="$image"/>', '<Image name="image" valueList="$pages"/>')
    (tmp_path / "config.xml").write_text(config)
    made = label_studio.make_project(config)

    push(made, labels, "--config", tmp_path / "config.xml", source="label-studio")
    (task,) = made.export()
    assert task["data"]["pages"] == data["pages"]
    assert [each["item_index"] for each in task["annotations"][0]["result"]] == [0, 1]
    _, said = push(open_project, labels, "--config", tmp_path / "config.xml", source="label-studio", code=1)
    assert "2 pictures" in said

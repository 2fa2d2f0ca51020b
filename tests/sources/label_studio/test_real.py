"""Every real export and every file of others, against a count made by other means."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from mmdata.converters.sources.label_studio import sniff
from mmdata.schemas.errors import InputError

from .reading import Result, box_of

POLICIES = ("latest", "ground-truth", "all", "consensus")


def exports(shared: Path) -> list[Path]:
    folder = shared / "label-studio" / "exports"
    wanted = ("JSON.json", "JSON_MIN.json", "JSON.annotated_only.json", "JSON_MIN.annotated_only.json")
    named = (
        "api_tasks_fields_all",
        "api_tasks_task_only",
        "api_task_two_annotators",
        "snapshot_full",
        "human_browser_tasks",
    )
    return [
        *(path for name in wanted for path in sorted(folder.glob(f"*/{name}"))),
        *(folder / f"{n}.json" for n in named),
    ]


def counted(path: Path) -> int:
    """How many annotations a file of raw JSON holds, counted from the file alone; dialogues of the data not among."""
    whole = json.loads(path.read_text())
    if isinstance(whole, dict):
        whole = whole["tasks"] if "tasks" in whole else [whole] if "data" in whole else list(whole.values())
    return sum(
        counted_in(each["result"], asks="question" in task["data"])
        for task in whole
        for key in ("annotations", "drafts", "predictions")
        for each in task.get(key, [])
        if isinstance(each, dict)
    )


PLACED = re.compile("rectangle|polygon|ellipse|keypoint|brush|videorectangle|timeline")


def counted_in(result: list[dict[str, Any]], *, asks: bool) -> int:
    total = 0
    groups: dict[str, list[dict[str, Any]]] = {}
    for number, entry in enumerate(result):
        groups.setdefault(entry.get("id", str(number)), []).append(entry)
    placed = {key for key, group in groups.items() if any(PLACED.match(each["type"]) for each in group)}
    boxes = {key for key in placed if any(each["type"].startswith("rectangle") for each in groups[key])}
    tied = {(each["from_id"], each["to_id"]) for each in result if each["type"] == "relation"}
    for key, group in groups.items():
        kinds = [each["type"] for each in group]
        if key in placed:
            parents = {each.get("parentID") for each in group} | {
                b if a == key else a for a, b in tied if key in (a, b)
            }
            if "keypointlabels" in kinds and parents & boxes:
                continue
            labels = {
                name for each in group for k, held in each["value"].items() if k.endswith("labels") for name in held
            }
            total += max(1, len(labels))
        else:
            total += sum(counted_alone(each, placed, asks=asks) for each in group)
    return total - max(0, sum(each["type"] == "chatmessage" for each in result) - 1)


def counted_alone(entry: dict[str, Any], placed: set[str], *, asks: bool) -> int:
    if entry["type"] == "relation":
        between = {entry["from_id"], entry["to_id"]} <= placed
        return len(entry.get("labels") or []) or int(not between)
    return len(entry["value"]["text"]) if entry["type"] == "textarea" and not asks else 1


def dialogues(path: Path, rows: list[dict[str, Any]]) -> int:
    """How many of these records have a dialogue in their task's data, and no message of an annotator."""
    whole = json.loads(path.read_text())
    tasks = whole if isinstance(whole, list) else whole.get("tasks", [whole])
    talking = {f"task-{task['id']}" for task in tasks if "messages" in task.get("data", {})}
    talking -= {f"task-{task['id']}" for task in tasks if '"chatmessage"' in json.dumps(task)}
    return sum(row["id"].partition("/")[0] in talking for row in rows)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_export_is_read_to_the_last_annotation(shared: Path, policy: str) -> None:
    for path in exports(shared):
        minimal = "JSON_MIN" in path.name
        if minimal and policy == "ground-truth":
            continue
        config = shared / "label-studio" / "configs" / f"{path.parent.name}.xml"
        for each in (None, config) if config.exists() else (None,):
            result = Result(path, annotators=policy, config=each)
            result.assert_balanced()
            if not minimal:
                held = counted(path) + dialogues(path, result.rows)
                assert result.accounting.read_counts["annotations"] == held, path
            assert sniff(path), path


def cells(path: Path) -> list[dict[str, Any]]:
    """The rows of JSON_MIN or of a table as the raw file has them, each cell decoded if it is JSON."""
    if path.suffix == ".json":
        return json.loads(path.read_text())  # type: ignore[no-any-return]
    with path.open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text, delimiter="\t" if path.name == "TSV.csv" else ","))
    return [{key: decoded(cell) for key, cell in row.items()} for row in rows]


def decoded(cell: str) -> Any:
    return json.loads(cell) if cell[:1] in ("[", "{") else cell or None


PLACE = ("x", "y", "width", "height", "rotation", "points", "radiusX", "radiusY", "rle")


def tallied(row: dict[str, Any], controls: list[str]) -> int:
    """How many annotations a row holds: each label of each place, else each text or answer by itself.

    The second region of one place in a control is another region.
    """
    labels: dict[tuple[str, int], set[str]] = {}
    alone = 0
    for name in controls:
        given = row.get(name)
        seen: list[str] = []
        for each in given if isinstance(given, list) else [given] if given else []:
            place = {key: each[key] for key in PLACE if key in each} if isinstance(each, dict) else {}
            if place:
                told = [label for key, held in each.items() if key.endswith("labels") for label in held]
                where = json.dumps(place)
                labels.setdefault((where, seen.count(where)), set()).update(told)
                seen.append(where)
            else:
                alone += 1
    return alone + sum(max(1, len(told)) for told in labels.values())


@pytest.mark.parametrize("name", ["JSON_MIN.json", "CSV.csv", "TSV.csv", "JSON_MIN.annotated_only.json"])
def test_every_row_and_cell_is_read(shared: Path, name: str) -> None:
    folder = shared / "label-studio"
    paths = sorted(folder.glob(f"exports/*/{name}"))
    assert len(paths) >= 9
    for path in paths:
        config = folder / "configs" / f"{path.parent.name.removesuffix('_without_nodims')}.xml"
        controls = [tag.get("name", "") for tag in ElementTree.parse(config).iter() if tag.get("toName")]
        rows = cells(path)
        result = Result(path, config=config, annotators="all")
        result.assert_balanced()
        held = sum(tallied(row, controls) for row in rows) + sum("messages" in row for row in rows)
        if path.parent.name == "ocr":  # a text of one value is bare there, and joins the only region
            held -= 1
        assert result.accounting.read_counts["annotations"] == held, path
        done = {str(row["id"]) for row in rows if row.get("annotation_id")}
        assert {each["id"].removeprefix("task-").partition("/")[0] for each in result.rows} == done, path


def test_every_other_file_beside_the_exports_is_known_for_what_it_is(shared: Path) -> None:
    """What is no export is refused whole: answers of the API, the project, other formats of the same annotations."""
    folder = shared / "label-studio" / "exports"
    known = {*exports(shared), *folder.glob("*/CSV.csv"), *folder.glob("*/TSV.csv"), folder / "api_tasks_ids.json"}
    others = sorted({*folder.rglob("*.json"), *folder.rglob("*.csv")} - known)
    assert others
    for path in others:
        with pytest.raises(InputError):
            Result(path)
        assert sniff(path) is None, path


def test_the_three_shapes_and_json_min_give_the_same_objects(shared: Path) -> None:
    folder = shared / "label-studio" / "exports"
    config = shared / "label-studio" / "configs" / "main.xml"

    def objects(path: Path) -> list[Any]:
        return sorted(
            (row["id"], each["label"], box_of(each), each["text"] or "")
            for row in Result(path, config=config).rows
            for each in row["objects"]
        )

    export = objects(folder / "main" / "JSON.json")
    assert export == objects(folder / "snapshot_full.json") == objects(folder / "api_tasks_fields_all.json")
    assert export == objects(folder / "main" / "JSON_MIN.json")
    assert len(export) == 29


def test_the_data_sets_that_others_wrote(shared: Path) -> None:
    folder = shared / "data" / "label_studio"
    expected = json.loads((shared / "data" / "EXPECTED.json").read_text())
    for path in sorted(folder.rglob("*.json")):
        if path.name in ("coco_import_input.json", "label_config_repeater.json"):
            with pytest.raises(InputError):
                Result(path)
            assert sniff(path) is None
            continue
        wanted = expected[f"LS {path.relative_to(shared / 'data')}"]["counts"]
        result = Result(path, annotators="all", include=("skipped",))
        result.assert_balanced()
        assert result.accounting.read_counts["annotations"] == counted(path)
        whole = json.loads(path.read_text())
        assert len({re.sub("/.*", "", row["id"]) for row in result.rows}) <= wanted["tasks"] == len(whole)
        if path.parent.name not in ("test_export_doclang", "test_export_json_min"):  # boxes without a size; a taxonomy
            shapes = [each for each in result.objects() if each["x1"] < each["x2"]]  # lone key points have no area
            assert len(shapes) == wanted.get("boxes", 0) + wanted.get("polygons", 0)
        assert sum(each["quad"] is not None for each in result.objects()) == wanted.get("rotated", 0)

"""Plain tasks: the short way gives what the long way gives, and takes nothing that is not plain."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmdata.converters.sources import label_studio

from .reading import Result

REGION = {
    "id": "r", "type": "rectanglelabels", "from_name": "box", "to_name": "image", "image_rotation": 0,
    "original_width": 200, "original_height": 100,
    "value": {"x": 10, "y": 10.5, "width": 30, "height": 30, "rotation": 0, "rectanglelabels": ["car"]},
}  # fmt: skip
TASK = {
    "id": 7,
    "data": {"image": "imgs/a.jpg"},
    "annotations": [{"id": 1, "was_cancelled": False, "result": [REGION]}],
    "drafts": [],
    "predictions": [],
}
ODD: list[Any] = [None, True, 0, -3, 1.5, 40, 10**400, "", " ", "x", [], ["a", "b"], [""], {}, "1", float("nan"), 2**31]


def both_ways(folder: Path, tasks: list[Any], monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[Result]:
    path = folder / "tasks.json"
    path.write_text(json.dumps(tasks))
    short = Result(path, **options)
    with monkeypatch.context() as patch:
        patch.setattr(label_studio, "plain_result", lambda _element: None)
        return [short, Result(path, **options)]


def shown(result: Result) -> str:
    accounting = result.accounting
    return json.dumps([result.rows, result.rejected, accounting.read_counts, accounting.remarks], sort_keys=True)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    task: Any = deepcopy(TASK)
    task["annotations"][0]["result"] = [
        deepcopy(REGION) | {"id": data.draw(st.sampled_from("abc"))} for _ in range(data.draw(st.integers(1, 3)))
    ]
    for _ in range(data.draw(st.integers(0, 2))):
        *way, last = data.draw(st.sampled_from(places(task)[1:]))
        at = task
        for step in way:
            at = at[step]
        if data.draw(st.booleans()):
            at[last] = data.draw(st.sampled_from(ODD))
        elif isinstance(at, dict):
            at[data.draw(st.sampled_from(["rotation", "meta", "item_index", "drafts", "score"]))] = 12.5
        if isinstance(at, dict) and data.draw(st.booleans()):
            at.pop(last)
        if places(task)[1:] == [] or not isinstance(task.get("annotations"), list):
            break
    options: dict[str, Any] = {"annotators": data.draw(st.sampled_from(["latest", "consensus", "all"]))}
    short, long = both_ways(tmp_path, [TASK, task], monkeypatch, **options)
    assert shown(short) == shown(long)


def test_a_number_beyond_all_floats_is_read_the_long_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge: Any = deepcopy(TASK)
    huge["annotations"][0]["result"][0]["value"]["x"] = 10**400
    short, long = both_ways(tmp_path, [TASK, huge], monkeypatch)
    assert shown(short) == shown(long)


def test_a_plain_task_takes_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_studio, "read_task", None)
    path = tmp_path / "tasks.json"
    turned = deepcopy(TASK)
    turned["annotations"][0]["result"][0]["value"]["rotation"] = 30  # type: ignore[index]
    path.write_text(json.dumps([TASK, turned]))
    assert [len(row["objects"]) for row in Result(path).rows] == [1, 1]

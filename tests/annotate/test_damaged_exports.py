"""Exports that are damaged anywhere: figures of what is left, or one error that names the file, and nothing else."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.agreement import agreement_of
from mmdata.annotate.feedback import feedback_of
from mmdata.annotate.opinions import opinions
from mmdata.schemas.errors import InputError

PLACE = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 30}


def entry(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": name, "type": kind, "from_name": kind, "to_name": "image", "score": 0.5}
    return told | {"origin": "prediction", "original_width": 64, "original_height": 48, "value": value}


RESULT = [
    entry("a", "rectanglelabels", PLACE | {"rectanglelabels": ["car"]}),
    entry("a", "textarea", PLACE | {"text": ["AB 12"]}),
    entry("b", "polygonlabels", {"points": [[1, 1], [50, 1], [30, 60]], "polygonlabels": ["car", "bus"]}),
    entry("c", "ellipselabels", {"x": 50, "y": 50, "radiusX": 9, "radiusY": 5, "ellipselabels": ["sign"]}),
    entry("d", "keypointlabels", {"x": 50, "y": 50, "width": 1, "keypointlabels": ["nose"]}),
    entry("e", "choices", {"choices": ["good"]}),
    entry("f", "taxonomy", {"taxonomy": [["a", "b"]]}),
    entry("g", "rating", {"rating": 4}),
    entry("h", "textarea", {"text": ["a car"]}),
    {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["on"]},
]
TASK: dict[str, Any] = {
    "id": 1,
    "data": {"image": "a.png"},
    "annotations": [
        {"id": 1, "completed_by": 1, "result": RESULT, "parent_prediction": 5, "updated_at": "2026-05-04T00:00:00Z"},
        {"id": 2, "completed_by": {"id": 2, "email": "b@example.com"}, "result": RESULT, "parent_prediction": 6}
        | {"prediction": {"id": 6, "model_version": "v2", "result": RESULT}},
    ],
    "predictions": [{"id": 5, "model_version": "v1", "result": RESULT}],
}

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2)), max_size=3),
    st.dictionaries(st.sampled_from(["id", "result", "text", "x"]), st.integers(), max_size=2),
)


@st.composite
def damaged(draw: st.DrawFn) -> list[Any]:
    tasks = [deepcopy(TASK), deepcopy(TASK)]
    for _ in range(draw(st.integers(1, 4))):
        at: Any = tasks
        while isinstance(at, (dict, list)) and at:
            key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
            if not isinstance(at[key], (dict, list)) or not at[key] or draw(st.integers(0, 4)) == 0:
                if draw(st.booleans()):
                    at[key] = draw(odd)
                else:
                    del at[key]
                break
            at = at[key]
    return tasks


@settings(deadline=None, max_examples=150)
@given(damaged())
def test_whatever_is_damaged_there_are_figures_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, tasks: list[Any]
) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    try:
        told = agreement_of(opinions(path)).as_json()
        share = told["together"]["things"]["f1"]["0.5"]
        assert share is None or 0 <= share <= 1
        assert all(0 <= each["score"] <= 1 for each in told["worst"])
        model = feedback_of(path).as_json()
        assert all(each["all"]["predicted"] >= 0 for each in model["models"])
        json.dumps([told, model])
    except InputError as error:
        assert str(path) in error.place


def test_undamaged_it_all_agrees() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tasks.json"
        path.write_text(json.dumps([TASK]), encoding="utf-8")
        told = agreement_of(opinions(path)).as_json()
        assert told["together"]["things"]["f1"] == {"0.5": 1.0, "0.75": 1.0, "0.9": 1.0}
        assert told["together"]["things"]["drawn"] == 10
        assert [each["score"] for each in told["worst"]] == [1.0]
        assert told["uncompared"] == {"relation": 2}
        for model in feedback_of(path).models.values():
            assert model.untouched == model.tasks == 1

"""What became of predictions: every fate is counted once, as it was, whichever endpoint wrote the file."""

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.feedback import UNKNOWN, feedback_of
from mmdata.cli.annotate_feedback import feedback


def region(name: str, x: float, label: str, **more: object) -> dict[str, Any]:
    value = {"x": x, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": [label]}
    told: dict[str, Any] = {"id": name, "type": "rectanglelabels", "from_name": "box", "to_name": "image"}
    return told | {"original_width": 100, "original_height": 100, "value": value} | more


def task(number: int, before: list[dict[str, Any]], now: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    prediction = {"id": 100 + number, "model_version": "v1", "result": before}
    annotation = {"id": number, "completed_by": 1, "parent_prediction": 100 + number, "result": now, **more}
    told = {"id": number, "data": {"image": "a.png"}, "annotations": [annotation], "predictions": [prediction]}
    return deepcopy(told)


def written(path: Path, *tasks: dict[str, Any]) -> Path:
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


kinds = ["accepted", "moved", "renamed", "deleted", "added", "none"]
fates = st.lists(st.tuples(st.sampled_from(["car", "person"]), st.sampled_from(kinds)), max_size=8)


@settings(deadline=None)
@given(st.lists(fates, min_size=1, max_size=3), st.randoms())
def test_every_fate_is_counted_once(tmp_path_factory: pytest.TempPathFactory, work: list[Any], random: Any) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    tasks, untouched = [], 0
    for number, of_task in enumerate(work, 1):
        before, now = [], []
        for index, (label, fate) in enumerate(of_task):
            one = region(f"r{index}", index * 5, label)
            if fate == "none":
                continue
            told = "edited" if fate in ("moved", "renamed") else fate
            expected[label, told] += 1
            if fate != "added":
                before.append(one)
            if fate != "deleted":
                changed = {"moved": {"x": index * 5 + 1}, "renamed": {"rectanglelabels": ["lorry"]}}.get(fate, {})
                now.append(one | {"value": one["value"] | changed})
        untouched += all(fate in ("accepted", "none") for _, fate in of_task)
        random.shuffle(now)
        tasks.append(task(number, before, now))
    found = feedback_of(written(tmp_path_factory.mktemp("f") / "tasks.json", *tasks))
    (model,) = found.models.values()
    counted = {(label, fate): n for label, each in model.classes.items() for fate, n in each.fates.items() if n}
    assert counted == expected
    assert (model.tasks, model.untouched) == (len(work), untouched)


def test_what_a_browser_does_to_numbers_is_no_edit(tmp_path: Path) -> None:
    before = region("a", 10, "car")
    del before["value"]["rotation"]
    now = region("a", 10 + 1e-9, "car", origin="prediction-changed")
    (model,) = feedback_of(written(tmp_path / "tasks.json", task(1, [before], [now]))).models.values()
    assert model.classes["car"].fates == {"accepted": 1}


def test_an_edit_says_how_far_and_to_what(tmp_path: Path) -> None:
    before = [region("a", 10, "car", score=0.9), region("b", 50, "car", score=0.3), region("c", 70, "car", score=0.1)]
    now = [region("a", 20, "car"), region("b", 50, "lorry")]
    told = feedback_of(written(tmp_path / "tasks.json", task(1, before, now))).as_json()["models"][0]["all"]
    assert (told["predicted"], told["edited"], told["deleted"]) == (3, 2, 1)
    assert told["edited_mean_iou"] == pytest.approx((1 / 3 + 1) / 2)
    assert told["relabelled"] == {"lorry": 1}
    assert told["mean_score"] == {"accepted": None, "edited": pytest.approx(0.6), "deleted": 0.1}


def test_text_and_choices_of_a_region_are_part_of_it(tmp_path: Path) -> None:
    place = {"x": 10, "y": 10, "width": 20, "height": 20}

    def text(words: str) -> dict[str, Any]:
        return region("a", 10, "car") | {"type": "textarea", "from_name": "text", "value": place | {"text": [words]}}

    before = [region("a", 10, "car"), text("ABC")]
    tasks = [task(1, before, [region("a", 10, "car"), text("ABD")]), task(2, before, before)]
    (model,) = feedback_of(written(tmp_path / "tasks.json", *tasks)).models.values()
    assert model.classes["car"].fates == {"edited": 1, "accepted": 1}


def test_choices_of_the_whole_are_known_by_their_control_whatever_origin_says(tmp_path: Path) -> None:
    def choice(name: str, value: str) -> dict[str, Any]:
        told = {"id": name, "type": "choices", "from_name": "weather", "to_name": "image", "origin": "manual"}
        return told | {"value": {"choices": [value]}}

    tasks = [
        task(1, [choice("a", "good")], [choice("b", "good")]),
        task(2, [choice("a", "good")], [choice("c", "bad")]),
        task(3, [choice("a", "good")], []),
    ]
    (model,) = feedback_of(written(tmp_path / "tasks.json", *tasks)).models.values()
    assert model.classes["weather (the whole picture)"].fates == {"accepted": 1, "edited": 1, "deleted": 1}


def test_the_export_s_copy_of_a_prediction_is_enough(tmp_path: Path) -> None:
    whole = task(1, [region("a", 10, "car"), region("b", 50, "car")], [region("a", 10, "car")])
    export = deepcopy(whole)
    export["annotations"][0]["prediction"] = export["predictions"][0]
    export["predictions"] = [101]
    assert (
        feedback_of(written(tmp_path / "a.json", export)).as_json()
        == feedback_of(written(tmp_path / "b.json", whole)).as_json()
    )


def test_without_the_prediction_the_origin_is_believed_and_said_to_be_little(tmp_path: Path) -> None:
    now = [
        region("a", 10, "car", origin="prediction"),
        region("b", 20, "car", origin="prediction-changed"),
        region("c", 30, "car", origin="manual"),
    ]
    bare = task(1, [], now) | {"predictions": [101]}
    path = written(tmp_path / "tasks.json", bare)
    model = feedback_of(path).models[UNKNOWN]
    assert model.classes["car"].fates == {"accepted": 1, "edited": 1, "added": 1}
    assert model.without_body == 1
    assert "what was deleted, are unknown" in CliRunner().invoke(feedback, [str(path)]).stderr


def test_skipped_work_and_work_from_nothing_are_no_feedback(tmp_path: Path) -> None:
    tasks = [
        task(1, [region("a", 10, "car")], [], was_cancelled=True),
        task(2, [region("a", 10, "car")], [], parent_prediction=None),
    ]
    path = written(tmp_path / "tasks.json", *tasks)
    found = feedback_of(path)
    assert (found.models, found.apart) == ({}, 1)
    done = CliRunner().invoke(feedback, [str(path)])
    assert done.exit_code == 0 and "0 annotations began from a prediction, 1 did not." in done.stdout


def test_a_person_in_a_real_browser(shared: Path) -> None:
    """Two predicted boxes left as they were, a third drawn."""
    path = shared / "label-studio" / "exports" / "human_browser_tasks.json"
    told = feedback_of(path).as_json()
    (model,) = told["models"]
    assert (model["model"], model["tasks"], model["untouched"], told["annotations_apart"]) == ("yolo-v1", 1, 0, 1)
    assert {name: (each["accepted"], each["added"]) for name, each in model["classes"].items()} == {
        "car": (1, 0),
        "person": (1, 1),
    }
    assert model["classes"]["car"]["mean_score"]["accepted"] == 0.91
    done = CliRunner().invoke(feedback, [str(path)])
    assert "yolo-v1: 1 annotation, 0 left as predicted" in done.stdout
    assert json.loads(CliRunner().invoke(feedback, [str(path), "--format", "json"]).stdout) == told

"""Plan and apply on a real Label Studio: created, adopted, changed, and nothing lost that was not allowed by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from mmdata.annotate.apply import apply_plan
from mmdata.annotate.labelling_diff import Orphaned
from mmdata.annotate.orphans import count_regions
from mmdata.annotate.plan import make_plan
from mmdata.annotate.project_file import read_project
from mmdata.annotate.server import connect
from mmdata.cli import mmdata
from mmdata.schemas.errors import ConfigError

from .server import BOXES, LabelStudio, Project

Run = Callable[..., Result]


def box(label: str, control: str = "box") -> dict[str, Any]:
    value = {"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0, "rotation": 0, "rectanglelabels": [label]}
    sizes = {"original_width": 100, "original_height": 100, "image_rotation": 0}
    return {"type": "rectanglelabels", "from_name": control, "to_name": "image", "value": value, "id": label, **sizes}


@pytest.fixture
def run(connected: LabelStudio) -> Run:
    def called(command: str, *arguments: object) -> Result:
        result = CliRunner().invoke(mmdata, ["annotate", command, *map(str, arguments)])
        assert result.exit_code in (0, 1, 2), result.output
        return result

    return called


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def written(key: str, config: str = BOXES, /, **more: Any) -> Path:
        content = {"version": 1, "key": key, "title": "Things", "label_config": config} | more
        place = tmp_path / f"{key}.yaml"
        place.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return place

    return written


SETTINGS = {
    "expert_instruction": "Draw tight boxes.",
    "show_instruction": True,
    "show_skip_button": False,
    "enable_empty_annotation": False,
    "show_annotation_history": True,
    "show_collab_predictions": False,
    "reveal_preannotations_interactively": True,
    "maximum_annotations": 3,
    "sampling": "Uniform sampling",
    "skip_queue": "REQUEUE_FOR_ME",
    "color": "#AABBCC",
}


def whole(label_studio: LabelStudio, folder: str) -> dict[str, Any]:
    (label_studio.documents / folder).mkdir(exist_ok=True)
    return {
        "description": "看板 and others",
        "settings": SETTINGS,
        "local_files": [{"path": str(label_studio.documents / folder), "title": "pictures"}],
        "webhooks": [{"url": "http://127.0.0.1:9/woken", "actions": ["ANNOTATION_CREATED", "TASKS_DELETED"]}],
    }


def test_what_is_not_there_is_created_and_applying_again_changes_nothing(
    run: Run, file: Any, label_studio: LabelStudio
) -> None:
    project = file("created", **whole(label_studio, "created"))
    first = run("plan", project)
    assert (first.exit_code, "project: 'Things'" in first.output) == (2, True)
    assert run("apply", project).exit_code == 0
    again = run("plan", project)
    assert (again.exit_code, "Nothing to change." in again.output) == (0, True)
    assert json.loads(run("apply", project, "--format", "json").output)["applied"] is False
    made = label_studio.call("GET", "/api/projects/?page_size=100")["results"]
    (mine,) = [each for each in made if "mmdata:key=created" in each["description"]]
    assert mine["description"].startswith("看板 and others")
    assert {name: mine[name] for name in SETTINGS} == SETTINGS
    (hook,) = label_studio.call("GET", f"/api/webhooks/?project={mine['id']}")
    assert (hook["actions"], hook["send_for_all_actions"]) == (["ANNOTATION_CREATED", "TASKS_DELETED"], False)


def test_a_plan_changes_nothing(run: Run, file: Any, project: Project) -> None:
    before = project.get()
    target = file(project.key, BOXES.replace("sign", "traffic sign"), settings={"maximum_annotations": 9})
    assert run("plan", target).exit_code == 2
    assert project.get() == before


def test_settings_that_are_changed_by_hand_are_found_and_set_back(run: Run, file: Any, project: Project) -> None:
    target = file(project.key, settings={"maximum_annotations": 2})
    run("apply", target)
    project.server.call("PATCH", f"/api/projects/{project.id}/", {"maximum_annotations": 5, "show_skip_button": False})
    plan = run("plan", target)
    assert "settings.maximum_annotations: 5 → 2" in plan.output
    assert "show_skip_button" not in plan.output  # the file does not speak of it
    assert run("apply", target).exit_code == 0
    assert (project.get()["maximum_annotations"], project.get()["show_skip_button"]) == (2, False)


def labelled(project: Project) -> None:
    """Two people's cars, a prediction of one, a draft with one, and a person."""
    project.add(
        [
            {
                "data": {"image": "/a.png"},
                "annotations": [
                    {"result": [box("car"), box("person")], "ground_truth": False},
                    {"result": [box("car")], "ground_truth": False},
                ],
                "predictions": [{"model_version": "v1", "result": [box("car")]}],
            },
            {"data": {"image": "/b.png"}},
        ]
    )
    task = project.export()[1]["id"]
    draft = {"result": [box("car")], "lead_time": 1, "project": project.id, "task": task}
    project.server.call("POST", f"/api/tasks/{task}/drafts?project={project.id}", draft)


@pytest.mark.parametrize(
    ("config", "line", "count"),
    [
        (BOXES.replace('<Label value="car"/>', ""), "- label box/car", 4),
        (BOXES.replace('value="car"', 'value="car" alias="auto"'), "- label box/car", 4),
        (BOXES.replace('<Label value="person"/>', ""), "- label box/person", 1),
        (BOXES.replace('name="box"', 'name="other"'), "- <RectangleLabels box>", 5),
        (BOXES.replace("RectangleLabels", "EllipseLabels"), "~ box: <RectangleLabels> becomes <EllipseLabels>", 5),
    ],
)
def test_regions_that_a_change_would_orphan_are_counted_and_kept(
    config: str, line: str, count: int, run: Run, file: Any, project: Project
) -> None:
    labelled(project)
    before = project.get()["label_config"]
    target = file(project.key, config)
    plan = run("plan", target)
    assert line in plan.output
    assert f"{count} region{'s' * (count != 1)} would hold a label that is no more" in plan.output
    refused = run("apply", target)
    assert (refused.exit_code, "--allow orphan-regions" in refused.output) == (2, True)
    assert project.get()["label_config"] == before


def test_what_is_allowed_by_its_name_is_done(run: Run, file: Any, project: Project) -> None:
    project.add([{"data": {"image": "/a.png"}, "annotations": [{"result": [box("car")], "ground_truth": False}]}])
    target = file(project.key, BOXES.replace('<Label value="car"/>', ""))
    assert run("apply", target, "--allow", "break-tasks").exit_code == 2
    assert run("apply", target, "--allow", "orphan-regions").exit_code == 0
    assert "car" not in project.get()["label_config"]


def test_a_label_that_no_region_holds_goes_without_a_word(run: Run, file: Any, project: Project) -> None:
    labelled(project)
    assert run("apply", file(project.key, BOXES.replace('<Label value="sign"/>', ""))).exit_code == 0


def test_another_data_key_would_break_every_task(run: Run, file: Any, project: Project) -> None:
    target = file(project.key, BOXES.replace("$image", "$img"))
    assert "break-tasks" not in run("plan", target).output  # there is no task
    project.add([{"data": {"image": "/a.png"}}, {"data": {"image": "/b.png", "img": "/b.png"}}])
    plan = run("plan", target)
    assert "1 task would not show anything: needs --allow break-tasks" in plan.output
    assert run("apply", target).exit_code == 2
    assert "$image" in project.get()["label_config"]


def test_storage_and_webhooks_that_the_file_does_not_name_go_only_when_allowed(
    run: Run, file: Any, label_studio: LabelStudio, project: Project
) -> None:
    more = whole(label_studio, "first")
    assert run("apply", file(project.key, **more)).exit_code == 0
    silent = {name: value for name, value in more.items() if name not in ("local_files", "webhooks")}
    assert run("plan", file(project.key, **silent)).exit_code == 0  # absent: not managed
    target = file(project.key, **silent, local_files=[], webhooks=[])
    assert run("apply", target, "--allow", "remove-storage").exit_code == 2
    assert run("apply", target, "--allow", "remove-storage", "--allow", "remove-webhooks").exit_code == 0
    assert label_studio.call("GET", f"/api/webhooks/?project={project.id}") == []
    assert label_studio.call("GET", f"/api/storages/localfiles?project={project.id}") == []


def test_a_webhook_and_a_storage_are_changed_where_they_are(
    run: Run, file: Any, label_studio: LabelStudio, project: Project
) -> None:
    more = whole(label_studio, "second")
    run("apply", file(project.key, **more))
    (before,) = label_studio.call("GET", f"/api/webhooks/?project={project.id}")
    more["webhooks"][0] |= {"actions": [], "send_payload": False}
    more["local_files"][0]["regex_filter"] = r".*\.png"
    assert run("apply", file(project.key, **more)).exit_code == 0
    (after,) = label_studio.call("GET", f"/api/webhooks/?project={project.id}")
    assert (after["id"], after["send_for_all_actions"], after["send_payload"]) == (before["id"], True, False)
    assert run("plan", file(project.key, **more)).exit_code == 0


def test_a_project_without_a_key_is_adopted(run: Run, file: Any, label_studio: LabelStudio) -> None:
    made = label_studio.call("POST", "/api/projects/", {"title": "Adoptee", "label_config": BOXES})["id"]
    target = file("adoptee", title="Adoptee")
    assert f"--adopt {made} takes it instead" in run("plan", target).output
    assert run("apply", target, "--adopt", made).exit_code == 0
    assert "mmdata:key=adoptee" in label_studio.call("GET", f"/api/projects/{made}/")["description"]
    assert run("plan", target).exit_code == 0
    assert "another key" in run("plan", file("somebody"), "--adopt", made).output


def test_two_projects_with_one_key_are_not_chosen_between(
    run: Run, file: Any, label_studio: LabelStudio, project: Project
) -> None:
    label_studio.make_project(key=project.key)
    result = run("plan", file(project.key))
    assert (result.exit_code, "have the same key" in result.output) == (2, True)


def test_who_is_not_a_member_is_noted_and_nothing_else(run: Run, file: Any, project: Project) -> None:
    run("apply", file(project.key))
    result = run("plan", file(project.key, members=["admin@example.com", "nobody@example.com"]))
    assert (result.exit_code, "nobody@example.com is not in the organisation" in result.output) == (0, True)
    assert "admin@example.com" not in result.output


def test_a_folder_that_the_server_does_not_serve_is_said_in_its_words(run: Run, file: Any, project: Project) -> None:
    result = run("apply", file(project.key, local_files=[{"path": "/etc"}]))
    assert (result.exit_code, "LOCAL_FILES_DOCUMENT_ROOT" in result.output) == (2, True)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": "ab"}, "title"),
        ({"key": "a b"}, "key"),
        ({"settings": {"maximum_annotation": 2}}, "settings.maximum_annotation"),
        ({"webhooks": [{"url": "http://user:pass@h/"}]}, "webhooks.0.url"),
        ({"version": 2}, "version"),
        ({"label_config": BOXES.replace("$image", "image")}, "View/Image[1]"),
        ({"label_config": "<View>"}, "label_config:1:"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused_before_the_server_is_asked(
    change: dict[str, Any], place: str, run: Run, file: Any
) -> None:
    result = run("plan", file("refused", **change))
    assert (result.exit_code, place in result.output, "Error: " in result.output) == (2, True, True)


def test_the_plan_for_a_program(run: Run, file: Any, project: Project) -> None:
    labelled(project)
    made = json.loads(
        run("plan", file(project.key, BOXES.replace('<Label value="car"/>', "")), "--format", "json").output
    )
    (orphaning,) = [each for each in made["changes"] if each["danger"]]
    assert orphaning == {
        "action": "remove",
        "place": "label_config",
        "text": "label box/car",
        "danger": "orphan-regions",
        "struck": 4,
    }
    assert (made["project"], made["dangers"]) == (project.id, ["orphan-regions"])


def test_a_program_that_applies_a_plan_must_allow_its_dangers_too(
    connected: LabelStudio, file: Any, project: Project
) -> None:
    project.add([{"data": {"image": "/a.png"}, "annotations": [{"result": [box("car")], "ground_truth": False}]}])
    before = project.get()["label_config"]
    wanted = read_project(file(project.key, BOXES.replace('<Label value="car"/>', "")))
    with connect() as server:
        made = make_plan(server, wanted)
        with pytest.raises(ConfigError, match=r"orphan-regions \(1\)"):
            apply_plan(server, wanted, made)
        assert project.get()["label_config"] == before
        assert apply_plan(server, wanted, made, {"orphan-regions"}) == project.id


def test_regions_are_counted_over_every_chunk_of_tasks(connected: LabelStudio, project: Project) -> None:
    annotation = {"result": [box("car")], "ground_truth": False}
    project.add([{"data": {"image": f"/{number}.png"}, "annotations": [annotation]} for number in range(403)])
    with connect() as server:
        counted = count_regions(server, project.id, [Orphaned("box", "car"), Orphaned("box"), Orphaned("box", "sign")])
    assert list(counted.values()) == [403, 403, 0]

"""Labelling configs: what is found in them, what is made of labels, what changes between two."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.annotate.init import project_text
from mmdata.annotate.init_update import with_labels
from mmdata.annotate.labelling import read_labelling
from mmdata.annotate.labelling_diff import Orphaned, config_changes
from mmdata.annotate.labelling_lint import flaws
from mmdata.annotate.labelling_make import TASKS, Labels, colours, make_labelling
from mmdata.annotate.project_file import read_project
from mmdata.schemas.errors import ConfigError, MmdataError

CASES = yaml.safe_load((Path(__file__).parent / "labelling" / "flaws.yaml").read_text("utf-8"))
NAMES = st.lists(
    st.text(
        st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(bool),
    min_size=1,
    max_size=12,
    unique=True,
)


def config(*labels: str, control: str = "RectangleLabels", name: str = "box", key: str = "image", **more: str) -> str:
    facts = {label: f" {more[label]}" if label in more else "" for label in labels}
    inside = "".join(f'<Label value="{label}"{facts[label]}/>' for label in labels)
    return (
        f'<View><Image name="image" value="${key}"/><{control} name="{name}" toName="image">{inside}</{control}></View>'
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_wrong_with_a_config(case: dict[str, Any]) -> None:
    found = flaws(case["config"])
    assert [(flaw.severity, flaw.at) for flaw in found] == [(severity, at) for severity, at, _ in case["found"]]
    assert all(words in flaw.fact for flaw, (_, _, words) in zip(found, case["found"], strict=True))
    assert all(flaw.remedy for flaw in found)


@pytest.mark.parametrize(
    "text", ["", "<View>", "<View><Image></View>", "<!DOCTYPE x [<!ENTITY a 'b'>]><View/>", "\ud800"]
)
def test_what_is_no_xml_is_one_error_with_its_place(text: str) -> None:
    with pytest.raises(ConfigError, match="label_config"):
        flaws(text)


@pytest.mark.parametrize("name", ["main", "brush", "chat", "chat_tag", "keypoints", "multi", "ocr", "vqa"])
def test_configs_that_work_on_a_server_have_no_error(name: str, shared: Path) -> None:
    text = (shared / "label-studio" / "configs" / f"{name}.xml").read_text("utf-8")
    assert not [flaw for flaw in flaws(text) if flaw.severity == "error"]


@pytest.mark.parametrize("task", TASKS)
def test_what_is_made_for_a_task_has_no_flaw(task: Any) -> None:
    text = make_labelling(task, Labels(("cat", "Zoë <&\"'>", "看板"), ("nose", "eye")))
    assert flaws(text) == []
    assert "$image" in text


@settings(deadline=None)
@given(NAMES)
def test_labels_go_into_a_project_file_and_come_out_as_they_were(names: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "project.yaml"
        file.write_text(project_text("key", "title", "detect", Labels(names)), encoding="utf-8")
        project = read_project(file)
    control = read_labelling(project.label_config).controls["box"]
    assert list(control.labels) == names
    assert [facts["category"] for facts in control.labels.values()] == [str(at) for at in range(len(names))]
    assert len({facts["background"] for facts in control.labels.values()}) == len(names)


@settings(deadline=None)
@given(NAMES, NAMES)
def test_labels_keep_colour_and_number_when_others_come(names: list[str], more: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "project.yaml"
        text = project_text("key", "title", "detect", Labels(names)).replace("annotations: 1", "annotations: 7  # mine")
        file.write_text(text, encoding="utf-8")
        before = read_labelling(read_project(file).label_config).controls["box"].labels
        grown, new = with_labels(file, Labels(more))
        file.write_text(grown, encoding="utf-8")
        project = read_project(file)
    after = read_labelling(project.label_config).controls["box"].labels
    assert list(after) == list(dict.fromkeys([*names, *more]))
    assert new == len(after) - len(before)
    assert {name: after[name] for name in before} == before
    assert (project.settings.maximum_annotations, "# mine" in grown) == (7, True)
    assert flaws(project.label_config) == []


def test_a_colour_follows_from_the_name_alone() -> None:
    assert colours(["cat", "dog"], {})["dog"] == colours(["dog"], {})["dog"]
    assert len(set(colours([str(number) for number in range(1000)], {}).values())) == 1000


@pytest.mark.parametrize(
    ("task", "labels"),
    [("detect", Labels()), ("keypoints", Labels(("a",))), ("detect", Labels(("a\x00",))), ("detect", Labels((" ",)))],
)
def test_labels_that_cannot_be_buttons_are_refused(task: Any, labels: Labels) -> None:
    with pytest.raises(MmdataError):
        project_text("key", "title", task, labels)


def changed(old: str, new: str) -> list[tuple[str, str, Orphaned | None]]:
    return [(each.action, each.text, each.orphans) for each in config_changes(read_labelling(old), read_labelling(new))]


def test_blanks_comments_and_the_order_of_attributes_change_nothing() -> None:
    old = '<View><Image name="i" value="$image"/></View>'
    assert changed(old, '<View>\n <!-- a picture -->\n <Image value="$image"  name="i"></Image>\n</View>\n') == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (config("a", "b"), config("a"), [("remove", "label box/b", Orphaned("box", "b"))]),
        (config("a"), config("a", "b"), [("add", "label box/b", None)]),
        (config("a", "b"), config("b", "a"), [("change", "order of the labels of box", None)]),
        (
            config("a", a='category="0"'),
            config("c", c='category="0"'),
            [("change", "label box/a becomes c", Orphaned("box", "a"))],
        ),
        (
            config("a", a='background="red"'),
            config("a", a='background="blue"'),
            [("change", "label box/a: background red → blue", None)],
        ),
        (
            config("a"),
            config("a", control="PolygonLabels"),
            [("change", "box: <RectangleLabels> becomes <PolygonLabels>", Orphaned("box"))],
        ),
        (
            config("a"),
            config("a", name="other"),
            [
                ("remove", "<RectangleLabels box>", Orphaned("box")),
                ("add", "<RectangleLabels other> with 1 labels", None),
            ],
        ),
        (
            config("a"),
            config("a", key="img"),
            [("remove", "data key $image", None), ("add", "data key $img, which every task must have", None)],
        ),
        (
            '<View><Image name="i" value="$image"/></View>',
            '<View><Header value="Look"/><Image name="i" value="$image"/></View>',
            [("change", "layout or attributes of the interface", None)],
        ),
    ],
)
def test_what_changes_between_two_configs(old: str, new: str, expected: list[Any]) -> None:
    assert changed(old, new) == expected

"""Boxes as plain text, and the trainers that show one picture: texts, files beside the data, lengths, refusals."""

import json
import re
from typing import Any

import numpy as np
import pytest
from mmdata.converters.targets import load_target
from mmdata.converters.targets.boxes_words import PAIRS
from mmdata.converters.targets.file_names import LONGEST, file_name_of
from mmdata.converters.targets.glm_4_5v import resized_before
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.schemas.errors import InputError

SIZE = (640, 428)
BOX = [146, 137, 615, 415]
TEXT_TARGETS = ["minigpt-v2", "cogvlm", "cogvlm2", "glm-4v", "glm-4.5v", "visualglm", "yi-vl", "vary-toy"]
NEEDING = ["minigpt-v2", "cogvlm", "cogvlm2", "glm-4v", "visualglm"]


def sample(*turns: Any, name: str = "s", media: Any = (("/d/a.jpg", *SIZE),)) -> dict[str, Any]:
    return {"id": name, "media": [list(each) for each in media], "turns": [list(turn) for turn in turns]}


def asked(*answer: Any, question: str = "Find it.") -> dict[str, Any]:
    return sample(["user", [{"image": 0}, question]], ["assistant", list(answer)])


def answer_of(target: str, row: bytes) -> str:
    return load_target(target).turns(json.loads(row))[-1][1]


@pytest.mark.parametrize(
    ("target", "nearest", "floor"),
    [
        ("minigpt-v2", "<p>mug</p> {<23><32><96><97>}", "<p>mug</p> {<22><32><96><96>}"),
        ("cogvlm", "mug[[228,320,961,970]]", "mug[[228,320,960,969]]"),
        ("cogvlm2", "mug[[228,320,961,970]]", "mug[[228,320,960,969]]"),
        ("glm-4.5v", "mug: <|begin_of_box|>[228,320,961,970]<|end_of_box|>",
         "mug: <|begin_of_box|>[228,320,960,969]<|end_of_box|>"),
        ("yi-vl", "mug: [228, 379, 960, 813]", "mug: [227, 379, 959, 813]"),
    ],
)  # fmt: skip
def test_a_box_stands_as_the_model_has_it(target, nearest, floor, batch_of):
    batch = batch_of([asked({"box": BOX, "text": "mug"})])
    rows = [load_target(target).render(batch, RenderOptions(rounding))[0] for rounding in ("nearest", "floor")]
    assert [answer_of(target, row) for row in rows] == [nearest, floor]


def test_boxes_of_one_thing_share_a_bracket_and_those_of_another_do_not(batch_of):
    boxes = [{"box": [0, 0, x, 40], "text": text} for x, text in ((64, "a"), (128, None), (192, "a"), (256, "b"))]
    batch = batch_of([asked(*boxes)])
    found = {target: answer_of(target, *load_target(target).render(batch, RenderOptions()))
             for target in ("cogvlm", "minigpt-v2")}  # fmt: skip
    assert found["cogvlm"] == "a[[000,000,100,093;000,000,200,093;000,000,300,093]]\nb[[000,000,400,093]]"
    assert (
        found["minigpt-v2"]
        == "<p>a</p> {<0><0><10><9>}<delim>{<0><0><20><9>}<delim>{<0><0><30><9>} <p>b</p> {<0><0><40><9>}"
    )


def test_cogvlm_s_own_parser_sees_every_box(batch_of):
    boxes = [{"box": [0, 0, x, 40], "text": "a" if x % 2 else None} for x in (64, 129, 192, 640)]
    (row,) = load_target("cogvlm").render(batch_of([asked(*boxes)]), RenderOptions())
    groups = [group for found in re.findall(r"\[\[(.*?)\]\]", answer_of("cogvlm", row)) for group in found.split(";")]
    assert len([group for group in groups if group.replace(",", "").isdigit() and len(group) == 15]) == 4


@pytest.mark.parametrize(
    ("text", "boxes"),
    [
        ("[[001,002,003,004]]", [(None, [1, 2, 3, 4])]),
        ("It is here: [[001,002,003,004]], see?", [(None, [1, 2, 3, 4])]),
        ("mug[[001,002,003,004]]\nand [[005,006,007,008]] too", [("mug", [1, 2, 3, 4]), (None, [5, 6, 7, 8])]),
        ("[[1,2,3,4]] [[001, 002, 003, 004]] [[001,002,003]] [[001,002,003,004,005]]", []),
    ],
)
def test_boxes_in_words_that_nobody_of_ours_wrote_are_read_too(text, boxes):
    row = {
        "id": "s",
        "messages": [{"role": "user", "content": "Hi", "image": "a"}, {"role": "assistant", "content": text}],
    }
    found = load_target("glm-4v").decode(row, [(1000, 1000)])
    assert [(each.label, list(each.box)) for each in found] == boxes


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_a_label_that_ends_like_a_box_begins_comes_back(target, batch_of):
    module = load_target(target)
    for label in ("mug[", "[[", "a: ", "<p", "{", "1", "[[001,002,003,004", "Picture 1: x"):
        (row,) = module.render(batch_of([asked({"box": BOX, "text": label})]), RenderOptions())
        assert [each.label for each in module.decode(json.loads(row), [SIZE])] == [label]


@pytest.mark.parametrize("target", NEEDING)
def test_a_sample_without_a_picture_is_refused(target, batch_of):
    batch = batch_of([sample(["user", ["Hi"]], ["assistant", ["Hello"]], media=())])
    (refusal,) = load_target(target).refuse(batch, RenderOptions())
    assert (refusal.code, refusal.value) == ("TG020", 0)
    assert "picture" in refusal.message


@pytest.mark.parametrize("target", [*NEEDING, "yi-vl"])
def test_a_picture_that_would_be_moved_to_the_front_is_refused(target, batch_of):
    turns = (["user", ["Hi"]], ["assistant", ["Hello"]], ["user", [{"image": 0}, "What?"]], ["assistant", ["A mug."]])
    codes = {
        (each.code, each.value) for each in load_target(target).refuse(batch_of([sample(*turns)]), RenderOptions())
    }
    assert ("TG020", 2) in codes


def test_only_visualglm_refuses_a_second_round(batch_of):
    turns = (["user", [{"image": 0}, "Hi"]], ["assistant", ["A"]], ["user", ["And?"]], ["assistant", ["B"]])
    refusing = [
        target for target in TEXT_TARGETS if load_target(target).refuse(batch_of([sample(*turns)]), RenderOptions())
    ]
    assert refusing == ["visualglm"]


def test_line_breaks_of_minigpt_s_first_question_are_spaces_and_those_of_answers_stay(batch_of):
    turns = (
        ["user", [{"image": 0}, "One\ntwo ", {"ref": "a\nb"}]],
        ["assistant", ["One\ntwo "]],
        ["user", ["One\ntwo "]],
        ["assistant", ["x"]],
    )
    (row,) = load_target("minigpt-v2").render(batch_of([sample(*turns)]), RenderOptions())
    said = [text for _, text in load_target("minigpt-v2").turns(json.loads(row))]
    assert said == ["[detection] One two a b", "One\ntwo ", "[detection] One\ntwo ", "x"]


@pytest.mark.parametrize("name", ["a.b", "..", "a/b", "杯", "a%2Eb", "x" * 400, "\ud800", " ", "~", "-"])
def test_names_of_files_hold_nothing_that_a_loader_or_a_file_system_takes_amiss(name):
    assert re.fullmatch(r"[A-Za-z0-9_%-]+", file_name_of(name))
    assert len(file_name_of(name)) <= LONGEST


def test_two_ids_have_two_names():
    ids = ["a.b", "a%2Eb", "a b", "a_b", "a-b", "A.b", "x" * 400, "x" * 401]
    assert len({file_name_of(each) for each in ids}) == len(ids)


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_more_words_are_never_fewer_tokens(target, batch_of):
    module, options = load_target(target), RenderOptions()
    batch = batch_of([asked("a"), asked("a" * 40), asked("a", question="杯子在哪里？" * 9)])
    rows = module.render(batch, options)
    short, *longer = module.count_tokens(rows, batch, options)
    assert min(longer) > short > getattr(module, "PICTURE", 0)
    with pytest.raises(InputError, match="row 0"):
        module.count_tokens([b'{"id": "s"}'])


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_rows_of_another_form_are_refused_with_their_place(target):
    for row in ({"id": "s"}, {"id": "s", "conversations": "x", "messages": [1], "label": 7, "prompt": 1}):
        with pytest.raises(InputError, match="s"):
            load_target(target).decode(row, [(10, 10)])


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_a_box_on_no_picture_is_refused(target, batch_of):
    module = load_target(target)
    (row,) = module.render(batch_of([asked({"box": BOX, "text": "mug"})]), RenderOptions())
    with pytest.raises(InputError, match="picture"):
        module.decode(json.loads(row), [])


@pytest.mark.parametrize(
    ("size", "limits", "resized"),
    [
        ((1920, 1080), (1024, 589824), (1024, 576)),
        ((20, 20), (1024, 589824), (32, 32)),
        ((640, 480), (1024, 589824), (640, 480)),
        ((0, 0), (1024, 589824), (0, 0)),
    ],
)
def test_llama_factory_resizes_before_the_model_does(size, limits, resized):
    assert tuple(resized_before(np.array([size], np.float64), limits)[0]) == resized


def test_glm_4_5v_counts_pictures_as_they_are_resized_twice(batch_of):
    module = load_target("glm-4.5v")
    batch = batch_of([sample(["user", [{"image": 0}, "Hi"]], ["assistant", ["A"]], media=[["/d/a.jpg", *size]])
                      for size in ((1920, 1080), (20, 20))])  # fmt: skip
    rows = module.render(batch, RenderOptions())
    large, small = module.count_tokens(rows, batch)
    assert large - small == 37 * 21 - 4 * 4
    assert min(module.count_tokens(rows)) >= large


def beside(target: str, **options: Any) -> dict[str, bytes]:
    splits = {"train": {"shards": [{"path": "train/train.json"}]}, "val": {"shards": [{"path": "val/val.json"}]}}
    return dict(load_target(target).beside({"options": options, "splits": splits}))


def test_vary_s_entry_puts_a_slash_after_the_folder():
    (text,) = beside("vary-toy", image_root="/data's").values()
    data: dict[str, Any] = {"CONVERSATION_DATA": {}}
    exec(compile(text, "vary_toy_data.py", "exec"), data)  # noqa: S102 - it is Python to paste, so it must be
    assert data["CONVERSATION_DATA"]["mmdata_val_0"] == {"images": "/data's/", "annotations": "./val/val.json"}
    assert b"IMAGES = ''" in beside("vary-toy")["vary_toy_data.py"]
    assert b"--model_max_length 900" in beside("vary-toy", max_length=900)["vary_toy_data.py"]


def test_minigpt_s_entry_has_both_paths():
    files = beside("minigpt-v2")
    assert sorted(files) == ["minigpt_v2_train.yaml", "minigpt_v2_val.yaml"]
    assert b"ann_path: OUT/val/val.json" in files["minigpt_v2_val.yaml"]
    assert b"image_path: OUT/val/images" in files["minigpt_v2_val.yaml"]


def test_glm_4_5v_is_registered_with_llama_factory_s_names(batch_of):
    entries = json.loads(beside("glm-4.5v")["dataset_info.json"])
    assert {name: entry["file_name"] for name, entry in entries.items()} == {
        "mmdata_train": "train/train.json",
        "mmdata_val": "val/val.json",
    }
    (row,) = load_target("glm-4.5v").render(batch_of([asked("A mug.")]), RenderOptions())
    assert set(entries["mmdata_val"]["columns"]) == set(json.loads(row)) - {"id"}  # a column that is missing stops it


def test_cogvlm_s_dataset_class_is_python():
    (text,) = beside("cogvlm", max_length=1288).values()
    compile(text, "cogvlm_dataset.py", "exec")
    assert b"--max_length 1288" in text


def test_the_rule_for_models_without_boxes_is_stated_where_targets_are_listed():
    for target in ("glm-4v", "visualglm", "vary-toy"):
        module = load_target(target)
        assert "mmdata's rule" in module.FRAME
        assert module.reserved_in("x[[001,002,003,004]]") == "[[001,002,003,004]]"
    assert PAIRS.top == 999


def test_questions_of_tasks_are_samples_of_their_own_where_one_is_taken_a_time(root, tmp_path):
    from click.testing import CliRunner
    from mmdata.cli import mmdata
    from mmdata.pipelines.report.out import read_manifest
    from mmdata.pipelines.report.out import rows as read

    kitchen = root / "examples" / "kitchen"
    asked_for = ["convert", "coco", str(kitchen / "instances.json"), "--images", str(kitchen / "images"), "-q"]
    found: dict[str, list[list[tuple[str, str]]]] = {}
    for target in ("glm-4v", "visualglm", "cogvlm", "cogvlm2"):
        out = tmp_path / target
        done = CliRunner().invoke(mmdata, [*asked_for, "--task", "detect,ground", "--to", target, "-o", str(out)])
        assert done.exit_code == 0, done.output
        held = list(read(out, read_manifest(out), "train"))
        assert len({row["id"] for row in held}) == len(held)
        found[target] = [load_target(target).turns(row) for row in held]
    rounds = sum(len(turns) // 2 for turns in found["glm-4v"])
    assert {target: len(turns) for target, turns in found.items() if target != "glm-4v"} == dict.fromkeys(
        ("visualglm", "cogvlm", "cogvlm2"), rounds
    )
    assert {len(turns) for turns in found["visualglm"]} == {2}

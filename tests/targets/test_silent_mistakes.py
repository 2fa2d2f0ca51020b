"""The fifteen silent mistakes of docs/silent-mistakes.md: the table is whole, and some are looked at here."""

import json
import re

import pytest
from mmdata.converters.targets import load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.schemas.rule import RULES

SIDE_BY_SIDE = {
    "qwen-vl": {"user", "assistant"},
    "swift": {"user", "assistant"},
    "llama-factory": {"user", "assistant"},
}
SIDE_BY_SIDE |= {name: {"human", "gpt"} for name in ("qwen2-vl", "qwen2.5-vl", "qwen3-vl", "llava")}
LISTS = {"image": "image", "images": "image", "videos": "video", "audios": "audio"}


def rendered(target, batch):
    module = load_target(target)
    assert module.refuse(batch, RenderOptions()) == []
    return [json.loads(row) for row in module.render(batch, RenderOptions())]


def sample(*answer, size=(640, 480)):
    turns = [["user", [{"image": 0}, "Where is it?"]], ["assistant", list(answer)]]
    return {"id": "s", "media": [["/d/a.jpg", *size]], "turns": turns}


def test_each_of_the_fifteen_has_a_rule_or_a_test_that_is_there(root):
    text = (root / "docs" / "silent-mistakes.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if re.match(r"\| \d", line)]
    assert [int(row[0]) for row in rows] == list(range(1, 16))
    for _, _, here, held in rows:
        assert set(re.findall(r"\b[A-Z]{2}\d{3}\b", here)) <= set(RULES)
        file, _, function = held.strip("`").partition("::")
        assert (root / file).exists()
        assert not function or f"def {function}(" in (root / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("target", SIDE_BY_SIDE)
def test_roles_are_the_trainer_s_own(target, batch_of):
    module = load_target(target)
    (row,) = rendered(target, batch_of([sample("Here.")]))
    assert {role for role, _ in module.turns(row)} == SIDE_BY_SIDE[target]
    system = sample("Here.") | {"turns": [["system", ["Be brief."]], *sample("Here.")["turns"]]}
    refused = {each.code for each in module.refuse(batch_of([system]), RenderOptions())}
    assert refused == (set() if target in ("swift", "llama-factory") else {"TG020"})


def test_llava_s_boxes_are_those_of_the_padded_square(batch_of):
    box = {"box": [0, 0, 640, 480], "text": "all of it"}
    (row,) = rendered("llava", batch_of([sample(box)]))
    numbers = [float(each) for each in re.findall(r"\d\.\d+", row["conversations"][1]["value"])]
    assert numbers == [0.0, 0.13, 1.0, 0.88]  # 480 of 640 high, padded by 80 above and below: 0.125 and 0.875


@pytest.mark.parametrize(
    ("target", "largest"), [("qwen-vl", 999), ("qwen2-vl", 1000), ("qwen3-vl", 1000), ("llama-factory", 1000)]
)
def test_the_edge_of_a_picture_is_the_grid_s_largest_number(target, largest, batch_of):
    (row,) = rendered(target, batch_of([sample({"box": [0, 0, 640, 480], "text": "mug"})]))
    assert max(int(each) for each in re.findall(r"\d+", load_target(target).turns(row)[1][1])) == largest


def test_ms_swift_is_told_no_type_of_box_and_gets_pixels(batch_of):
    (row,) = rendered("swift", batch_of([sample({"box": [0.5, 0, 640, 480], "text": "mug"})]))
    assert row["objects"] == {"ref": ["mug"], "bbox": [[0.5, 0, 640, 480]]}


@pytest.mark.parametrize("target", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "swift", "llama-factory"])
def test_tags_and_files_are_in_step(target, batch_of):
    two = sample("No.") | {"media": [["/d/a.jpg", 64, 48], ["/d/b.jpg", 64, 48]]}
    two["turns"] = [["user", [{"image": 1}, {"image": 0}, "Same as ", {"image": 1}, "?"]], ["assistant", ["No."]]]
    for row in rendered(target, batch_of([two, sample("Here.")])):
        said = "".join(text for _, text in load_target(target).turns(row))
        for name, kind in LISTS.items():
            files = [row[name]] if isinstance(row.get(name), str) else row.get(name, [])
            assert name not in row or said.count(f"<{kind}>") == len(files)
    tag = sample("Here.") | {"turns": [["user", [{"image": 0}, "What is <image>?"]], ["assistant", ["A tag."]]]}
    assert {each.code for each in load_target(target).refuse(batch_of([tag]), RenderOptions())} == {"TG008"}


@pytest.mark.parametrize(
    "target", ["qwen-vl", "qwen2-vl", "qwen2.5-vl", "qwen3-vl", "llama-factory", "glm-4.5v", "llava", "vary-toy"]
)
def test_a_picture_in_an_answer_is_refused_by_the_target_itself(target, batch_of):
    """qwen-vl-finetune fails on it and takes the next sample instead; the others train the picture's own tokens."""
    answer = sample("Here.") | {"turns": [["user", ["Show me."]], ["assistant", [{"image": 0}, "Here."]]]}
    both = batch_of([sample("Here."), answer, sample("Here.")])
    for batch, row in ((both, 1), (both.slice(1), 0)):
        found = load_target(target).refuse(batch, RenderOptions())
        assert [(each.row, each.code) for each in found] == [(row, "TG013")]

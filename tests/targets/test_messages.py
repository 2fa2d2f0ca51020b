"""LLaMA-Factory, ms-swift and LLaVA: files beside the data, bounds of length, and rows that cannot be read back."""

import json

import pytest
from mmdata.converters.targets import load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.schemas.errors import InputError

BOX = {"box": [10, 10, 20, 20], "text": "mug"}


def sample(width, height, *answer):
    turns = [["user", [{"image": 0}, "Describe."]], ["assistant", list(answer) or ["A mug."]]]
    return {"id": "s", "media": [["/d/a.jpg", width, height]], "turns": turns}


def test_dataset_info_names_every_column_and_every_tag():
    shards = [{"path": "train/train-0.jsonl"}, {"path": "train/train-1.jsonl"}]
    splits = {"train": {"shards": shards}, "val": {"shards": [{"path": "val/val.jsonl"}]}}
    entries = json.loads(load_target("llama-factory").beside({"splits": splits})["dataset_info.json"])
    assert {key: entry["file_name"] for key, entry in entries.items()} == {
        "mmdata_train": "train/train-0.jsonl",
        "mmdata_train_1": "train/train-1.jsonl",
        "mmdata_val": "val/val.jsonl",
    }
    for entry in entries.values():
        assert entry["formatting"] == "sharegpt"
        assert entry["columns"] == {name: name for name in ("messages", "images", "videos", "audios")}
        assert entry["tags"] == {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        }


@pytest.mark.parametrize(
    ("target", "size", "tokens"),
    [("swift", (200, 160), 7 * 6), ("swift", (1920, 1080), 69 * 39), ("llama-factory", (1920, 1080), 32 * 18)],
)
def test_lengths_follow_the_size_of_pictures(target, size, tokens, batch_of):
    module = load_target(target)
    batch = batch_of([sample(640, 480), sample(*size)])
    rows = module.render(batch, RenderOptions())
    first, second = module.count_tokens(rows, batch)
    assert second - first == tokens - {"swift": 23 * 17, "llama-factory": 20 * 15}[target]
    assert min(module.count_tokens(rows)) >= max(first, second)


def test_a_box_of_ms_swift_is_counted_with_its_words(batch_of):
    module = load_target("swift")
    plain, boxed = (batch_of([sample(640, 480, part)]) for part in ("", BOX))
    lengths = [module.count_tokens(module.render(batch, RenderOptions()), batch)[0] for batch in (plain, boxed)]
    assert lengths[1] - lengths[0] >= module.BOX_TOKENS + 3


def test_a_picture_of_llava_takes_its_patches():
    said = [{"from": "human", "value": "<image>\nHi"}, {"from": "gpt", "value": "Yes"}]
    bare = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes"}]
    rows = [json.dumps({"id": "s", "conversations": turns}).encode() for turns in (said, bare)]
    shown, none = load_target("llava").count_tokens(rows)
    assert shown - none == 576 + len("<image>\n")


@pytest.mark.parametrize("target", ["qwen2-vl", "qwen2.5-vl", "qwen3-vl", "swift", "llama-factory", "llava"])
def test_rows_of_another_form_are_refused_with_their_place(target):
    module = load_target(target)
    for row in ({"id": "s"}, {"id": "s", "conversations": "x", "messages": [1]}):
        with pytest.raises(InputError, match="s"):
            module.decode(row, [(10, 10)])
    with pytest.raises(InputError, match="row 0"):
        module.count_tokens([b'{"id": "s"}'])


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("qwen2-vl", "<|box_start|>(1,2),(3,4<|box_end|>"),
        ("qwen2-vl", "<|box_start|>1,2,3,4<|box_end|>"),
        ("qwen2.5-vl", '[{"bbox_2d": [1, 2, 3'),
        ("qwen3-vl", '[{"bbox_2d": [1, 2, 3]}]'),
        ("qwen3-vl", '[{"bbox_2d": [1, 2, 3, 4]}, 7]'),
        ("qwen3-vl", '[{"bbox_2d": [1, 2, 3, 4.5]}]'),
        ("llama-factory", '[{"bbox_2d": 7}]'),
        ("swift", "<bbox>"),
    ],
)
def test_broken_boxes_are_refused_not_passed_over(target, answer):
    module = load_target(target)
    turns = [("human", "<image>\nHi"), ("gpt", answer)]
    row = {
        "id": "s",
        "conversations": [{"from": role, "value": text} for role, text in turns],
        "messages": [{"role": role, "content": text} for role, text in turns],
    }
    with pytest.raises(InputError):
        module.decode(row, [(10, 10)])


@pytest.mark.parametrize("target", ["qwen2-vl", "qwen3-vl", "llava"])
def test_a_box_on_no_picture_is_refused(target, batch_of):
    module = load_target(target)
    (row,) = module.render(batch_of([sample(100, 100, BOX)]), RenderOptions())
    with pytest.raises(InputError, match="picture"):
        module.decode(json.loads(row), [])


def test_one_label_over_two_lines_is_refused_by_llava_alone(batch_of):
    batch = batch_of([sample(100, 100, {**BOX, "text": "a\nb"})])
    assert [each.code for each in load_target("llava").refuse(batch, RenderOptions())] == ["TG008"]
    assert load_target("swift").refuse(batch, RenderOptions()) == []


def test_a_picture_s_name_that_is_no_utf8_is_refused(batch_of):
    from mmdata.converters.targets.paths import local_path_fault

    assert local_path_fault("/d/\udc80.jpg") == ("IM011", "the name is not UTF-8")
    assert local_path_fault("C:/d/a.jpg") is None
    assert local_path_fault("/d/a:b.jpg") is None
    assert (local_path_fault("s3://b/a.jpg") or ("", ""))[0] == "IM012"

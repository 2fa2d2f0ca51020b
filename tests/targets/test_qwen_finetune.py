"""What qwen-vl-finetune's targets share: the resize, the lengths that follow from it, and the trainer's arguments."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmdata.converters.targets import load_target
from mmdata.converters.targets.protocol import RenderOptions
from mmdata.converters.targets.qwen2_tags import answer_mark_in
from mmdata.converters.targets.smart_resize import picture_tokens, smart_resize, too_narrow

NOTEBOOK, TRANSFORMERS, TRAINER, QWEN3 = (3136, 1003520), (3136, 12845056), (12544, 451584), (4096, 16777216)
FAMILY = ("qwen2-vl", "qwen2.5-vl", "qwen3-vl")


def plainly(height: int, width: int, factor: int, smallest: int, largest: int) -> tuple[int, int]:
    """The resize, one picture at a time, written from its description in `smart_resize`."""
    across, down = (max(factor, round(side / factor) * factor) for side in (width, height))
    if across * down > largest:
        ratio = math.sqrt(height * width / largest)
        across, down = (max(factor, math.floor(side / ratio / factor) * factor) for side in (width, height))
    elif across * down < smallest:
        ratio = math.sqrt(smallest / (height * width))
        across, down = (math.ceil(side * ratio / factor) * factor for side in (width, height))
    return across, down


@pytest.mark.parametrize(
    ("size", "factor", "limits", "resized", "tokens"),
    [
        ((640, 480), 28, NOTEBOOK, (644, 476), 391),
        ((1920, 1080), 28, NOTEBOOK, (1316, 728), 1222),
        ((4032, 3024), 28, NOTEBOOK, (1148, 840), 1230),
        ((70, 70), 28, NOTEBOOK, (56, 56), 4),
        ((42, 42), 28, (1, 10**9), (56, 56), 4),
        ((1920, 1080), 28, TRANSFORMERS, (1932, 1092), 2691),
        ((1920, 1080), 28, TRAINER, (896, 504), 576),
        ((70, 70), 28, TRAINER, (112, 112), 16),
        ((1920, 1080), 32, QWEN3, (1920, 1088), 2040),
        ((4032, 3024), 32, QWEN3, (4032, 3008), 11844),
        ((70, 70), 32, QWEN3, (64, 64), 4),
    ],
)
def test_pictures_are_resized_as_the_processor_does(size, factor, limits, resized, tokens):
    sizes = np.array([size], np.float64)
    assert tuple(smart_resize(sizes, factor, limits)[0].tolist()) == resized
    assert picture_tokens(sizes, factor, limits).tolist() == [tokens + 2]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 20000), st.integers(1, 20000)), min_size=1),
    st.sampled_from([28, 32]),
    st.sampled_from([NOTEBOOK, TRANSFORMERS, TRAINER, (784, 50176)]),
)
def test_many_pictures_at_once_are_resized_as_one_by_one(sizes, factor, limits):
    at_once = smart_resize(np.array(sizes, np.float64), factor, limits).tolist()
    assert [tuple(each) for each in at_once] == [plainly(height, width, factor, *limits) for width, height in sizes]


def test_a_picture_of_unknown_size_counts_as_the_largest():
    assert picture_tokens(np.array([[0.0, 0.0]]), 28, TRAINER).tolist() == [576 + 2]
    assert not too_narrow(np.array([[0, 0], [200, 1], [1, 200]])).any()
    assert too_narrow(np.array([[201, 1], [10, 2010]])).all()


def one(width: int, height: int, answer: Any = "A mug.") -> dict[str, Any]:
    turns = [["user", [{"image": 0}, "Describe."]], ["assistant", [answer]]]
    return {"id": "s", "media": [["/d/a.jpg", width, height]], "turns": turns}


@pytest.mark.parametrize("target", FAMILY)
def test_lengths_follow_the_size_of_pictures(target, batch_of):
    module = load_target(target)
    batch = batch_of([one(640, 480), one(1920, 1080)])
    rows = module.render(batch, RenderOptions())
    small, large = module.count_tokens(rows, batch, RenderOptions())
    factor = module.FACTOR
    assert large - small == {28: 576 - 391, 32: 28 * 15 - 300}[factor]
    assert module.count_tokens(rows)[0] >= large
    capped = RenderOptions(min_pixels=784, max_pixels=50176)
    assert max(module.count_tokens(rows, batch, capped)) < small


@pytest.mark.parametrize("target", FAMILY)
def test_lengths_of_a_slice_are_those_of_its_own_pictures(target, batch_of):
    module = load_target(target)
    batch = batch_of([one(640, 480), one(1920, 1080)])
    rows = module.render(batch.slice(1, 1), RenderOptions())
    assert module.count_tokens(rows, batch.slice(1, 1)) == module.count_tokens(rows, batch_of([one(1920, 1080)]))


def test_qwen2_5_boxes_are_true_for_the_stated_pixels_only(batch_of):
    module = load_target("qwen2.5-vl")
    batch = batch_of([one(1920, 1080, {"box": [100, 200, 1920, 1080], "text": "screen"})])
    notebook, trainer = RenderOptions(min_pixels=3136, max_pixels=1003520), RenderOptions()
    texts = [module.render(batch, options)[0].decode() for options in (notebook, trainer)]
    assert "[69, 135, 1315, 727]" in texts[0]
    assert "[47, 93, 895, 503]" in texts[1]


@pytest.mark.parametrize(
    ("question", "found"),
    [("the assistant", False), ("assistant", True), ("\nassistant", True), ('"assistant"', True),
     ("图中的assistant", True), ("two assistants", False), ("Assistant", False), ("8assistant", True)],
)  # fmt: skip
def test_the_word_that_begins_an_answer(question, found):
    assert bool(answer_mark_in(question)) is found


@pytest.mark.parametrize("target", FAMILY)
def test_the_registration_says_what_the_data_was_made_for(target):
    splits = {"train": {"shards": [{"path": "train/train.jsonl"}]}, "val": {"shards": [{"path": "val/val.jsonl"}]}}
    options = {"min_pixels": None, "max_pixels": 1003520, "image_root": "/data's", "max_length": None}
    name = "qwen_vl_finetune_data.py"
    text = load_target(target).beside({"options": options, "splits": splits})[name]
    data: dict[str, Any] = {"data_dict": {}}
    exec(compile(text, name, "exec"), data)  # noqa: S102 - it is Python to paste, so it must be
    assert data["data_dict"]["mmdata_val_0"] == {"annotation_path": "./val/val.jsonl", "data_path": "/data's"}
    assert b"--dataset_use mmdata_train_0 --min_pixels 12544 --max_pixels 1003520" in text
    assert b"512" in text

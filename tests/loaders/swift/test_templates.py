"""ms-swift's templates make of every row the turns, pictures and boxes that were meant, in each model's own grid."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import truth
from swift.dataset import load_dataset

sys.path.insert(0, str(Path(__file__).resolve().parent / "stand_ins"))

PLACES = {
    "qwen_vl": r"<box>(.*?)</box>",
    "qwen2_vl": r"<\|box_start\|>(.*?)<\|box_end\|>",
    "qwen2_5_vl": r"<\|box_start\|>(.*?)<\|box_end\|>",
    "qwen3_vl": r"<\|box_start\|>(.*?)<\|box_end\|>",
    "yi_vl": r"\[(\(.*?\))\]",
}
PICTURE = {"qwen_vl": r"<img>.*?</img>", "yi_vl": r"\[-200 \* 1\]"}
SPOKEN = {"yi_vl": r" (Human|Assistant):"}
NAMES = {"Human": "user", "Assistant": "assistant"}
CAP = 200 * 200
"""Pixels; ms-swift shrinks to them and then rounds sides to multiples of 28, so that it may end above them."""


Encoded = tuple[dict[str, Any], dict[str, Any], str]
_kept: dict[tuple[str, str], list[Encoded]] = {}


def encodings(template: Any, dataset: Any) -> list[Encoded]:
    """Every row that only pictures stand in: the sample it was written of, what the model gets, that as text."""
    name = template.template_meta.template_type, dataset.name
    if name not in _kept:
        _kept[name] = [
            (sample, made, template.safe_decode(made["input_ids"]))
            for row, sample in rows(dataset)
            for made in [template.encode(row, return_template_inputs=True)]
        ]
        for _, made, _ in _kept[name]:
            made.pop("pixel_values", None)
            made.pop("images", None)
    return _kept[name]


def rows(dataset: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What ms-swift read of those rows."""
    (file,) = dataset.files("swift")
    read, _ = load_dataset(str(file), strict=True, load_from_cache_file=False)
    for row, written in zip(read, dataset.rows("swift"), strict=True):
        if not row.get("videos") and not row.get("audios"):
            yield {key: value for key, value in row.items() if value is not None}, dataset.truth[written["id"]]


def steps(template: Any, made: dict[str, Any], sizes: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """For each picture the pixels of one step of the grid, across and down."""
    if template.template_meta.template_type != "qwen2_5_vl":
        return [(width / 1000, height / 1000) for width, height in sizes]
    resized = made["image_grid_thw"][:, [2, 1]] * 14
    return [
        (width / int(across), height / int(down))
        for (width, height), (across, down) in zip(sizes, resized, strict=True)
    ]


def numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"-?\d+", text)]


def test_boxes_map_back_to_the_annotations(template: Any, dataset: Any) -> None:
    name = template.template_meta.template_type
    seen = 0
    for sample, made, text in encodings(template, dataset):
        places = [numbers(place) for place in re.findall(PLACES[name], text)]
        meant = truth.boxes(sample)
        assert len(places) == len(meant)
        shown = [(each["width"], each["height"]) for each in truth.media(sample)]
        grid = dict(zip(shown, steps(template, made, shown), strict=True)) if meant else {}
        for place, (box, size) in zip(places, meant, strict=True):
            step = grid[size]
            back = [number * step[at % 2] for at, number in enumerate(place)]
            assert truth.near(back, box, step), (place, box, size)
        seen += len(places)
    if dataset.name in ("kitchen", "coco"):
        assert seen > 50


def test_pictures_and_turns_are_those_written(template: Any, dataset: Any) -> None:
    name = template.template_meta.template_type
    for sample, made, text in encodings(template, dataset):
        shown = truth.shown(sample)
        if name in PICTURE:
            assert len(re.findall(PICTURE[name], text)) == len(shown)
        elif shown:
            assert len(made["image_grid_thw"]) == len(shown)
        said = re.findall(SPOKEN.get(name, r"<\|im_start\|>(\w+)\n"), text)
        assert [NAMES.get(each, each) for each in said if each != "system"] == [
            each for each in truth.roles(sample) if each != "system"
        ]
        for role in ("user", "assistant"):
            for words in truth.words(sample, role):
                assert words.strip() in text


def test_only_answers_are_trained(template: Any, dataset: Any) -> None:
    for sample, made, _ in encodings(template, dataset):
        trained = [token for token, label in zip(made["input_ids"], made["labels"], strict=True) if label != -100]
        text = template.safe_decode(trained)
        assert all(words.strip() in text for words in truth.words(sample, "assistant"))
        assert not any(len(words) > 20 and words in text for words in truth.words(sample, "user"))


def test_lengths_are_within_what_mmdata_counts(template: Any, dataset: Any) -> None:
    if template.template_meta.template_type not in ("qwen2_vl", "qwen2_5_vl"):
        return  # the bound is stated for these two
    counted = dataset.lengths("swift")
    for sample, made, _ in encodings(template, dataset):
        assert len(made["input_ids"]) <= counted[sample["id"]]


@pytest.mark.parametrize("template", ["qwen2_5_vl"], indirect=True)
def test_another_cap_moves_the_numbers_and_not_the_boxes(template: Any, dataset: Any) -> None:
    """Pixels of the resized picture change with the cap; what they mean does not."""
    found = [(row, sample) for row, sample in rows(dataset) if truth.boxes(sample)]
    before, template.max_pixels = template.max_pixels, CAP
    try:
        for row, sample in found[:3]:
            made = template.encode(row, return_template_inputs=True)
            shown = [(each["width"], each["height"]) for each in truth.media(sample)]
            step = steps(template, made, shown)
            assert all(width / x * height / y < 1.3 * CAP for (width, height), (x, y) in zip(shown, step, strict=True))
            text = template.safe_decode(made["input_ids"])
            for place, (box, size) in zip(re.findall(PLACES["qwen2_5_vl"], text), truth.boxes(sample), strict=True):
                grid = step[shown.index(size)]
                assert truth.near([number * grid[at % 2] for at, number in enumerate(numbers(place))], box, grid)
    finally:
        template.max_pixels = before

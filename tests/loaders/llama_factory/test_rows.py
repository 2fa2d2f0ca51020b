"""LLaMA-Factory reads what dataset_info.json names: every row, its turns and media, and no more than was counted."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import truth
from llamafactory.data.loader import _get_merged_dataset, _get_preprocessed_dataset
from llamafactory.data.mm_plugin import get_mm_plugin
from llamafactory.data.template import get_template_and_fix_tokenizer

PLACE = re.compile(r"\[(\d+), (\d+)(?:, (\d+), (\d+))?\]")
"""A box or a point."""
KINDS = {"_images": "image", "_videos": "video", "_audios": "audio"}


def aligned(arguments: Any) -> Any:
    """The rows as LLaMA-Factory's loader and converter make them."""
    model, data, training = arguments
    return _get_merged_dataset(data.dataset, model, data, training, "sft")


def pairs(dataset: Any, rows: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every row and the sample that it was written of."""
    written = [dataset.truth[row["id"]] for row in dataset.rows("llama-factory")]
    return list(zip(rows, written, strict=True))


def test_no_row_is_dropped_and_turns_and_media_are_those_written(arguments: Any, dataset: Any) -> None:
    plugin = get_mm_plugin("qwen2_vl", image_token="<|image_pad|>", video_token="<|video_pad|>")  # noqa: S106
    rows = aligned(arguments)
    assert len(rows) == dataset.manifest("llama-factory")["accounting"]["samples"]["written"]
    for row, sample in pairs(dataset, rows):
        said = [*row["_prompt"], *row["_response"]]
        system = ["system"] if row["_system"] else []
        assert system + [message["role"] for message in said] == truth.roles(sample)
        for column, kind in KINDS.items():
            assert [truth.name(path) for path in row[column] or []] == truth.shown(sample, kind)
        plugin._validate_messages(said, *(row[column] or [] for column in KINDS))
        for role in ("user", "assistant"):
            text = "\n".join(message["content"] for message in said if message["role"] == role)
            assert all(words.strip() in text for words in truth.words(sample, role))


@pytest.mark.parametrize("target", ["llama-factory", "glm-4.5v"])
def test_columns_that_come_after_ten_megabytes_are_there(make_arguments: Any, data: Path, target: str) -> None:
    out = data / "late" / target
    file = out / "train" / "train.jsonl"
    assert file.stat().st_size > 11 * 1024 * 1024
    written = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rows = aligned(make_arguments(out))
    assert len(rows) == len(written)
    for row, meant in zip(rows, written, strict=True):
        for column in KINDS:
            assert list(map(truth.name, row[column] or [])) == list(map(truth.name, meant[column[1:]]))
    assert any(row["images"] for row in written)
    assert any(row["audios"] for row in written) == (target == "llama-factory")


def test_boxes_map_back_to_the_annotations(arguments: Any, dataset: Any) -> None:
    for row, sample in pairs(dataset, aligned(arguments)):
        said = "\n".join(message["content"] for message in [*row["_prompt"], *row["_response"]])
        places = [[int(number) for number in found if number] for found in PLACE.findall(said)]
        meant = truth.boxes(sample)
        assert len(places) == len(meant)
        for place, (box, (width, height)) in zip(places, meant, strict=True):
            step = (width / 1000, height / 1000)
            assert truth.near([number * step[at % 2] for at, number in enumerate(place)], box, step)


def test_lengths_are_within_what_mmdata_counts(arguments: Any, dataset: Any, processor: Any) -> None:
    _, data, training = arguments
    rows = aligned(arguments)
    kept = [at for at, row in enumerate(rows) if not row["_audios"]]  # Qwen3-VL hears nothing
    template = get_template_and_fix_tokenizer(processor.tokenizer, data)
    if not kept:
        return
    made = _get_preprocessed_dataset(rows.select(kept), data, training, "sft", template, processor.tokenizer, processor)
    assert len(made) == len(kept)
    counted, ids = dataset.lengths("llama-factory"), [row["id"] for row in dataset.rows("llama-factory")]
    pad = processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    for at, row in zip(kept, made, strict=True):
        assert len(row["input_ids"]) <= counted[ids[at]]
        assert (pad in row["input_ids"]) == bool(truth.shown(dataset.truth[ids[at]]))
        trained = processor.tokenizer.decode([token for token in row["labels"] if token != -100])
        assert all(words.strip() in trained for words in truth.words(dataset.truth[ids[at]], "assistant"))


def test_a_column_that_rows_lack_would_stop_the_job(arguments: Any, dataset: Any) -> None:
    """Why every row has every list: what dataset_info.json names must be in the file."""
    info = json.loads((dataset.out("llama-factory") / "dataset_info.json").read_text(encoding="utf-8"))
    columns = {column for entry in info.values() for column in entry["columns"].values()}
    assert all(columns <= set(row) for row in dataset.rows("llama-factory"))

"""TRL puts every picture where it stood, trains every answer once, and loses no word to Arrow's nulls."""

from collections import Counter
from typing import Any

import truth
from datasets import load_dataset
from trl.data_utils import is_conversational, prepare_multimodal_messages


def rows(dataset: Any) -> list[dict[str, Any]]:
    out = dataset.out("trl")
    if not out.is_dir() or not dataset.manifest("trl")["accounting"]["samples"]["written"]:
        return []
    return list(load_dataset(str(out), split="train"))


def parts(messages: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(message["role"], part) for message in messages for part in message["content"]]


def test_pictures_are_filled_in_and_words_stay(dataset: Any) -> None:
    for row in rows(dataset):
        assert is_conversational(row)
        said = parts(row["prompt"] + row["completion"])
        placed = parts(prepare_multimodal_messages(row["prompt"] + row["completion"], images=row["images"]))
        assert [part["image"] for _, part in placed if part["type"] == "image"] == row["images"]
        words = [(role, part["text"]) for role, part in placed if part["type"] == "text"]
        assert words == [(role, part["text"]) for role, part in said if part["type"] == "text"]
        assert all(text for _, text in words)


def test_every_answer_is_trained_once(dataset: Any) -> None:
    trained: Counter[str] = Counter()
    for row in rows(dataset):
        (answer,) = row["completion"]
        assert answer["role"] == "assistant"
        assert all(part["type"] == "text" for part in answer["content"])
        name = row["id"] if row["id"] in dataset.truth else row["id"].rpartition("/")[0]
        trained[name] += 1
    for name, count in trained.items():
        assert count == truth.roles(dataset.truth[name]).count("assistant"), name

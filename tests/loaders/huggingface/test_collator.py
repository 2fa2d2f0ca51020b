"""TRL's collator for pictures, SFTTrainer's, on Qwen3-VL's processor: every picture seen, the answer trained."""

from pathlib import Path
from typing import Any

import processors
import pytest
import truth
from datasets import load_dataset

NONE = -100


@pytest.fixture(scope="module")
def processor(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Qwen3-VL's, of the vocabulary and settings."""
    from transformers import AutoProcessor

    folder = processors.qwen_folder("qwen3_vl", tokenizer_folder, tmp_path_factory.mktemp("models"))
    return AutoProcessor.from_pretrained(folder)


def test_every_picture_is_seen_and_the_answer_alone_is_trained(dataset: Any, processor: Any) -> None:
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    if not dataset.out("trl").is_dir():
        return
    collate = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)
    counted, seen = dataset.lengths("trl"), 0
    for row in load_dataset(str(dataset.out("trl")), split="train"):
        if not row["images"]:  # the collator of pictures is not asked about words alone
            continue
        made = collate([{name: row[name] for name in ("prompt", "completion", "images")}])
        (answer,) = row["completion"]
        grids = made["image_grid_thw"].tolist()
        assert len(grids) == len(row["images"])
        shown = sum(high * wide // 4 for _, high, wide in grids)
        pad = processor.tokenizer.convert_tokens_to_ids("<|image_pad|>")
        ids, labels = made["input_ids"][0].tolist(), made["labels"][0].tolist()
        assert ids.count(pad) == shown
        trained = processor.tokenizer.decode([label for label in labels if label != NONE])
        words = "".join(part["text"] for part in answer["content"])
        assert trained.removesuffix("\n").removesuffix("<|im_end|>") == words
        assert len(ids) <= counted[row["id"]]
        seen += 1
    assert seen or not any(map(truth.media, dataset.truth.values()))

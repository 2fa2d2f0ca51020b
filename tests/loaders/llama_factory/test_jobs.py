"""The configurations beside the data are read by LLaMA-Factory's own classes, every key known."""

from typing import Any

import yaml
from llamafactory.hparams import DataArguments, FinetuningArguments, GeneratingArguments, ModelArguments
from transformers import HfArgumentParser, Seq2SeqTrainingArguments


def test_every_key_is_one_of_the_trainer_s(dataset: Any, monkeypatch: Any) -> None:
    files = sorted((dataset.out("llama-factory") / "job").glob("*.yaml"))
    assert [each.stem for each in files] == ["full", "lora", "qlora"]
    classes = (ModelArguments, DataArguments, Seq2SeqTrainingArguments, FinetuningArguments, GeneratingArguments)
    for file in files:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        told |= {"cutoff_len": 2048, "bf16": False, "use_cpu": True}  # the length is asked for; a CPU has no bf16
        model, data, _, tuning, _ = HfArgumentParser(classes).parse_dict(told)
        assert data.dataset and model.image_max_pixels == 768 * 768
        assert tuning.finetuning_type in ("full", "lora")

"""What LLaMA-Factory needs to be imported here, and its arguments."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import processors
import pytest

os.environ["DISABLE_VERSION_CHECK"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parent / "stand_ins"))


@pytest.fixture
def arguments(dataset: Any, tmp_path: Path) -> Any:
    """What `llamafactory-cli train` would be given for a set, as its own classes."""
    return _arguments(dataset.out("llama-factory"), tmp_path)


@pytest.fixture
def make_arguments(tmp_path: Path) -> Any:
    """The same for any OUT."""
    return partial(_arguments, tmp_path=tmp_path)


def _arguments(out: Path, tmp_path: Path) -> Any:
    import json

    from llamafactory.hparams import DataArguments, ModelArguments
    from transformers import Seq2SeqTrainingArguments

    names = ",".join(json.loads((out / "dataset_info.json").read_text(encoding="utf-8")))
    data = DataArguments(
        template="qwen3_vl_nothink", dataset=names, dataset_dir=str(out), cutoff_len=16384, overwrite_cache=True
    )
    training = Seq2SeqTrainingArguments(output_dir=str(tmp_path), report_to=[], use_cpu=True)
    return ModelArguments(model_name_or_path="none", cache_dir=str(tmp_path)), data, training


@pytest.fixture(scope="session")
def processor(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Qwen3-VL's, with what LLaMA-Factory's loader sets on it."""
    from transformers import AutoProcessor

    folder = processors.qwen_folder("qwen3_vl", tokenizer_folder, tmp_path_factory.mktemp("models"))
    made = AutoProcessor.from_pretrained(folder, use_fast=False)
    told = {"image_max_pixels": 768 * 768, "image_min_pixels": 32 * 32, "image_do_pan_and_scan": False}
    told |= {"crop_to_patches": False, "use_audio_in_video": False, "audio_sampling_rate": 16000}
    told |= {"video_max_pixels": 256 * 256, "video_min_pixels": 16 * 16, "video_fps": 2.0, "video_maxlen": 128}
    for name, value in told.items():
        setattr(made, name, value)
    return made

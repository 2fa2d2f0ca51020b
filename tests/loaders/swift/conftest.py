"""Processors for ms-swift's templates; no weights, nothing downloaded."""

import shutil
from pathlib import Path
from typing import Any

import processors
import pytest
import torch

TOKENIZERS_ALONE = {"qwen_vl": "qwen_vl", "yi_vl": "qwen2"}
"""Templates for which a tokenizer is enough, and whose."""


def model_folder(name: str, tokenizers: Path, into: Path) -> Path:
    """What a model's folder holds beside its weights."""
    if name not in TOKENIZERS_ALONE:
        return processors.qwen_folder(name, tokenizers / "qwen2", into)
    folder = into / name
    shutil.copytree(tokenizers / TOKENIZERS_ALONE[name], folder)
    processors.write_config(folder, "qwen2", "Qwen2ForCausalLM")
    return folder


@pytest.fixture(scope="session", params=[*TOKENIZERS_ALONE, *processors.QWEN])
def template(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The template of a model, ready to encode for training."""
    from swift.model import get_processor
    from swift.template import get_template

    name: str = request.param
    folder = model_folder(name, data / "tokenizers", tmp_path_factory.mktemp("models"))
    # ms-swift's loaders of Qwen-VL and Yi-VL fetch code over the network; their templates need none of it
    processor = get_processor(str(folder), model_type="qwen2" if name in TOKENIZERS_ALONE else name)
    made = get_template(processor, template_type=name, max_pixels=processors.PIXELS[1])
    made.set_mode("train")
    if name == "yi_vl":
        made.model = yi_vision()
    return made


def yi_vision() -> Any:
    """What Yi-VL's template asks of a model: an image processor, CLIP's as Yi-VL has it, and the type of numbers."""
    from types import SimpleNamespace

    from transformers import CLIPImageProcessor

    sides = {"height": 448, "width": 448}
    processor = CLIPImageProcessor(size={"shortest_edge": 448}, crop_size=sides)
    return SimpleNamespace(vision_tower=SimpleNamespace(image_processor=processor), dtype=torch.float32)

"""Processors for ms-swift's templates, made of a vocabulary and a few settings; no weights, nothing downloaded."""

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

# torchvision's wheel of the package index is compiled against CUDA: beside a torch without, its operators are not
# there, and naming them must not fail. None of them is called here. Where they are there, this is an error, and passed.
_library = torch.library.Library("torchvision", "FRAGMENT")
for _operator in ("nms", "qnms"):
    with contextlib.suppress(RuntimeError):
        _library.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

PIXELS = (3136, 1003520)
"""Least and most pixels of a resized picture, in the processors' files as models have them."""

MODELS: dict[str, dict[str, Any]] = {
    # template: the architecture whose processor it has (None: a tokenizer alone), vocabulary, patch
    "qwen_vl": {"tokenizer": "qwen_vl", "model_type": "qwen2", "architecture": "Qwen2ForCausalLM"},
    "qwen2_vl": {"processor": "Qwen2VLProcessor", "architecture": "Qwen2VLForConditionalGeneration", "patch": 14},
    "qwen2_5_vl": {
        "processor": "Qwen2_5_VLProcessor",
        "architecture": "Qwen2_5_VLForConditionalGeneration",
        "patch": 14,
    },
    "qwen3_vl": {"processor": "Qwen3VLProcessor", "architecture": "Qwen3VLForConditionalGeneration", "patch": 16},
    "yi_vl": {"tokenizer": "qwen2", "model_type": "qwen2", "architecture": "Qwen2ForCausalLM"},
}


def model_folder(name: str, tokenizers: Path, into: Path) -> Path:
    """What a model's folder holds beside its weights."""
    facts = MODELS[name]
    folder = into / name
    shutil.copytree(tokenizers / facts.get("tokenizer", "qwen2"), folder)
    kind = facts.get("model_type", name)
    told = {"model_type": kind, "architectures": [facts["architecture"]]}
    (folder / "config.json").write_text(json.dumps(told), encoding="utf-8")
    if "processor" in facts:
        settings = {
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": facts["processor"],
            "min_pixels": PIXELS[0],
            "max_pixels": PIXELS[1],
            "patch_size": facts["patch"],
            "temporal_patch_size": 2,
            "merge_size": 2,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5],
        }
        (folder / "preprocessor_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


@pytest.fixture(scope="session", params=MODELS)
def template(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The template of a model, ready to encode for training."""
    from swift.model import get_processor
    from swift.template import get_template

    name: str = request.param
    folder = model_folder(name, data / "tokenizers", tmp_path_factory.mktemp("models"))
    # ms-swift's loaders of Qwen-VL and Yi-VL fetch code over the network; their templates need none of it
    processor = get_processor(str(folder), model_type=MODELS[name].get("model_type", name))
    made = get_template(processor, template_type=name, max_pixels=PIXELS[1])
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

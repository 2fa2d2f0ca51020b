"""Folders of processors as models have them beside their weights, made of the vocabulary and a few settings.

For environments with torch and transformers; nothing is downloaded.
"""

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch

# torchvision's wheel of the package index is compiled against CUDA: beside a torch without, its operators are not
# there, and naming them must not fail. None of them is called here. Where they are there, this is an error, and passed.
_library = torch.library.Library("torchvision", "FRAGMENT")
for _operator in ("nms", "qnms"):
    with contextlib.suppress(RuntimeError):
        _library.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

PIXELS = (3136, 1003520)
"""Least and most pixels of a resized picture, where a test says nothing else."""

QWEN: dict[str, dict[str, Any]] = {
    "qwen2_vl": {"processor": "Qwen2VLProcessor", "architecture": "Qwen2VLForConditionalGeneration", "patch": 14},
    "qwen2_5_vl": {
        "processor": "Qwen2_5_VLProcessor",
        "architecture": "Qwen2_5_VLForConditionalGeneration",
        "patch": 14,
    },
    "qwen3_vl": {"processor": "Qwen3VLProcessor", "architecture": "Qwen3VLForConditionalGeneration", "patch": 16},
}
"""The models of the family, by their name in transformers: its processor, its architecture, pixels of a patch."""

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML with pictures, as the family's own templates have it, but for their default system turn."""


def write_config(folder: Path, model_type: str, architecture: str) -> None:
    """The config.json by which a folder is known as a model's."""
    told = {"model_type": model_type, "architectures": [architecture]}
    (folder / "config.json").write_text(json.dumps(told), encoding="utf-8")


def qwen_folder(name: str, tokenizer: Path, into: Path, pixels: tuple[int, int] = PIXELS) -> Path:
    """The folder of a model of `QWEN`, without weights."""
    facts = QWEN[name]
    folder = into / name
    shutil.copytree(tokenizer, folder)
    write_config(folder, name, facts["architecture"])
    settings = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": facts["processor"],
        "min_pixels": pixels[0],
        "max_pixels": pixels[1],
        "size": {"shortest_edge": pixels[0], "longest_edge": pixels[1]},
        "patch_size": facts["patch"],
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings), encoding="utf-8")
    films = settings | {"video_processor_type": ("Qwen3VL" if name == "qwen3_vl" else "Qwen2VL") + "VideoProcessor"}
    del films["image_processor_type"]
    (folder / "video_preprocessor_config.json").write_text(json.dumps(films), encoding="utf-8")
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": CHAT}), encoding="utf-8")
    return folder

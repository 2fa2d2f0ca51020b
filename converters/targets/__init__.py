"""Targets: one module a trainer, each satisfying `protocol.Target`; the registry is the literal dict below."""

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .protocol import Target

TARGETS = {
    "qwen-vl": "mmdata.converters.targets.qwen_vl",
    "qwen2-vl": "mmdata.converters.targets.qwen2_vl",
    "qwen2.5-vl": "mmdata.converters.targets.qwen2_5_vl",
    "qwen3-vl": "mmdata.converters.targets.qwen3_vl",
    "swift": "mmdata.converters.targets.swift",
    "llama-factory": "mmdata.converters.targets.llama_factory",
    "llava": "mmdata.converters.targets.llava",
    "gemini": "mmdata.converters.targets.gemini",
    "openai": "mmdata.converters.targets.openai",
    "trl": "mmdata.converters.targets.trl",
    "huggingface": "mmdata.converters.targets.huggingface",
    "imagefolder": "mmdata.converters.targets.huggingface_imagefolder",
    "minigpt-v2": "mmdata.converters.targets.minigpt_v2",
    "cogvlm": "mmdata.converters.targets.cogvlm",
    "cogvlm2": "mmdata.converters.targets.cogvlm2",
    "glm-4v": "mmdata.converters.targets.glm_4v",
    "glm-4.5v": "mmdata.converters.targets.glm_4_5v",
    "visualglm": "mmdata.converters.targets.visualglm",
    "yi-vl": "mmdata.converters.targets.yi_vl",
    "vary-toy": "mmdata.converters.targets.vary_toy",
    "obelics": "mmdata.converters.targets.obelics",
    "segments": "mmdata.converters.targets.segments",
    "emu3": "mmdata.converters.targets.emu3",
    "openflamingo": "mmdata.converters.targets.openflamingo",
    "webdataset": "mmdata.converters.targets.webdataset",
    "energon": "mmdata.converters.targets.energon",
    "mds": "mmdata.converters.targets.mds",
}
"""Every target by the name it has on the command line; a module is imported when it is first asked for."""


def target_names() -> list[str]:
    """The names of all targets, ours first, then those that other packages add by the entry point `mmdata.targets`."""
    return [*TARGETS, *(point.name for point in _added())]


def load_target(name: str) -> "Target":
    """The target of that name; `KeyError` when there is none."""
    if name in TARGETS:
        return cast("Target", import_module(TARGETS[name]))
    for point in _added():
        if point.name == name:
            return cast("Target", point.load())
    raise KeyError(name)


def _added() -> Iterable["EntryPoint"]:
    """What other packages add. Looking through all installed packages takes longer than a small conversion."""
    from importlib.metadata import entry_points

    return entry_points(group="mmdata.targets")

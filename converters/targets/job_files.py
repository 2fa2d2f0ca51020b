"""Files that start a training job on a finished data set: shell scripts and configurations, under OUT/job/.

Paths are found from where a file lies, so OUT may be moved. Pixels are those of the conversion, the length is that of
the longest sample, which the manifest knows where tokens were counted (--max-length, --count-tokens). Where they were
not, a script asks for MODEL_MAX_LENGTH rather than let the trainer cut (Qwen-VL's scripts at 2048, qwen-vl-finetune at
512, LLaMA-Factory at 2048, all in silence). What may differ on every machine is a variable that can be set before:
MODEL, OUTPUT, GPUS, MODEL_MAX_LENGTH.

The numbers of the jobs are those of the trainers' own scripts and examples: QwenLM/Qwen-VL finetune/*.sh (head
aa00ed0), QwenLM/Qwen3-VL qwen-vl-finetune/scripts (9658872), hiyouga/LLaMA-Factory examples/ (ff6d4d1).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .protocol import RenderOptions

Files = dict[str, bytes]


class Split(NamedTuple):
    """The name of a split and the paths of its shards in OUT."""

    name: str
    shards: list[str]


def training(manifest: Mapping[str, Any]) -> Split:
    """What is trained: the split `train`, or the one with the most samples where none is called so."""
    sizes: dict[str, int] = {name: split.get("samples", 0) for name, split in manifest["splits"].items()}
    name = "train" if "train" in sizes else max(sizes, key=sizes.__getitem__)
    return next(each for each in _splits(manifest) if each.name == name)


def validation(manifest: Mapping[str, Any]) -> Split | None:
    """What is evaluated: the split `val` or `validation`, if there is one."""
    return next((each for each in _splits(manifest) if each.name in ("val", "validation")), None)


def _splits(manifest: Mapping[str, Any]) -> list[Split]:
    return [Split(name, [shard["path"] for shard in split["shards"]]) for name, split in manifest["splits"].items()]


class Length(NamedTuple):
    """The tokens that no sample exceeds, and in words how that is known."""

    tokens: int
    known: str


def max_length(manifest: Mapping[str, Any]) -> Length | None:
    """The tokens that no sample exceeds: of the longest where they were counted, else what the conversion was told."""
    counted = [split["lengths"] for split in manifest["splits"].values() if split.get("lengths")]
    most = max((each["max"] for each in counted), default=0)
    if most:
        exact = str(counted[0]["basis"]).startswith("exact")
        return Length(most, "the longest sample" if exact else "no sample has more: an upper bound of the longest")
    given = manifest.get("options", {}).get("max_length")
    return Length(int(given), "no sample has more tokens: --max-length") if given else None


def told(manifest: Mapping[str, Any]) -> RenderOptions:
    """The pixels of pictures that the conversion was told, as `render` had them."""
    options = manifest.get("options", {})
    return RenderOptions(min_pixels=options.get("min_pixels"), max_pixels=options.get("max_pixels"))


def pictures_in_out(manifest: Mapping[str, Any]) -> bool:
    """Whether rows name pictures relative to OUT, where all of them are (--pictures link|copy)."""
    options = manifest["options"]
    return options.get("pictures", "refer") != "refer" and not options.get("image_root")


def quoted(text: str) -> str:
    """A text as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def script(manifest: Mapping[str, Any], what: str, settings: Mapping[str, str], command: Sequence[str]) -> bytes:
    """A script: its comment, its variables with what they are unless set before, and one command, an option a line."""
    length = max_length(manifest)
    lines = ["#!/usr/bin/env bash", f"# {what}", "# Written by mmdata for this data set.", "set -euo pipefail"]
    if any("$OUT" in word for word in command):
        lines.append('OUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)')
    lines += [f'{name}="${{{name}:-{value}}}"' for name, value in settings.items()]
    if length:
        lines.append(f'MODEL_MAX_LENGTH="${{MODEL_MAX_LENGTH:-{length.tokens}}}"  # {length.known}')
    else:
        said = "no length is known of this data set: convert with --count-tokens, or set what no sample exceeds"
        lines.append(f': "${{MODEL_MAX_LENGTH:?{said}}}"')
    lines.append(" \\\n    ".join(command))
    return ("\n".join(lines) + "\n").encode()


def in_out(path: str) -> str:
    """A path in OUT as a word of a script."""
    return '"$OUT"/' + quoted(path)

"""The data set card: README.md of OUT, in the form that the Hugging Face Hub shows."""

from hashlib import sha256
from typing import Any


def card(manifest: dict[str, Any]) -> str:
    """The card of a manifest: front matter naming the splits' files, then what was done and what was left out."""
    options, splits = manifest["options"], manifest["splits"]
    lines = ["---", "configs:", f"- config_name: {_version(splits)}", "  data_files:"]
    filled = {name: split for name, split in splits.items() if split["samples"]}  # a loader stops at an empty file
    for name, split in filled.items():
        lines += [f"  - split: {name}", "    path:", *(f"    - {_loaded(shard['path'])}" for shard in split["shards"])]
    lines += ["---", "", "# Data set", ""]
    lines += [f"Made by mmdata {manifest['mmdata']} from {options['source']} labels for {options['target']}.", ""]
    lines += ["| split | samples |", "|---|---|"]
    lines += [f"| {name} | {split['samples']} |" for name, split in splits.items()]
    lines += [*_packed(splits), "", "| | read | written | left out |", "|---|---|---|---|"]
    for kind, counts in manifest["accounting"].items():
        left_out = ", ".join(f"{code} {number}" for code, number in counts["rejected"].items()) or "none"
        lines.append(f"| {kind} | {counts['read']} | {counts['written']} | {left_out} |")
    lines += [
        "",
        f"Tasks: {', '.join(options['tasks'])}. Everything left out is in `rejected.jsonl`, with its place",
        "",
    ]
    lines[-2] += " and reason; every option and hash is in `manifest.json`."
    return "\n".join(lines) + "\n"


def _packed(splits: dict[str, Any]) -> list[str]:
    """How full sequences are, where a plan was made."""
    told: list[str] = []
    for name, split in splits.items():
        if plan := split.get("packing"):
            said = f"{plan['packs']} sequences of {plan['max_length']} tokens, {plan['fill']:.1%} full"
            told += ["", f"`packing-{name}.parquet` packs {name} into {said}."]
    return told


def _loaded(path: str) -> str:
    """What the loader is given for a file: of an ImageFolder its whole folder, or it would read the metadata alone."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/**" if name == "metadata.jsonl" else path


def _version(splits: dict[str, Any]) -> str:
    """A name for exactly this data.

    `datasets` (5.2, measured) finds a folder of files in its cache by the folder's name and that of the configuration
    alone: under one name for all, it would show a new version of OUT, or another OUT of that name, as the old one.
    """
    hashes = [shard["sha256"] for split in splits.values() for shard in split["shards"]]
    return f"data-{sha256(''.join(hashes).encode()).hexdigest()[:12]}"

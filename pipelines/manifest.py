"""What is written about a finished data set: its manifest, its remarks (`lint.json`), its card."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from msgspec import structs

from .. import __version__
from ..schemas.accounting import KINDS, Accounting, InputFile
from ..schemas.shown import Shown, shown
from .card import card
from .commit.staging import StagingFolder
from .job import Job
from .plan import Output

FOLDED_INPUTS = 1000
"""More input files than this are one line of the manifest: their number of bytes, and a hash of their hashes."""

_OWN = ("source_options", "target_options")
_UNTOLD = ("out", "shown")
"""What a job has besides options: where it writes, and what copies are called."""
_PARTS = ("name", "weight", "keep")
"""What a job has for a recipe's sake; a conversion of one source says nothing of them."""


def manifest_of(
    output: Output,
    tasks: Sequence[tuple[str, ...]],
    accounting: Accounting,
    splits: dict[str, Any],
    told: Mapping[str, object],
) -> dict[str, Any]:
    """The manifest of one data set, but for its files. `tasks` are those of each part."""
    import msgspec
    import PIL

    return {
        "mmdata": __version__,
        "format": 1,
        "accounting": accounting.balance(),
        "splits": splits,
        "inputs": [structs.asdict(each) for each in _folded(output.job, _inputs(accounting.inputs))],
        "options": _options(output, tasks),
        "versions": {
            "mmdata": __version__,
            "msgspec": msgspec.__version__,
            "numpy": np.__version__,
            "pillow": PIL.__version__,
            "pyarrow": pa.__version__,
        },
        **told,
    }


def parts_told(output: Output, accounts: Sequence[Accounting]) -> dict[str, object]:
    """The manifest's `parts`, where there are several: what became of everything that each read."""
    if len(accounts) < 2:
        return {}
    told = zip(output.jobs, accounts, strict=True)
    return {"parts": [{"name": job.name, "source": job.source, "accounting": each.balance()} for job, each in told]}


def manifest_of_all(manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The manifest over several data sets, from that of each by the name of its folder: what each wrote there."""
    first = next(iter(manifests.values()))
    counted = {kind: {"read": 0, "written": 0, "rejected": dict[str, int]()} for kind in KINDS}
    splits: dict[str, Any] = {}
    for folder, manifest in manifests.items():
        for kind, whole in counted.items():
            _add(whole, manifest["accounting"][kind])
        for name, split in manifest["splits"].items():
            shards = [{**shard, "path": f"{folder}/{shard['path']}"} for shard in split["shards"]]
            splits[f"{folder}/{name}"] = {**split, "shards": shards}
    return {
        **{name: value for name, value in first.items() if name != "parts"},
        "accounting": counted,
        "splits": splits,
        "options": {"outputs": {folder: each["options"] for folder, each in manifests.items()}},
    }


def write_remarks(place: StagingFolder, accounting: Accounting, manifest: dict[str, Any]) -> None:
    """Put `lint.json` and the card beside the data."""
    findings = [
        {
            "code": each.code,
            "name": each.name,
            "severity": each.severity,
            "file": each.file,
            "at": each.at,
            "value": each.value,
            "message": each.message,
            "fix": None,
        }
        for each in accounting.findings
    ]
    text = json.dumps({"findings": findings, "counts": dict(sorted(accounting.remarks.items()))}, indent=1, default=str)
    with place.open("lint.json") as writer:
        writer.write(text.encode() + b"\n")
    with place.open("README.md") as writer:
        writer.write(card(manifest).encode())


def _add(whole: dict[str, Any], part: Mapping[str, Any]) -> None:
    whole["read"] += part["read"]
    whole["written"] += part["written"]
    for code, count in part["rejected"].items():
        whole["rejected"][code] = whole["rejected"].get(code, 0) + count
    whole["rejected"] = dict(sorted(whole["rejected"].items()))


def _options(output: Output, tasks: Sequence[tuple[str, ...]]) -> dict[str, Any]:
    """Every option with its value. Of several parts: what is the same in all, and `parts` with what is each one's."""
    told = [_job(job, asked) for job, asked in zip(output.jobs, tasks, strict=True)]
    if len(told) == 1 and not output.job.name:
        return {name: value for name, value in told[0].items() if name not in _PARTS}
    own = [name for name in told[0] if name in _PARTS or any(each[name] != told[0][name] for each in told)]
    shared = {name: value for name, value in told[0].items() if name not in own}
    asked = list(dict.fromkeys(task for each in tasks for task in each))
    sources = ", ".join(dict.fromkeys(job.source for job in output.jobs))
    parts = [{name: each[name] for name in own} for each in told]
    return {**shared, "source": sources, "tasks": asked, "parts": parts}


def _job(job: Job, tasks: tuple[str, ...]) -> dict[str, Any]:
    said = {each.name: getattr(job, each.name) for each in fields(job) if each.name not in _UNTOLD}
    plain = {name: _plain(_data(value), job.shown) for name, value in said.items() if name not in _OWN}
    return plain | {"tasks": list(tasks)} | {name: _own(said[name], job.shown) for name in _OWN}


def _data(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _own(options: Any, names: Shown) -> dict[str, Any]:
    """A source's or target's own options as JSON has them."""
    return {} if options is None else {name: _plain(value, names) for name, value in asdict(options).items()}


def _plain(value: Any, names: Shown) -> Any:
    """An option as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(each, names) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each, names) for each in value]
    return value if isinstance(value, (int, float, bool, type(None))) else shown(str(value), names)


def _inputs(read: Sequence[InputFile]) -> list[InputFile]:
    """Every file once, though several parts may have read it."""
    return list(dict.fromkeys(read))


def _folded(job: Job, inputs: list[InputFile]) -> list[InputFile]:
    if len(inputs) <= FOLDED_INPUTS:
        return inputs
    digest = sha256()
    for each in inputs:
        digest.update(f"{each.sha256}  {each.path}\n".encode("utf-8", "surrogatepass"))
    return [InputFile(shown(str(job.input), job.shown), sum(each.bytes for each in inputs), digest.hexdigest())]

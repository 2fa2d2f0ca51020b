"""The manifest of a mended folder: what was there, brought up to date with the files as they are now.

Splits have their new samples, bytes and hashes; samples that a fix took away are rejected by its rule, so that what
was read is still what was written and what was left out. A folder without a manifest gets one of its own.
"""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .... import __version__
from ....schemas.errors import InternalError
from ....schemas.finding import Finding
from ...commit.commit import Receipt
from ..shard_files import shard_file
from .rounds import Mended

_ROW = re.compile(r"/\d+|\d+(?::\d+)?")


def brought_up_to_date(
    old: Mapping[str, Any], mended: Mended, staged: Path, receipts: Mapping[str, Receipt]
) -> dict[str, Any]:
    """The manifest of the folder that is `staged`, of whose files there are `receipts`; `old` is {} for none.

    Raises `InternalError` where samples went that no fix took away.
    """
    fixes = Counter(found.code for found in mended.applied)
    done = {"mended": {"from": str(mended.base), "fixes": dict(sorted(fixes.items()))}}
    new: dict[str, Any] = {"mmdata": __version__, "format": 1, **old, **done}
    if not isinstance(old.get("splits"), dict):
        return new
    new["splits"] = {name: _split(split, staged, receipts) for name, split in old["splits"].items()}
    gone = sum(split["samples"] for split in old["splits"].values())
    gone -= sum(split["samples"] for split in new["splits"].values())
    by_code = Counter(found.code for found in dropped(old, mended))
    if gone != by_code.total():
        fact = f"{gone} samples are gone, and fixes took {by_code.total()} away"
        raise InternalError(str(mended.base), fact, "Please report it with the command and the data set.")
    if gone:
        samples = old["accounting"]["samples"]
        rejected = dict(sorted((Counter(samples["rejected"]) + by_code).items()))
        balance = {**samples, "written": samples["written"] - gone, "rejected": rejected}
        new["accounting"] = {**old["accounting"], "samples": balance}
    return new


def dropped(old: Mapping[str, Any], mended: Mended) -> list[Finding]:
    """The findings whose fix took a whole sample out of a file of the manifest's."""
    shards = {
        str(mended.base / shard["path"]) for split in (old.get("splits") or {}).values() for shard in split["shards"]
    }
    return [found for found in mended.applied if _drops(found, shards)]


def _drops(found: Finding, shards: set[str]) -> bool:
    edits = found.fix.edits if found.fix else ()
    return any(edit.op == "remove" and edit.file in shards and _ROW.fullmatch(edit.at) for edit in edits)


def _split(split: Mapping[str, Any], staged: Path, receipts: Mapping[str, Receipt]) -> dict[str, Any]:
    shards = [_shard(shard, staged, receipts) for shard in split["shards"]]
    return {**split, "samples": sum(shard["samples"] for shard in shards), "shards": shards}


def _shard(shard: Mapping[str, Any], staged: Path, receipts: Mapping[str, Receipt]) -> dict[str, Any]:
    receipt = receipts.get(shard["path"])
    if receipt is None:
        return dict(shard)
    held = shard_file(staged / shard["path"]).samples
    samples = shard["samples"] if held is None or receipt.sha256 == shard["sha256"] else held
    return {**shard, "samples": samples, "bytes": receipt.bytes, "sha256": receipt.sha256}

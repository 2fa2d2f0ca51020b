"""A finished OUT, read back: its manifest, the rows of its shards, and what was left out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ...converters.options import option_fields
from ...converters.targets import load_target
from ...converters.targets.protocol import RenderOptions, Target
from ...schemas.errors import InputError
from ..shards import load_form

AGAIN = "Write the folder again with mmdata convert."


class Shard(msgspec.Struct):
    """One file of rows; `path` is relative to OUT."""

    path: str
    samples: int
    bytes: int = 0


class Split(msgspec.Struct):
    """One split and its files."""

    samples: int
    shards: list[Shard]


class Count(msgspec.Struct):
    """What became of one kind of thing: read = written + the sum of rejected."""

    read: int
    written: int
    rejected: dict[str, int]


class Manifest(msgspec.Struct):
    """The part of manifest.json that a report shows; other keys are passed over."""

    accounting: dict[str, Count]
    splits: dict[str, Split]
    options: dict[str, Any] = {}
    versions: dict[str, Any] = {}

    def target(self) -> Target:
        """The target that wrote the rows."""
        name = self.options.get("target", "qwen-vl")
        try:
            return load_target(name)
        except KeyError:
            fact = f"the target {name!r} is not known here"
            raise InputError("manifest.json: /options/target", fact, "Install the package that brings it.") from None

    def render_options(self) -> RenderOptions:
        """The choices about the rendering with which the rows were written."""
        said = self.options
        kind = getattr(self.target(), "Options", None)
        names = {each.name for each in option_fields(kind)} if kind else set()
        given = {name: value for name, value in said.get("target_options", {}).items() if name in names}
        own = kind(**given) if kind else None
        return RenderOptions(said.get("rounding", "nearest"), "", said.get("min_pixels"), said.get("max_pixels"), own)


class Remark(msgspec.Struct):
    """One line of rejected.jsonl, or one finding of lint.json, as far as it is shown."""

    code: str
    name: str
    file: str
    at: str
    message: str
    remedy: str = ""


def read_manifest(out: Path) -> Manifest:
    """OUT's manifest; `InputError` where there is none or it is not one."""
    place = out / "manifest.json"
    try:
        return msgspec.json.decode(place.read_bytes(), type=Manifest)
    except OSError as fault:
        fact = f"cannot be read ({fault.strerror})"
        raise InputError(str(place), fact, "Name a folder that mmdata convert -o has written.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise InputError(str(place), f"is not a manifest: {fault}", AGAIN) from None


def rows(out: Path, manifest: Manifest, split: str) -> Iterator[dict[str, Any]]:
    """The rows of a split in order, one at a time, whatever the form of its files."""
    form = load_form(manifest.target().FORM)
    for shard in manifest.splits[split].shards:
        place = out / shard.path
        try:
            yield from form.read_rows(place)
        except OSError as fault:
            raise InputError(str(place), f"cannot be read ({fault.strerror})", AGAIN) from None


def left_out(out: Path, each: int) -> dict[str, list[Remark]]:
    """The first `each` lines of rejected.jsonl for every rule, in the order of the data; {} where there is no file."""
    kept: dict[str, list[Remark]] = {}
    place = out / "rejected.jsonl"
    if not place.is_file():
        return kept
    with place.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = msgspec.json.decode(line, type=Remark)
            except (msgspec.DecodeError, UnicodeDecodeError) as fault:
                raise InputError(f"{place}: line {number}", f"is not a rejection: {fault}", AGAIN) from None
            same = kept.setdefault(entry.code, [])
            if len(same) < each:
                same.append(entry)
    return kept


class Remarks(msgspec.Struct):
    """What lint.json says about that which was kept: the first findings of every rule, and how many there are."""

    findings: list[Remark] = []
    counts: dict[str, int] = {}


def remarks(out: Path) -> Remarks:
    """OUT's lint.json; nothing where there is none."""
    place = out / "lint.json"
    try:
        return msgspec.json.decode(place.read_bytes(), type=Remarks)
    except FileNotFoundError:
        return Remarks()
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise InputError(str(place), f"is not a list of findings: {fault}", AGAIN) from None

"""Files of samples written anew: tars with other keys or another order, Parquet with smaller row groups.

Nothing is decoded and nothing unpacked: members are copied as they are. The new file takes the old one's name once it
is whole.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from tarfile import TarFile, TarInfo
from typing import Any

from ....schemas.finding import Edit
from ...commit.destination import telling
from ..shard_files import SUFFIXES, key_and_field

SHARDS = (*SUFFIXES, ".mds", ".arrow")
"""Files of samples that are edited as a whole, or not at all."""


def edited_shard(path: Path, edits: Sequence[Edit]) -> bool:
    """Write a file of the copy anew as its `rewrite` edits say; whether that was done. Raises `OutputError`."""
    ways = {edit.value["how"]: edit.value for edit in edits if edit.op == "rewrite"}
    if not ways:
        return False
    whole = path.with_name(f"{path.name}.new")
    with telling(path):
        if "row-groups" in ways:
            _write_parquet(path, whole, ways["row-groups"]["most"])
        else:
            dotted = {name for edit in edits if edit.value.get("how") == "keys" for name in edit.value["members"]}
            _write_tar(path, whole, dotted, together="together" in ways)
        whole.replace(path)
    return True


def _write_tar(path: Path, to: Path, dotted: set[str], *, together: bool) -> None:
    with TarFile(path) as old, TarFile(to, "w", format=old.format or 0) as new:
        members = [member for member in old.getmembers() if member.isfile()]
        keys = {key_and_field(member.name)[0] for member in members}
        for member in _in_order(members) if together else members:
            held = old.extractfile(member)
            if member.name in dotted:
                member.name = _undotted(member.name, keys)
                member.pax_headers = {}
            new.addfile(member, held)


def _in_order(members: list[TarInfo]) -> Iterator[TarInfo]:
    """Members of one sample side by side, samples in the order of their first member."""
    samples: dict[str, list[TarInfo]] = {}
    for member in members:
        samples.setdefault(key_and_field(member.name)[0] or member.name, []).append(member)
    for own in samples.values():
        yield from own


def _undotted(name: str, taken: set[str]) -> str:
    """The name with its key's dots as hyphens; with a stroke more where another sample has that key."""
    folder, slash, base = name.rpartition("/")
    key, _, last = base.rpartition(".")
    new = key.replace(".", "-")
    while f"{folder}{slash}{new}" in taken:
        new += "_"
    return f"{folder}{slash}{new}.{last}"


def _write_parquet(path: Path, to: Path, most: int) -> None:
    """Row groups of so many bytes, if rows are alike."""
    parquet: Any = import_module("pyarrow.parquet")
    with path.open("rb") as file:
        old = parquet.ParquetFile(file)
        weight = sum(old.metadata.row_group(each).total_byte_size for each in range(old.num_row_groups))
        rows = max(1, most * old.metadata.num_rows // max(weight, 1))
        with parquet.ParquetWriter(to, old.schema_arrow, compression="zstd") as new:
            for batch in old.iter_batches(batch_size=rows):
                new.write_batch(batch, row_group_size=rows)

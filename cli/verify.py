"""`mmdata verify`: whether a data set is what its manifest says, to the last byte and the last row."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from ..schemas.errors import InputError
from .formats import FORMAT
from .remote import OrAddress, read_from
from .terminal import shortened, visible

RULES = ("AN001", "SH001", "SH002", "SH003", "SH004", "SH005", "SH008", "SH016")
"""Rows that are none, and where files and manifest differ: hashes, counts, inputs, torn, missing and unlisted files."""


@click.command(short_help="Say whether a data set is what its manifest says.")
@click.argument("out", type=OrAddress(path_type=Path))
@FORMAT
def verify(out: Any, shape: str) -> None:
    """Hold the data set OUT against its manifest: every file's hash, every shard read back, every count.

    Exits with 1 where something is not as it says; mmdata lint has more to say of a data set. OUT may be an address,
    s3://BUCKET/KEY: all of it is then fetched into the folder for temporary files (TMPDIR).
    """
    with read_from(out) as folder:
        findings = _look(folder, str(out), shape)
    if findings:
        sys.exit(1)


def _look(folder: Path, out: str, shape: str) -> int:
    """The number of findings of the data set in a folder, which is called by `out`."""
    manifest = _manifest(folder)
    from ..pipelines.lint.output.json_form import as_json
    from ..pipelines.lint.output.text import lines
    from ..pipelines.lint.run import lint
    from ..pipelines.lint.settings import Settings

    report = lint(folder, Settings(select=RULES, check_images=False))
    if shape == "json":
        click.echo(as_json(report).replace(str(folder), out))
    else:
        for line in lines(report):
            click.echo(shortened(visible(line.replace(str(folder), out)), 600))
        click.echo(visible(_summary(out, manifest, report.counts.total())))
    return report.counts.total()


def _manifest(out: Path) -> dict[str, Any]:
    try:
        read: Any = json.loads((out / "manifest.json").read_bytes())
    except OSError:
        remedy = "Name the folder of mmdata convert's -o."
        raise InputError(str(out), "is no data set: it has no manifest.json", remedy) from None
    except ValueError as fault:
        remedy = "Build the data set again; mmdata lint says what its files hold."
        raise InputError(str(out / "manifest.json"), f"is no JSON: {fault}", remedy) from None
    return read if isinstance(read, dict) else {}


def _summary(out: str, manifest: dict[str, Any], findings: int) -> str:
    files = manifest.get("files") or []
    splits = manifest.get("splits") or {}
    samples = sum(split.get("samples", 0) for split in splits.values())
    if findings:
        return f"{out} is not what its manifest says: {findings:,} finding{'s' if findings > 1 else ''}."
    return f"{out} is what its manifest says: {len(files):,} files by their hashes, {samples:,} samples read back."

"""`mmdata diff`: what changed between two data sets, sample by sample."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..schemas.errors import InputError
from .formats import FORMAT
from .terminal import shortened, visible

if TYPE_CHECKING:
    from ..pipelines.diff import Difference


@click.command(short_help="Say what changed between two data sets.")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--shown", type=click.IntRange(min=0), default=10, show_default=True, help="Names of each kind.")
@FORMAT
def diff(old: Path, new: Path, shown: int, shape: str) -> None:
    """Say what changed from the data set OLD to NEW: samples added, removed, changed, moved to another split.

    Exits with 1 where a sample differs.
    """
    for out in (old, new):
        if not (out / "manifest.json").is_file():
            remedy = "Name two folders of mmdata convert's -o."
            raise InputError(str(out), "is no data set: it has no manifest.json", remedy)
    from ..pipelines.diff import diff as difference

    found = difference(old, new, shown)
    click.echo(json.dumps(asdict(found), indent=1, default=str) if shape == "json" else _text(found))
    if not found.empty:
        sys.exit(1)


def _text(found: "Difference") -> str:
    lines = [f"{found.same:>12,} the same"]
    for kind in ("added", "removed", "changed", "moved"):
        count: int = getattr(found, kind)
        lines.append(f"{count:>12,} {kind}{' to another split' if kind == 'moved' else ''}")
        lines += [f"{'':>14}{visible(name)}" for name in found.examples[kind]]
    for name, (before, after) in found.splits.items():
        if before != after:
            lines.append(f"split {visible(name)}: {before:,} samples, now {after:,}")
    for name, (before, after) in found.options.items():
        lines.append(f"option {name}: {_short(before)}, now {_short(after)}")
    lines += [f"input {visible(path)} is another" for path in found.inputs]
    return "\n".join(lines)


def _short(value: object) -> str:
    return visible(shortened(json.dumps(value, default=str), 80))

"""`mmdata diff`: what changed between two data sets, sample by sample."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..schemas.errors import InputError
from .formats import FORMAT
from .remote import LocalPath
from .terminal import shortened, visible

if TYPE_CHECKING:
    from ..pipelines.diff import Difference


@click.command(short_help="Say what changed between two data sets.")
@click.argument("old", type=LocalPath(path_type=Path))
@click.argument("new", type=LocalPath(path_type=Path))
@click.option("--shown", type=click.IntRange(min=0), default=10, show_default=True, help="Names of each kind.")
@FORMAT
def diff(old: Path, new: Path, shown: int, shape: str) -> None:
    """Say what changed from the data set OLD to NEW: samples added, removed, changed, moved to another split.

    Where both hold several data sets, those of one name are compared. Exits with 1 where a sample differs, or where
    one holds a data set that the other does not.
    """
    for out in (old, new):
        if not (out / "manifest.json").is_file():
            remedy = "Name two folders of mmdata convert's -o."
            raise InputError(str(out), "is no data set: it has no manifest.json", remedy)
    from ..pipelines.data_sets import check_one, sets_in
    from ..pipelines.diff import diff as difference

    names = [sets_in(out) for out in (old, new)]
    if all(names):
        _sets(old, new, names[0], names[1], shown, shape)
        return
    for out in (old, new):
        check_one(out)
    found = difference(old, new, shown)
    click.echo(json.dumps(asdict(found), indent=1, default=str) if shape == "json" else _text(found))
    if not found.empty:
        sys.exit(1)


def _sets(old: Path, new: Path, before: list[str], after: list[str], shown: int, shape: str) -> None:
    """Compare the data sets of one name; say which are in one of the two alone."""
    from ..pipelines.diff import diff as difference

    both = [name for name in before if name in after]
    gone, come = ([name for name in these if name not in both] for these in (before, after))
    found = {name: difference(old / name, new / name, shown) for name in both}
    if shape == "json":
        told = {name: asdict(each) for name, each in found.items()}
        click.echo(json.dumps({"sets": told, "added": come, "removed": gone}, indent=1, default=str))
    else:
        blocks = [f"{visible(name)}:\n{_text(each)}" for name, each in found.items()]
        blocks += [f"{visible(name)}: in {visible(str(old))} alone" for name in gone]
        blocks += [f"{visible(name)}: in {visible(str(new))} alone" for name in come]
        click.echo("\n\n".join(blocks))
    if gone or come or not all(each.empty for each in found.values()):
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

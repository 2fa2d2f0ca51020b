"""`mmdata sources` and `mmdata targets`: what is read and written, each with its frame and limits."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from .terminal import visible

FORMAT = click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="How the result is printed."
)


@click.command(short_help="List what can be read.")
@FORMAT
def sources(shape: str) -> None:
    """List the label formats that can be read, with the frame of their coordinates."""
    from ..converters.sources import source_names

    _show([_described(_source, name) for name in source_names()], shape)


@click.command(short_help="List what can be written.")
@FORMAT
def targets(shape: str) -> None:
    """List the trainers that can be written for, with each one's frame and limits."""
    from ..converters.targets import target_names

    _show([_described(_target, name) for name in target_names()], shape)


def summary(load: Callable[[str], Any], name: str) -> str:
    """The one line about a source or target; why not, where a third party's cannot be imported."""
    try:
        return str(load(name).SUMMARY)
    except ImportError as error:
        return f"(cannot be loaded: {error})"


def _described(describe: Callable[[str], dict[str, str]], name: str) -> dict[str, str]:
    try:
        return {"name": name, **describe(name)}
    except ImportError as error:
        return {"name": name, "summary": f"(cannot be loaded: {error})"}


def _source(name: str) -> dict[str, str]:
    from ..converters.sources import load_source

    source = load_source(name)
    return {"summary": source.SUMMARY, "frame": source.FRAME, "options": _flags(source.Options)}


def _flags(options: type) -> str:
    from ..converters.options import flag, option_fields

    return " ".join(flag(each.name) for each in option_fields(options))


def _target(name: str) -> dict[str, str]:
    from ..converters.targets import load_target

    target = load_target(name)
    return {
        "summary": target.SUMMARY,
        "frame": target.FRAME,
        "limits": target.LIMITS,
        "tokens": target.token_basis(),
        "options": _flags(target.Options) if hasattr(target, "Options") else "",
    }


def _show(rows: Sequence[dict[str, str]], shape: str) -> None:
    if shape == "json":
        click.echo(json.dumps(rows, indent=2))
    elif sys.stdout.isatty():
        _table(rows)
    else:
        click.echo("\n\n".join(_paragraph(row) for row in rows))


def _paragraph(row: dict[str, str]) -> str:
    """Name and summary, then the rest, aligned: plain lines that grep can use."""
    width = max(len(key) for key in row)
    return "\n".join(f"{key:<{width}}  {visible(value)}" for key, value in row.items() if value)


def _table(rows: Sequence[dict[str, str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for key in rows[0] if rows else ():
        table.add_column(key, style="bold" if key == "name" else None, no_wrap=key == "name")
    for row in rows:
        table.add_row(*(Text(visible(row.get(key, ""))) for key in rows[0]))
    Console(file=sys.stdout).print(table)

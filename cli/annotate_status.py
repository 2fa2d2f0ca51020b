"""`mmdata annotate status`: what a store holds, its last pulls and runs."""

import json
from pathlib import Path

import click

from .formats import FORMAT
from .terminal import shortened, visible


@click.command(short_help="What a store holds, its last pulls and runs.")
@click.argument("store", type=click.Path(path_type=Path))
@click.option("--last", type=click.IntRange(min=0), default=5, show_default=True, help="Pulls and runs to show.")
@FORMAT
def status(store: Path, last: int, shape: str) -> None:
    """Say what STORE, the folder of mmdata annotate pull's -o, holds, and what its last pulls and runs brought.

    Asks no server. Every part of the store is held against its hash.
    """
    from ..annotate.status import status as look

    found = look(store, last)
    if shape == "json":
        click.echo(json.dumps(found.as_json(), indent=2))
        return
    for line in found.lines():
        click.echo(shortened(visible(line), 300))

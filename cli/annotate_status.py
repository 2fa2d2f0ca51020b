"""`mmdata annotate status`: what a store holds, its last pulls and runs; how far a project is."""

import json
from pathlib import Path
from typing import Any

import click

from .annotate import connected, connection
from .formats import FORMAT
from .terminal import shortened, visible


@click.command(short_help="What a store holds, its last pulls and runs; how far a project is.")
@click.argument("what", metavar="STORE|PROJECT.yaml", type=click.Path(path_type=Path))
@click.option("--last", type=click.IntRange(min=0), default=5, show_default=True, help="Pulls and runs to show.")
@connection
@FORMAT
def status(what: Path, last: int, shape: str, **given: Any) -> None:
    """Say what STORE, the folder of mmdata annotate pull's -o, holds, and what its last pulls and runs brought.

    No server is asked, and every part of the store is held against its hash. For a PROJECT.yaml the server is asked how
    far that project is.
    """
    if what.suffix.lower() in (".yaml", ".yml"):
        from ..annotate.pull_project import project_number
        from ..annotate.status_project import project_lines, project_status

        with connected(given["url"], given["token_file"], given["timeout"]) as server:
            on_server = project_status(server, project_number(server, str(what)))
        as_json, lines = on_server, project_lines(on_server)
    else:
        from ..annotate.status import status as look

        found = look(what, last)
        as_json, lines = found.as_json(), found.lines()
    if shape == "json":
        click.echo(json.dumps(as_json, indent=2))
        return
    for line in lines:
        click.echo(shortened(visible(line), 300))

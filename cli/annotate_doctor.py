"""`mmdata annotate doctor`: whether the server is fit for work."""

import json
import sys
from typing import Any

import click

from .annotate import connected, connection
from .formats import FORMAT
from .terminal import visible

_SIGNS = {"good": "ok", "bad": "NOT", "unknown": "?"}


@click.command(short_help="Say whether the server is fit for work.")
@click.option(
    "--project", metavar="PROJECT", help="Fetch a picture of a task of this project: id, key or project.yaml."
)
@click.option("--picture", metavar="PATH", help="Fetch this local file, as after ?d= in a task.")
@connection
@FORMAT
def doctor(project: str | None, picture: str | None, shape: str, **given: Any) -> None:
    """Look at the server, its version, the token, local files, clock, Redis and disk: what is, and what to do.

    Exits with 1 where something is not good.
    """
    from ..annotate.doctor import as_json, examine
    from ..annotate.pull_project import project_number

    lines = []
    with connected(**given) as server:
        number = project_number(server, project) if project else None
        for line in examine(server, number, picture):
            lines.append(line)
            if shape == "text":
                click.echo(f"{_SIGNS[line.state]:<4}{line.name}: {visible(line.found)}")
                if line.remedy:
                    click.echo(f"    {visible(line.remedy)}")
    if shape == "json":
        click.echo(json.dumps([as_json(line) for line in lines], indent=2))
    if any(line.state == "bad" for line in lines):
        sys.exit(1)

"""`mmdata annotate plan`: what apply would change on the server."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .annotate import connected, connection
from .formats import FORMAT
from .terminal import say, visible

if TYPE_CHECKING:
    from ..annotate.plan import Plan
    from ..annotate.server import Server
    from ..schemas.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])
DIFFERS = 2
"""What plan exits with where there is something to do."""


def project_options(command: Command) -> Command:
    """The argument FILE and what plan and apply have in common."""
    adopt = click.option(
        "--adopt", type=click.IntRange(min=1), metavar="ID", help="Take over this project, which has no key yet."
    )
    file = click.argument("file", type=click.Path(path_type=Path))
    return file(adopt(connection(FORMAT(command))))


@click.command(short_help="Say what apply would change on the server.")
@project_options
def plan(file: Path, adopt: int | None, shape: str, **given: Any) -> None:
    """Say what mmdata annotate apply FILE would change on the server, and change nothing.

    With every label or control that goes come the regions that hold it, counted on the server.

    Exits with 0 where there is nothing to do and with 2 where there is; with 2 too where FILE or the server cannot be
    used, which then says Error on stderr and nothing on stdout.
    """
    with connected(**given) as server:
        _, made = planned(server, file, adopt)
    print_plan(made, shape)
    if made.changes:
        if shape == "text":
            allow = "".join(f" --allow {danger}" for danger in made.dangers)
            say(f"mmdata annotate apply {visible(file)}{allow}" + f" --adopt {adopt}" * (adopt is not None))
        sys.exit(DIFFERS)


def planned(server: "Server", file: Path, adopt: int | None) -> "tuple[Project, Plan]":
    """The project in the file and its plan; the config's warnings go to stderr."""
    from ..annotate.plan import check_config, make_plan
    from ..annotate.project_file import read_project
    from ..pipelines.progress import shown_on

    project = read_project(file)
    for line in check_config(project, str(file)):
        say(f"Warning: {visible(file)}: {visible(line)}")
    with shown_on(sys.stderr, quiet=False) as progress:
        return project, make_plan(server, project, adopt, progress)


def print_plan(made: "Plan", shape: str) -> None:
    """The plan on stdout, in the form that --format asks for."""
    from ..annotate.plan_text import plan_json, plan_lines

    if shape == "json":
        click.echo(json.dumps(plan_json(made), indent=2))
    else:
        click.echo("\n".join(visible(line) for line in plan_lines(made)))

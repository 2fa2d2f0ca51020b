"""`mmdata annotate apply`: make the server's project what the file says."""

import json
from pathlib import Path
from typing import Any

import click

from .annotate import connected
from .annotate_plan import planned, print_plan, project_options
from .terminal import visible

_DANGERS = ("orphan-regions", "break-tasks", "remove-storage", "remove-webhooks")


@click.command(short_help="Make the server's project what the file says.")
@project_options
@click.option(
    "--allow", type=click.Choice(_DANGERS), multiple=True, help="Make this dangerous change too. May be given again."
)
def apply(file: Path, adopt: int | None, shape: str, allow: tuple[str, ...], **given: Any) -> None:
    """Make the server's project what FILE says: create it, or change what differs.

    The project is known by its key, so that applying twice changes nothing. What would cost work (regions whose label
    goes, tasks whose data the new config does not find, storage and webhooks that FILE does not name) is done only
    with --allow and its name; without it nothing at all is changed.
    """
    from ..annotate.alone import alone
    from ..annotate.apply import apply_plan, check_allowed
    from ..annotate.plan_text import plan_json
    from ..annotate.project_file import read_project

    with connected(**given) as server, alone("apply", server.url, read_project(file).key):
        project, made = planned(server, file, adopt)
        if shape == "text":
            print_plan(made, shape)
        check_allowed(made, allow)
        number = apply_plan(server, project, made, allow) if made.changes else made.project
    if shape == "json":
        click.echo(json.dumps(plan_json(made) | {"project": number, "applied": bool(made.changes)}, indent=2))
    elif made.changes:
        click.echo(visible(f"Done: project {number} on {made.server} is what {file} says."))

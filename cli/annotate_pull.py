"""`mmdata annotate pull`: what changed in a project, into a store with history."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from .annotate import connected, connection
from .formats import FORMAT
from .guard import message
from .terminal import say, visible, visible_lines


@click.command(short_help="Bring a store up to date with a project.")
@click.argument("project")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, metavar="STORE", help="The folder of the store."
)
@click.option("--full", is_flag=True, help="Read every task again, and find what changed without a trace.")
@click.option(
    "--finished-only/--all",
    "finished",
    default=None,
    help="Tasks with submitted work alone, or all.  [default: as the store has it, at first finished only]",
)
@click.option(
    "--predictions/--no-predictions",
    default=None,
    help="Keep what models predicted for the tasks.  [default: as the store has it, at first no]",
)
@click.option("--accept-drift", is_flag=True, help="Go on though the label config is another one.")
@connection
@FORMAT
def pull(project: str, out: Path, finished: bool | None, shape: str, **given: Any) -> None:
    """Bring STORE up to date with PROJECT, a number, the key of a project, or its project.yaml.

    Asks for what changed since the last pull, and writes nothing where nothing did. The store keeps every version, so
    mmdata convert label-studio STORE reads it as it is, or with --as-of as it was.

    Exits with 10 where the set changed, 0 where it did not, and 3 where the label config changed and --accept-drift
    was not given: then nothing is written. With 4 where the server could not export some tasks, which are named.
    """
    from ..annotate.pull import Take
    from ..annotate.pull import pull as bring
    from ..annotate.pull_drift import DriftError
    from ..annotate.pull_project import project_number

    take: Take | None = None if finished is None else "finished" if finished else "all"
    asked = {"full": given["full"], "predictions": given["predictions"], "accept_drift": given["accept_drift"]}
    with connected(given["url"], given["token_file"], given["timeout"]) as server:
        number, address = project_number(server, project), server.url
        try:
            report = bring(server, number, out, take=take, **asked)
        except DriftError as drift:
            say(message(drift))
            if shape == "json":
                told = {"status": "drift", "project": number, "store": str(out), "fact": drift.fact}
                click.echo(json.dumps(told, indent=2))
            sys.exit(drift.exit_code)
    click.echo(json.dumps(report.as_json(), indent=2) if shape == "json" else visible(report.line()))
    if report.unexported:
        say(visible_lines(report.lacking(address)))
    if report.exit_code:
        sys.exit(report.exit_code)

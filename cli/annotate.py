"""`mmdata annotate`: the labelling side, one sub-command a module, imported when its name is used.

A sub-command is a line of `COMMANDS` and a module cli/annotate_<name>.py with a click command of the same name. Those
that ask a server take its address and token by `connection`.
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..schemas.suggest import unknown

if TYPE_CHECKING:
    from ..annotate.server import Server

COMMANDS: dict[str, str] = {
    "init": "Make a project file from a data set's labels.",
    "plan": "Say what apply would change on the server.",
    "apply": "Make the server's project what the file says.",
    "push": "Send labels or predictions to a project.",
    "pull": "Bring a store up to date with a project.",
    "status": "What a store holds, its last pulls and runs; how far a project is.",
    "schedule": "Pull at set times, and build what is new.",
    "agreement": "How far annotators, and models, agree.",
    "feedback": "What people made of a model's predictions.",
    "doctor": "Say whether the server is fit for work.",
}
"""Name and summary, in the order of the help; `-` in a name is `_` in its module."""

Command = TypeVar("Command", bound=Callable[..., Any])


class Commands(click.Group):
    """The sub-commands; the help of all imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f".annotate_{module}", __package__), module)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The sub-command that the arguments name; a wrong name is answered with the right one."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise unknown("mmdata annotate", "command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, invoke_without_command=True, short_help="Label Studio: projects as code, push and pull.")
@click.pass_context
def annotate(ctx: click.Context) -> None:
    """Run the labelling side: Label Studio projects as code, predictions in, annotations out.

    The server is that of LABEL_STUDIO_URL, the token that of LABEL_STUDIO_API_KEY or of a file that only you may read.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def connection(command: Command) -> Command:
    """Give a command the options `url`, `token_file` and `timeout`, which `connected` takes."""
    for option in (
        click.option(
            "--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", help="For each answer.  [default: 120]"
        ),
        click.option(
            "--token-file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A file with the token, mode 0600.  [default: LABEL_STUDIO_API_KEY]",
        ),
        click.option("--url", metavar="URL", help="The server's address.  [default: LABEL_STUDIO_URL]"),
    ):
        command = option(command)
    return command


def connected(url: str | None, token_file: Path | None, timeout: float | None) -> "Server":
    """The server that the options of `connection` name."""
    from ..annotate.server import Patience, connect

    patience = Patience() if timeout is None else Patience(connect=min(10.0, timeout), read=timeout, whole=timeout * 8)
    return connect(url, token_file, patience)

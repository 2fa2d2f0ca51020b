"""The command line: thin commands, each a call into the package. Results on stdout, everything else on stderr.

Nothing heavy is imported here or in the modules below at their top: `mmdata --help` answers at once.
"""

import click

from .. import __version__
from .annotate import annotate
from .build import build
from .convert import convert
from .dedup import dedup
from .diff import diff
from .explain import explain
from .few_shot import few_shot
from .formats import sources, targets
from .guard import guarded, leave_at_once, leave_on_interrupt, open_what_is_closed, stop_on_signals
from .lint import lint
from .log import ask_for_log
from .report import report
from .verify import verify


class Guarded(click.Group):
    """A group whose commands' errors become messages and exit codes (see `guard`)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take in the words, having seen whether stderr is for a log: what is wrong with them is told there too."""
        ask_for_log(ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that the arguments name."""
        with guarded():
            return super().invoke(ctx)


@click.group(
    cls=Guarded,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="mmdata %(version)s")
@click.pass_context
def mmdata(ctx: click.Context) -> None:
    """Turn labels into training data for vision-language models.

    Begin with `mmdata convert`: without arguments it shows how.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (convert, build, lint, verify, diff, dedup, sources, targets, report, few_shot, explain, annotate):
    mmdata.add_command(command)


def main() -> None:
    """The `mmdata` command."""
    open_what_is_closed()
    stop_on_signals()
    leave_on_interrupt()
    try:
        mmdata(prog_name="mmdata")
    except SystemExit as leaving:
        if not leaving.code:
            leave_at_once()
        raise

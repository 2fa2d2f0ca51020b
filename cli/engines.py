"""Who does the work: `--workers`, `--engine` and `--address`, wherever a command makes data sets."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..pipelines.engine.protocol import Engine


def engine_options() -> list[click.Parameter]:
    """The options, for a command that makes its parameters itself."""
    from ..pipelines.engine import ENGINES

    return [
        click.Option(
            ["--workers"],
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="Processes that do the work; the result is the same.",
        ),
        click.Option(
            ["--engine"],
            type=click.Choice(ENGINES),
            default="local",
            show_default=True,
            help="ray: the machines of a cluster, which must all see the inputs and OUT.",
        ),
        click.Option(["--address"], default="", metavar="HOST:PORT", help="The Ray cluster; without: of this machine."),
    ]


def taken_engine(given: dict[str, Any]) -> "Engine":
    """The engine that was asked for, its options taken out of what was given."""
    from ..pipelines.engine import open_engine

    return open_engine(given.pop("engine"), given.pop("workers"), given.pop("address"))

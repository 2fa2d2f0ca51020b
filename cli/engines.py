"""Who does the work, and what of it was done before, wherever a command makes data sets."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..pipelines.work import Work


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
        click.Option(["--resume"], is_flag=True, help="Keep what is done if the run is stopped, and go on from it."),
        click.Option(
            ["--cache"],
            type=click.Path(path_type=Path, file_okay=False),
            metavar="DIR",
            help="Keep what is done for later runs; what has not changed is not done again.",
        ),
    ]


def taken_work(given: dict[str, Any]) -> "Work":
    """How the work is to be done, its options taken out of what was given."""
    from ..pipelines.engine import open_engine
    from ..pipelines.store import Store
    from ..pipelines.work import Work

    engine = open_engine(given.pop("engine"), given.pop("workers"), given.pop("address"))
    cache = given.pop("cache")
    return Work(engine, Store(cache) if cache else None, resume=given.pop("resume"))

"""`mmdata few-shot`: queries with examples before them, out of a finished data set for OpenFlamingo."""

from pathlib import Path

import click

from .remote import LocalPath


@click.command("few-shot")
@click.argument("out", type=LocalPath(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--shots", type=click.Choice(["0", "4", "8", "16", "32"]), default="4", show_default=True, help="Examples."
)
@click.option("--queries", default="val", show_default=True, metavar="SPLIT", help="The split that is asked about.")
@click.option("--examples", default="train", show_default=True, metavar="SPLIT", help="The split that examples are of.")
@click.option("--seed", type=int, default=42, show_default=True, help="Chooses the examples.")
def few_shot(out: Path, shots: str, queries: str, examples: str, seed: int) -> None:
    """Write a few-shot set of OUT to stdout, a query a line.

    OUT is what `mmdata convert … --to openflamingo --task caption` or `vqa` wrote, with two splits.
    """
    from ..pipelines import few_shot as sets

    for row in sets.few_shot(out, queries, examples, int(shots), seed):
        click.echo(sets.encoded(row), nl=False)

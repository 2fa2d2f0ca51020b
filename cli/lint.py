"""`mmdata lint`: what is wrong with labels, training files and data sets, by named rules."""

import sys
from pathlib import Path

import click


@click.command(short_help="Say what is wrong with labels or training data.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as", "source", default="", help="What PATH is: a source's or target's name.  [default: by content]")
@click.option("--images", type=click.Path(path_type=Path, file_okay=False), help="Where the pictures are.")
@click.option("--check-images/--no-check-images", default=True, help="Open pictures.")
def lint(path: Path, source: str, images: Path | None, *, check_images: bool) -> None:
    """Look at PATH (labels, a training file, a data set) by named rules."""
    from ..pipelines.lint.output.text import lines
    from ..pipelines.lint.run import lint as run
    from ..pipelines.lint.settings import Settings

    report = run(path, Settings(source=source, images=images, check_images=check_images))
    for line in lines(report):
        click.echo(line)
    if report.counts:
        sys.exit(1)

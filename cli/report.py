"""`mmdata report`: one HTML page about a data set that was written."""

from pathlib import Path

import click

from ..schemas.errors import InputError
from .remote import LocalPath


@click.command(short_help="Write an HTML page about a data set.")
@click.argument("out", type=LocalPath(path_type=Path))
@click.option(
    "-o", "page", type=LocalPath(path_type=Path, dir_okay=False), help="The page.  [default: OUT/report.html]"
)
@click.option("--pictures", type=click.IntRange(min=0), default=24, show_default=True, help="How many are shown.")
def report(out: Path, page: Path | None, pictures: int) -> None:
    """Write a page about the data set OUT: numbers, what was left out, and pictures with their boxes drawn."""
    if not (out / "manifest.json").is_file():
        raise InputError(str(out), "is no data set: it has no manifest.json", "Name the folder of mmdata convert's -o.")
    from ..pipelines.commit.destination import telling
    from ..pipelines.data_sets import check_one
    from ..pipelines.own_files import check_own
    from ..pipelines.report import is_page, write_report

    check_one(out)
    page = page or out / "report.html"
    check_own(page, "page", is_page)
    with telling(page):
        click.echo(write_report(out, page, pictures))

"""`mmdata lint`: what is wrong with labels, training files and data sets, by named rules."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError
from .terminal import say, visible

if TYPE_CHECKING:
    from ..pipelines.lint.run import Report
    from ..pipelines.lint.settings import Settings

FORMS = ("text", "json", "jsonl", "sarif", "github")


def _words(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _choices(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is looked at, and by which rules."""
    for option in reversed(
        (
            click.option("--as", "source", default="", help="What PATH is: a source's or target's name."),
            click.option("--images", type=click.Path(path_type=Path, file_okay=False), help="Where the pictures are."),
            click.option("--check-images/--no-check-images", default=None, help="Open pictures.  [default: do]"),
            click.option("--deep", is_flag=True, default=None, help="Decode every picture."),
            click.option("--target", default=None, help="The model that will be trained, for rules about grids."),
            click.option("--max-length", type=click.IntRange(min=1), help="Tokens of a sample."),
            click.option("--min-pixels", type=click.IntRange(min=1), help="As the trainer will be told."),
            click.option("--max-pixels", type=click.IntRange(min=1), help="As the trainer will be told."),
            click.option("--against", type=click.Path(path_type=Path), help="A file of hashes that must not be here."),
            click.option("--select", multiple=True, callback=_words, help="Rules: codes, beginnings of them, names."),
            click.option("--extend-select", multiple=True, callback=_words, help="Rules besides."),
            click.option("--ignore", multiple=True, callback=_words, help="Rules that do not count."),
        )
    ):
        command = option(command)
    return command


def _reporting(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how it is told, and what is done about it."""
    for option in reversed(
        (
            click.option("--output-format", "form", type=click.Choice(FORMS), default="text", help="How it is told."),
            click.option("--all", "every", is_flag=True, help="Show every finding, not 20 of a rule."),
            click.option("--statistics", is_flag=True, help="Only how many there are of each rule."),
            click.option("--baseline", type=click.Path(path_type=Path), help="Findings that are known do not count."),
            click.option("--write-baseline", type=click.Path(path_type=Path), help="Know all findings from now on."),
            click.option("--fix", is_flag=True, help="Write the mended files to -o, by safe fixes."),
            click.option("--unsafe-fixes", is_flag=True, help="Also by fixes that drop, move or guess."),
            click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing."),
            click.option("-o", "out", type=click.Path(path_type=Path), help="The new folder of --fix."),
            click.option("--exit-zero", is_flag=True, help="Exit with 0 also where something was found."),
        )
    ):
        command = option(command)
    return command


@click.command(short_help="Say what is wrong with labels or training data.")
@click.argument("path", type=click.Path(path_type=Path))
@_choices
@_reporting
def lint(path: Path, **given: Any) -> None:
    """Look at PATH by named rules: labels of any source, a training file of any target, a data set of ours.

    Exits with 1 where something was found. mmdata explain CODE says what a rule means.
    """
    from ..pipelines.lint.config import check_words, configured

    told = {name: given.pop(name) for name in ("form", "every", "statistics", "exit_zero")}
    mending = {name: given.pop(name) for name in ("fix", "unsafe_fixes", "diff", "out")}
    write_baseline = given.pop("write_baseline")
    for name in ("select", "extend_select", "ignore"):
        check_words(given[name], f"--{name.replace('_', '-')}")
    config = configured(Path.cwd())
    settings, baseline = _settings(given, config.values, shown=None if told["every"] else 20)
    if mending["fix"] or mending["diff"]:
        _mend(path, settings, told, **mending)
    elif write_baseline:
        _write_baseline(path, settings, write_baseline)
    else:
        _tell(path, settings, baseline, told)


def _settings(given: dict[str, Any], config: dict[str, Any], shown: int | None) -> "tuple[Settings, Path | None]":
    """The command line's choices over those of the file."""
    from ..pipelines.lint.settings import Settings

    said = {name: value for name, value in given.items() if value not in (None, ())}
    merged: dict[str, Any] = {**config, **said, "shown": shown}
    merged["extend_select"] = (*config.get("extend_select", ()), *given["extend_select"])
    baseline = merged.pop("baseline", None)
    return Settings(**merged), baseline


def _tell(path: Path, settings: "Settings", baseline: Path | None, told: dict[str, Any]) -> None:
    from ..pipelines.lint.baseline import Baseline
    from ..pipelines.lint.output.json_form import as_line
    from ..pipelines.lint.run import lint as run

    forgives = Baseline(baseline).read().forgives if baseline else None
    as_lines = told["form"] == "jsonl" and not told["statistics"]
    report = run(path, settings, (lambda found: click.echo(as_line(found))) if as_lines else None, forgives)
    if not as_lines:
        show(report, told["form"], statistics=told["statistics"])
    if report.counts.total() and not told["exit_zero"]:
        sys.exit(1)


def show(report: "Report", form: str, *, statistics: bool = False) -> None:
    """Print a report in one of the forms."""
    from ..pipelines.lint.output import github, text
    from ..pipelines.lint.output.json_form import as_json, as_line
    from ..pipelines.lint.output.sarif import as_sarif

    if form == "json":
        click.echo(as_json(replace(report, findings=[]) if statistics else report))
    elif form == "sarif":
        click.echo(as_sarif(report))
    elif form == "jsonl":
        for found in report.findings:
            click.echo(as_line(found))
    elif form == "github":
        for line in github.lines(report):
            click.echo(line)
    else:
        for line in text.statistics(report) if statistics else text.lines(report):
            click.echo(visible(line))


def _write_baseline(path: Path, settings: "Settings", to: Path) -> None:
    from ..pipelines.lint.baseline import Baseline
    from ..pipelines.lint.run import lint as run
    from ..pipelines.place import telling

    baseline = Baseline(to)
    run(path, settings, baseline.knows)
    with telling(to):
        to.write_text(baseline.text(), encoding="utf-8")
    say(f"{to}: {baseline.left.total()} findings are known from now on; look by it with --baseline {to}")


def _mend(
    path: Path,
    settings: "Settings",
    told: dict[str, Any],
    *,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    out: Path | None,
) -> None:
    from ..pipelines.lint.fixing.rounds import mended
    from ..pipelines.lint.fixing.write import diff as difference
    from ..pipelines.lint.fixing.write import write

    if not diff and out is None:
        raise ConfigError("--fix", "there is no -o", "Nothing is mended in place: name a new folder with -o OUT.")
    result = mended(path, settings, unsafe=unsafe_fixes)
    if diff:
        for line in difference(result):
            click.echo(visible(line))
        sys.exit(1 if result.files and not told["exit_zero"] else 0)
    if out is not None and fix:
        written = write(result, out)
        done = ", ".join(f"{count} {code}" for code, count in sorted(written.counts.items())) or "nothing"
        say(f"{out}: {written.files} files mended ({done}); what was done is in {out}/edits.jsonl")
    show(result.report, told["form"], statistics=told["statistics"])
    if result.report.counts.total() and not told["exit_zero"]:
        sys.exit(1)

"""`mmdata lint`: what is wrong with labels, training files and data sets, by named rules."""

import gc
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError
from ..schemas.suggest import unknown
from .inspection import Inspection, taken_source_options
from .log import log_json, logging
from .reading import readable
from .remote import LocalPath
from .terminal import say, shortened, visible

if TYPE_CHECKING:
    from ..pipelines.lint.baseline import Baseline
    from ..pipelines.lint.run import Report
    from ..pipelines.lint.settings import Settings
    from ..schemas.finding import Finding
    from .log import Log

FORMS = ("text", "json", "jsonl", "sarif", "github")
SEVERITIES = ("info", "warning", "error")
_LONGEST = 600
"""Characters of a line of text at most; JSON has them all."""

_FILE = LocalPath(path_type=Path)


def _words(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _choices(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is looked at, and by which rules."""
    pixels = click.IntRange(min=1)
    rules: dict[str, Any] = {"multiple": True, "callback": _words, "metavar": "RULE,..."}
    for option in reversed(
        (
            click.option("--as", "source", default="", metavar="NAME", help="What it is: a source's or target's name."),
            click.option("--images", type=LocalPath(path_type=Path, file_okay=False), help="Where the pictures are."),
            click.option("--check-images/--no-check-images", default=None, help="Open pictures.  [default: do]"),
            click.option("--cache/--no-cache", default=None, help="Remember facts about pictures.  [default: do]"),
            click.option("--deep", is_flag=True, default=None, help="Decode every picture; read outlines too."),
            click.option("--target", metavar="TARGET", help="The model that will be trained, for rules about grids."),
            click.option("--max-length", type=pixels, metavar="N", help="Tokens of a sample."),
            click.option("--min-pixels", type=pixels, metavar="N", help="As the trainer will be told."),
            click.option("--max-pixels", type=pixels, metavar="N", help="As the trainer will be told."),
            click.option("--against", type=_FILE, help="Pictures or hashes of a benchmark that must not be in here."),
            click.option("--select", help="By these alone: codes, beginnings of codes, names; ALL.", **rules),
            click.option("--extend-select", help="By these besides.", **rules),
            click.option("--ignore", help="Not by these; of two words for a rule the longer counts.", **rules),
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
            click.option("--baseline", type=_FILE, help="Findings that this file knows do not count."),
            click.option("--write-baseline", type=_FILE, help="Write all findings there, to be known from now on."),
            click.option("--fix", is_flag=True, help="Write the mended files to -o, by safe fixes."),
            click.option(
                "--unsafe-fixes", is_flag=True, help="With --fix or --diff: fixes that drop, move or guess too."
            ),
            click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing."),
            click.option("-o", "--out", type=_FILE, metavar="DIR", help="The new folder of --fix."),
            click.option("--fail-on", type=click.Choice(SEVERITIES), default="info", help="The least to exit with 1."),
            click.option("--exit-zero", is_flag=True, help="Exit with 0 also where something was found."),
            click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 also where all was mended."),
            click.option("-q", "--quiet", is_flag=True, help="No progress, no closing line."),
            log_json,
        )
    ):
        command = option(command)
    return command


@click.command(cls=Inspection, short_help="Say what is wrong with labels or training data.")
@click.argument("path", type=_FILE)
@_choices
@_reporting
@click.pass_context
def lint(ctx: click.Context, /, path: Path, **given: Any) -> None:
    """Look at PATH by named rules: labels of any source, a training file of any target, a data set of ours.

    Exits with 1 where something was found. mmdata explain CODE says what a rule means. With --as SOURCE the options of
    that source are options here too.
    """
    from .lean import be_lean

    be_lean()  # before anything imports pyarrow
    gc.enable()  # a run may be long
    from ..pipelines.data_sets import check_one
    from ..pipelines.lint.config import check_words, configured

    names = ("form", "every", "statistics", "fail_on", "exit_zero", "exit_non_zero_on_fix", "quiet", "log_json")
    told = {name: given.pop(name) for name in names}
    mending = {name: given.pop(name) for name in ("fix", "unsafe_fixes", "diff", "out")}
    write_baseline = given.pop("write_baseline")
    _check_together(mending, write_baseline)
    for name in ("select", "extend_select", "ignore"):
        check_words(given[name], f"--{name.replace('_', '-')}")
    typed = {name for name in given if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    given["source_options"] = taken_source_options(given["source"], given, typed)
    config = configured(Path.cwd())
    given["root"] = config.file.parent if config.file else Path.cwd()
    settings, baseline = _settings(given, config.values, shown=None if told["every"] else 20)
    inputs = [each for each in (path, settings.images, settings.against, baseline) if each]
    if write_baseline:
        _check_baseline(write_baseline)
    with (
        logging(told["log_json"], quiet=told["quiet"], out=mending["out"], inputs=inputs) as told["log"],
        readable(f"Check that everything in {path} can be read."),
    ):
        for each in filter(None, (path, settings.against)):
            check_one(each)
        if mending["fix"] or mending["diff"]:
            _mend(path, settings, baseline, told, **mending)
        elif write_baseline:
            _write_baseline(path, settings, write_baseline, told["log"])
        else:
            _tell(path, settings, baseline, told)


def _check_baseline(path: Path) -> None:
    from ..pipelines.lint.baseline import is_baseline
    from ..pipelines.own_files import check_own

    check_own(path, "baseline", lambda _head: is_baseline(path))


def _check_together(mending: dict[str, Any], write_baseline: Path | None) -> None:
    """Raise `ConfigError` for options that mean nothing together: one that is passed over in silence misleads."""
    acts = mending["fix"] or mending["diff"]
    if mending["fix"] and not mending["diff"] and mending["out"] is None:
        raise ConfigError("--fix", "there is no -o", "Nothing is mended in place: name a new folder with -o OUT.")
    for name, flag in (("out", "-o"), ("unsafe_fixes", "--unsafe-fixes")):
        if mending[name] and not acts:
            raise ConfigError(flag, "there is no --fix, so nothing is mended", f"Add --fix, or leave {flag} out.")
    if mending["diff"] and mending["out"] is not None:
        raise ConfigError("--diff", "writes nothing, and there is -o", "Leave one of the two out.")
    if write_baseline and acts:
        raise ConfigError("--write-baseline", "nothing is mended while it is written", "Mend first, then write it.")


def _settings(given: dict[str, Any], config: dict[str, Any], shown: int | None) -> "tuple[Settings, Path | None]":
    """The command line's choices over those of the file."""
    from ..pipelines.lint.cache import default_folder
    from ..pipelines.lint.settings import Settings

    said = {name: value for name, value in given.items() if value not in (None, ())}
    merged: dict[str, Any] = {**config, **said, "shown": shown}
    merged["extend_select"] = (*config.get("extend_select", ()), *given["extend_select"])
    merged["cache"] = default_folder() if merged.get("cache", True) else None
    baseline = merged.pop("baseline", None)
    if merged.get("target"):
        _check_target(merged["target"])
    return Settings(**merged), baseline


def _check_target(name: str) -> None:
    from ..converters.targets import target_names

    if name not in target_names():
        raise unknown("--target", "target", name, target_names())


def _tell(path: Path, settings: "Settings", baseline: Path | None, told: dict[str, Any]) -> None:
    from ..pipelines.lint.baseline import Baseline
    from ..pipelines.lint.output.json_form import as_line

    known = Baseline(baseline).read() if baseline else None
    as_lines = told["form"] == "jsonl" and not told["statistics"]
    hears: Callable[[Finding], object] | None = (lambda found: click.echo(as_line(found))) if as_lines else None
    report = _looked(path, settings, told["log"], hears, known)
    if not as_lines:
        show(report, told)
    _leave(report, told)


def _looked(
    path: Path,
    settings: "Settings",
    log: "Log",
    hears: "Callable[[Finding], object] | None" = None,
    baseline: "Baseline | None" = None,
) -> "Report":
    from ..pipelines.lint.run import lint as run

    with log.progress() as progress:
        report = run(path, settings, hears, baseline, progress)
    log.result(findings=report.counts, severities=report.severities)
    return report


def show(report: "Report", told: dict[str, Any]) -> None:
    """Print a report in the form that was asked for."""
    from ..pipelines.lint.output import github, text
    from ..pipelines.lint.output.json_form import as_json, as_line
    from ..pipelines.lint.output.sarif import as_sarif

    form, statistics = told["form"], told["statistics"]
    if form == "json":
        click.echo(as_json(replace(report, findings=[]) if statistics else report))
    elif form == "sarif":
        click.echo(as_sarif(report))
    elif form == "jsonl" and not statistics:
        for found in report.findings:
            click.echo(as_line(found))
    elif form == "github" and not statistics:
        for line in github.lines(report):
            click.echo(visible(line))
    else:
        for line in text.statistics(report) if statistics else text.lines(report):
            click.echo(shortened(visible(line), _LONGEST))
        if not told["quiet"]:
            click.echo(shortened(visible(text.summary(report)), _LONGEST))


def _leave(report: "Report", told: dict[str, Any], mended: int = 0) -> None:
    """Exit with 1 where something counts, as the options say."""
    counting = SEVERITIES[SEVERITIES.index(told["fail_on"]) :]
    found = any(report.severities[severity] for severity in counting)
    if (found and not told["exit_zero"]) or (mended and told["exit_non_zero_on_fix"]):
        sys.exit(1)


def _write_baseline(path: Path, settings: "Settings", to: Path, log: "Log") -> None:
    from ..pipelines.lint.baseline import Baseline

    baseline = Baseline(to)
    _looked(path, settings, log, baseline.knows)
    baseline.write()
    if not log.silent:
        known = f"{baseline.left.total():,} findings are known from now on"
        say(visible(f"{to}: {known}; look by it with --baseline {to}"))


def _mend(
    path: Path,
    settings: "Settings",
    baseline: Path | None,
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

    result = mended(path, settings, unsafe=unsafe_fixes)
    if diff:
        for line in difference(result):
            click.echo("\t".join(map(visible, line.split("\t"))))
        sys.exit(1 if result.files and not told["exit_zero"] else 0)
    if fix and out is not None:
        written = write(result, out)
        done = ", ".join(f"{count:,} {code}" for code, count in sorted(written.counts.items())) or "nothing"
        files = f"{written.files:,} file{'s' * (written.files != 1)}"
        if not told["log"].silent:
            say(visible(f"{out}: {files} mended ({done}); what was done is in {out}/edits.jsonl"))
        told["log"].result(out=str(out), files=written.files, mended=written.counts)
    report = _unforgiven(result.report, baseline, None if told["every"] else 20)
    show(report, told)
    _leave(report, told, mended=len(result.files))


def _unforgiven(report: "Report", baseline: Path | None, shown: int | None) -> "Report":
    """What is left after mending without what the baseline knows, the first of each rule."""
    from ..pipelines.lint.baseline import Baseline

    forgives = Baseline(baseline).read().forgives if baseline else lambda _found: False
    left = [found for found in report.findings if not forgives(found)]
    counts = Counter(found.code for found in left)
    severities = Counter(found.severity for found in left)
    kept: Counter[str] = Counter()
    first: list[Finding] = []
    for found in left:
        kept[found.code] += 1
        if shown is None or kept[found.code] <= shown:
            first.append(found)
    return replace(report, findings=first, counts=counts, severities=severities)

"""`mmdata build RECIPE`: several sources, filtered and mixed, into one data set or several."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError, InputError, LimitError
from ..schemas.rule import RULES
from ..schemas.shown import shown
from .engines import engine_options, taken_work
from .log import log_json, logging
from .reading import readable
from .remote import ALLOW, Fetching, OrAddress, by_address, made_at, sent_all
from .terminal import say, shortened, visible

if TYPE_CHECKING:
    from ..pipelines.build import Built
    from ..pipelines.plan import Plan
    from ..pipelines.recipe.plan import Planned
    from ..pipelines.remote.outputs import Place
    from ..pipelines.work import Work
    from .log import Log
    from .summary import Built as Result
    from .summary import Kept


class _WithEngine(click.Command):
    """A command that has the options of engines too, known once it is looked at."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own, whom it may ask, who does the work, and `--help`."""
        *own, last = super().get_params(ctx)
        return [*own, ALLOW, *engine_options(), last]


@click.command(cls=_WithEngine, short_help="Build data sets from a recipe.")
@click.argument("recipe", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o",
    "--out",
    type=OrAddress(path_type=Path),
    metavar="DIR",
    help="The folder to make or replace, or s3://BUCKET/KEY.",
)
@click.option("--dry-run", is_flag=True, help="Read everything, say what would be made of it, write nothing.")
@click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="json: manifest or plan on stdout."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress; of the closing words only what was left out.")
@log_json
def build(recipe: Path, out: Any, **given: Any) -> None:
    """Build what RECIPE, a YAML file, says: sources with filters and weights, one split, one target or several.

    Paths in it are relative to its own folder, ${NAME} is a variable of the environment; what they were resolved to
    is said first, and kept in the manifest. docs/recipes.md has every key, schemas/recipe.schema.json is for editors.
    Labels and pictures may be at addresses (s3://…) that --allow names.
    """
    from .lean import be_lean

    be_lean()  # before anything imports pyarrow
    from ..pipelines.recipe.plan import read_recipe

    work, as_json = taken_work(given), given["shape"] == "json"
    with (
        made_at(out) as (folder, place),
        logging(given["log_json"], quiet=given["quiet"], out=folder, inputs=[recipe]) as log,
    ):
        planned = read_recipe(recipe, folder, fetch=Fetching(given["allow"]))
        log.apart(path for output in planned.plan.outputs for job in output.jobs for path in job.reads)
        with by_address(planned.plan.outputs[0].job.shown):
            if not log.quiet and not (given["dry_run"] and as_json):
                _say_resolved(planned)
            _check_inputs(planned.plan)
            with _in_its_words(planned):
                if given["dry_run"]:
                    _rehearse(planned, work, log, place, as_json=as_json)
                    return
                made = _run(planned.plan, work, log)
            _tell(sent_all(made, place, log), made.kept, log, as_json=as_json)


@contextmanager
def _in_its_words(planned: "Planned") -> Generator[None]:
    """Say of an option's fault where it stands in the recipe."""
    try:
        yield
    except (ConfigError, InputError, LimitError) as error:
        from ..pipelines.recipe.keys_for_flags import in_recipe

        raise in_recipe(planned, error) from error


def _rehearse(planned: "Planned", work: "Work", log: "Log", place: "Place | None", *, as_json: bool) -> None:
    """Say what would be made, on stdout: it is the result. Raises `LimitError` where the build would."""
    from ..pipelines.rehearse import rehearse
    from .rehearsal import as_text

    with readable(), log.progress() as progress:
        outputs = rehearse(planned.plan, progress, work)
    told = [each.told() for each in outputs]
    out = str(place.address if place else planned.plan.out)
    log.result(out=out, outputs=told)
    if as_json:
        resolved = [each._asdict() for each in planned.resolved]
        click.echo(json.dumps({"out": out, "resolved": resolved, "outputs": told}, indent=2))
    else:
        names = ((str(planned.plan.out), out), *planned.plan.outputs[0].job.shown)
        click.echo(shown(as_text(planned.plan, told), names))
    if limit := next((each.limit for each in outputs if each.limit), None):
        raise limit


def _say_resolved(planned: "Planned") -> None:
    lines = [f"  {each.at}: {each.said} is {each.became}" for each in planned.resolved]
    if lines:
        say("resolved:\n" + "\n".join(shortened(visible(line)) for line in lines) + "\n")


def _check_inputs(plan: "Plan") -> None:
    """What is no such source says so before anything else is read."""
    from ..converters.sources import load_source
    from .recognise import check_input

    for job in plan.outputs[0].jobs:
        check_input(load_source(job.source), job.input, plan.out)


def _run(plan: "Plan", work: "Work", log: "Log") -> "Built":
    from ..pipelines.build import build as run

    with readable(), log.progress() as progress:
        return run(plan, progress, work)


def _tell(built: "Result", kept: "Kept", log: "Log", *, as_json: bool) -> None:
    from .summary import closing_words_of_build, one_line

    said = one_line(*built.outputs) if log.quiet else closing_words_of_build(built, kept)
    if said and not log.silent:
        say("\n".join(map(_remedy_in_keys, said.split("\n"))))
    log.built(built.out, built.manifest, built.outputs, kept)
    if as_json:
        click.echo(json.dumps(built.manifest, indent=2))


def _remedy_in_keys(line: str) -> str:
    """A line of the closing words, in the words of recipes where it is a rule's remedy; what comes of data stays."""
    from ..pipelines.recipe.keys_for_flags import in_keys

    return in_keys(line) if line.strip() in {rule.remedy for rule in RULES.values()} else line

"""`mmdata annotate agreement`: how far annotators agree with each other, and models with them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .annotate import connected, connection
from .formats import FORMAT
from .terminal import say, shortened, visible

if TYPE_CHECKING:
    from ..annotate.agreement import Agreement

_ROWS = 20


@click.command(short_help="Say how far annotators, and models, agree.")
@click.argument("path", type=click.Path(path_type=Path), metavar="STORE|EXPORT")
@click.option("--people-only", is_flag=True, help="Do not compare models with people.")
@click.option(
    "--least-score", type=click.FloatRange(0, 1), default=0.0, help="Leave out what a model drew with less than this."
)
@click.option("--worst", type=click.IntRange(min=0), default=10, show_default=True, help="How many tasks to show.")
@click.option(
    "--push-review",
    metavar="PROJECT",
    help="Make a tab of the worst tasks in the project, by its number, key or project.yaml.",
)
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="With --push-review: tasks that agree less than this, the 100 worst.",
)
@connection
@FORMAT
def agreement(
    path: Path, people_only: bool, least_score: float, worst: int, shape: str, push_review: str | None, **given: Any
) -> None:
    """Compare what people drew, chose and wrote for the same tasks, and what models predicted for them.

    Boxes, turned boxes, polygons and masks are matched by their overlap, one to one and under one label; choices are
    corrected for chance (Cohen's kappa between two, Fleiss' among all), texts compared by edit distance. The tasks on
    which two differ most come last, the worst first; with --format json all of them. EXPORT is raw JSON: a snapshot or
    the answer of /api/tasks also holds what models predicted.
    """
    from ..annotate.agreement import agreement_of
    from ..annotate.opinions import opinions

    compared = agreement_of(opinions(path, least_score), models_too=not people_only)
    found = compared.as_json()
    if push_review is not None:
        _push(push_review, compared, given)
    if shape == "json":
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found, worst)))
    for note in _notes(found):
        say(note)


def _push(project: str, compared: "Agreement", given: dict[str, Any]) -> None:
    from ..annotate.agreement_review import save_review, worst_of
    from ..annotate.pull_project import project_number

    with connected(given["url"], given["token_file"], given["timeout"]) as server:
        tasks = worst_of(compared.worst, given["below"])
        title = save_review(server, project_number(server, project), tasks)
    made = f"they are in the tab {title}" if tasks else "the tab is empty now" if title else "no tab was made"
    say(f"{_counted(len(tasks), 'task')} to look at again; {made}.")


def _lines(found: dict[str, Any], worst: int) -> Iterator[str]:
    people = found["people"]
    several = sum(pair["tasks"] for pair in found["pairs"])
    read, who = _counted(found["tasks"], "task"), _counted(len(people), "annotator")
    yield f"{read}, {who}; {_counted(found['shared'], 'task')} of two or more, who can be compared."
    if several:
        yield ""
        yield f"People with each other: {_counted(several, 'comparison')}."
        yield from _figures(found["together"], "kappa (Fleiss)")
        if len(found["pairs"]) > 1:
            yield from _pairs(found["pairs"])
    for each in found["models"]:
        begun = each["begun_from_predictions"]
        yield ""
        yield visible(f"Model {each['model']} with people: {_counted(each['tasks'], 'comparison')}") + (
            f", {begun:,} of them with work that began from a prediction." if begun else "."
        )
        yield from _figures(each, "kappa (Cohen)")
    if worst and (apart := [each for each in found["worst"] if each["score"] < 1]):
        yield ""
        yield "The worst tasks:"
        for each in apart[:worst]:
            yield shortened(visible(f"  {each['score']:.2f}  {each['name']}  {' and '.join(each['between'])}"))


def _figures(told: dict[str, Any], kappa: str) -> Iterator[str]:
    things = told["things"]
    if told["labels"]:
        width = max(9, *(min(30, len(label)) for label in told["labels"]))
        yield f"  {'':{width}}  drawn  F1 at .5   .75    .9  mean IoU"
        for label, each in (
            [("all", things), *told["labels"].items()] if len(told["labels"]) > 1 else told["labels"].items()
        ):
            drawn = each["drawn"] if "drawn" in each else each["one"] + each["other"]
            numbers = "  ".join(f"{_number(value):>4}" for value in each["f1"].values())
            name = shortened(visible(label or "(no label)"), 30)
            yield f"  {name:{width}}  {drawn:5,}      {numbers}      {_number(each['mean_iou']):>4}"
    confused = [each for each in told["taken_for"] if each["one"] != each["other"]]
    for each in confused[:_ROWS]:
        one, other = (visible(each[side]) if each[side] is not None else "nothing" for side in ("one", "other"))
        yield f"  {one} against {other}: {each['count']:,}"
    for control, each in told["answers"].items():
        said = "undefined, there is one answer only" if each["kappa"] is None else f"{each['kappa']:.2f}"
        yield f"  {visible(control)}: {each['equal']:.0%} of {each['items']:,} answers equal, {kappa}: {said}"
    for control, each in told["texts"].items():
        yield f"  {visible(control)}: {each['items']:,} texts {each['likeness']:.0%} alike"


def _pairs(pairs: list[dict[str, Any]]) -> Iterator[str]:
    for pair in pairs[:_ROWS]:
        things = pair["things"]
        said = [f"F1 {_number(things['f1']['0.5'])}", f"mean IoU {_number(things['mean_iou'])}"]
        said += [f"{control} kappa {_number(each['kappa'])}" for control, each in pair["answers"].items()]
        yield shortened(
            visible(f"  {pair['one']} and {pair['other']}: {_counted(pair['tasks'], 'task')}, {', '.join(said)}")
        )
    if len(pairs) > _ROWS:
        yield f"  and {len(pairs) - _ROWS:,} pairs more (--format json)"


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _notes(found: dict[str, Any]) -> Iterator[str]:
    """What was not compared, and why."""
    if not found["shared"]:
        yield "Nobody worked on a task that somebody else worked on, and no prediction is there to compare."
    if found["predictions_without_body"]:
        count = found["predictions_without_body"]
        yield f"{count:,} predictions are named by their ids alone and not compared: give a snapshot or /api/tasks."
    if found["uncompared"]:
        kinds = ", ".join(f"{visible(kind)} {count:,}" for kind, count in found["uncompared"].items())
        yield f"Not compared, since there is no measure for them here: {kinds}."

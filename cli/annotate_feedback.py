"""`mmdata annotate feedback`: what people made of a model's predictions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from .formats import FORMAT
from .terminal import say, shortened, visible


@click.command(short_help="Say what people made of a model's predictions.")
@click.argument("path", type=click.Path(path_type=Path), metavar="STORE|EXPORT")
@FORMAT
def feedback(path: Path, shape: str) -> None:
    """Count what was accepted, edited, deleted and added in work that began from a prediction.

    By model version and class: a class that is often deleted is seen where it is not, one often added is overlooked.
    EXPORT is raw JSON, from any of the server's endpoints.
    """
    from ..annotate.feedback import feedback_of

    found = feedback_of(path).as_json()
    click.echo(json.dumps(found, indent=1, ensure_ascii=False) if shape == "json" else "\n".join(_lines(found)))
    for note in _notes(found):
        say(note)


def _lines(found: dict[str, Any]) -> Iterator[str]:
    begun = sum(model["tasks"] for model in found["models"])
    yield f"{begun:,} {_noun(begun)} began from a prediction, {found['annotations_apart']:,} did not."
    for model in found["models"]:
        yield ""
        yield visible(
            f"{model['model']}: {model['tasks']:,} {_noun(model['tasks'])}, {model['untouched']:,} left as predicted"
        )
        width = max(9, *(min(40, len(label)) for label in model["classes"])) if model["classes"] else 9
        yield f"  {'':{width}}  predicted  accepted    edited   deleted     added  IoU of edited"
        rows = [("all", model["all"])] if len(model["classes"]) > 1 else []
        for label, each in [*rows, *model["classes"].items()]:
            shares = "  ".join(_share(each, fate) for fate in ("accepted", "edited", "deleted"))
            edited = "–" if each["edited_mean_iou"] is None else f"{each['edited_mean_iou']:.2f}"
            name = shortened(visible(label), 40)
            yield f"  {name:{width}}  {each['predicted']:9,}  {shares}  {each['added']:8,}  {edited:>13}"
        for label, each in model["classes"].items():
            for other, count in each["relabelled"].items():
                yield f"  {visible(label)} became {visible(other)}: {count:,}"


def _noun(count: int) -> str:
    return "annotation" if count == 1 else "annotations"


def _share(each: dict[str, Any], fate: str) -> str:
    share = each["shares"][fate]
    return f"{'–':>8}" if share is None else f"{share:>8.0%}"


def _notes(found: dict[str, Any]) -> Iterator[str]:
    """What these figures cannot say."""
    if not found["models"]:
        yield "No annotation here began from a prediction (parent_prediction), so there is nothing to say of models."
    bare = sum(model["without_body"] for model in found["models"])
    if bare:
        yield f"The prediction of {bare:,} {_noun(bare)} is not here: its model, and what was deleted, are unknown."

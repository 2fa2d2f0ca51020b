"""`mmdata annotate init`: a project file made from a data set's labels, or for a task alone."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError, OutputError
from ..schemas.suggest import unknown
from .terminal import say, visible

if TYPE_CHECKING:
    from ..annotate.init import Held
    from ..annotate.labelling_make import Labels, Task

_TASKS = ("detect", "ocr", "vqa", "caption", "keypoints", "polygons", "chat")
_PLACE = click.Path(path_type=Path)


def _names(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """`cat,dog`: each once, without the blanks around it."""
    parts = [part.strip() for part in (value or "").split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


@click.command(short_help="Make a project file from a data set's labels.")
@click.argument("source", required=False)
@click.argument("input", type=_PLACE, required=False)
@click.option("-o", "--out", type=_PLACE, required=True, metavar="FILE", help="The project file to write.")
@click.option("--task", type=click.Choice(_TASKS), help="What people are to do.  [default: what the labels are for]")
@click.option("--labels", callback=_names, metavar="NAME,...", help="Labels; those of INPUT come after them.")
@click.option("--points", callback=_names, metavar="NAME,...", help="Key points of an object, in their order.")
@click.option("--images", type=_PLACE, metavar="DIR", help="The folder of the pictures, where INPUT needs it.")
@click.option("--key", help="By which the project is found.  [default: the name of FILE or INPUT]")
@click.option("--title", help="What people see, 3 to 50 characters.  [default: the key]")
@click.option(
    "--update", is_flag=True, help="Put labels that FILE does not have after those it has; nothing else there changes."
)
def init(source: str | None, input: Path | None, out: Path, **given: Any) -> None:
    """Make a project file from the labels in INPUT, written by SOURCE, or for a --task alone.

    The labels keep the order of the data set, and their colours follow from their names, so that the file made from a
    grown set is the same but for what is new. Nothing is sent anywhere: mmdata annotate plan says what would be.
    """
    from ..annotate.init import project_text
    from ..annotate.init_update import with_labels
    from ..annotate.labelling_make import Labels
    from ..pipelines.report.atomic import write_whole

    if out.exists() and not given["update"]:
        raise OutputError(str(out), "is there already", "Give --update to add new labels to it, or another name.")
    held = _held(source, input, given["images"])
    labels = Labels(
        names=tuple(dict.fromkeys([*given["labels"], *(held.labels if held else ())])),
        points=tuple(dict.fromkeys([*given["points"], *(held.points if held else ())])),
    )
    task: Task | None = given["task"] or (held.task if held else None)
    if task is None:
        raise ConfigError("mmdata annotate init", "neither SOURCE and INPUT nor --task", f"--task {_TASKS[0]}")
    if out.exists():
        text, new = with_labels(out, labels)
        told = f"{out}: {new:,} new label{'s' * (new != 1)}"
    else:
        key, title = _named(given["key"] or _key(out, input), given["title"])
        text, told = project_text(key, title, task, labels), _told(out, task, labels)
    write_whole(out, lambda file: file.write(text.encode()))
    click.echo(visible(told))
    say(f"mmdata annotate plan {visible(out)} says what apply would make of it.")


def _held(source: str | None, input: Path | None, images: Path | None) -> "Held | None":
    if source is None:
        return None
    if input is None:
        raise ConfigError("mmdata annotate init", f"INPUT is missing after {source!r}", "Name the labels' file.")
    from ..annotate.init import look
    from ..converters.sources import source_names

    if source not in source_names():
        raise unknown("mmdata annotate init", "source", source, source_names())
    return look(source, input, images)


def _key(out: Path, input: Path | None) -> str:
    """A key of the letters that keys may have, from the file's name or, where that says nothing, the input's."""
    stem = out.stem if out.stem not in ("project", "") or input is None else input.resolve().stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")[:100] or "project"


def _named(key: str, title: str | None) -> tuple[str, str]:
    """Key and title as they may be; a title that was not given is made of the key."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", key) is None:
        raise ConfigError("--key", f"{key!r} is no key", "Take letters, digits, '.', '_' and '-', at most 100.")
    if title is not None and not 3 <= len(title.strip()) <= 50:
        raise ConfigError("--title", f"{title!r} has {len(title.strip())} characters", "Label Studio takes 3 to 50.")
    return key, title.strip() if title is not None else key[:50].ljust(3, "_")


def _told(out: Path, task: "Task", labels: "Labels") -> str:
    count = f"{len(labels.names):,} label{'s' * (len(labels.names) != 1)}"
    points = f" and {len(labels.points):,} key points" if task == "keypoints" else ""
    return f"{out}: a project for {task} with {count}{points}"

"""The options of `mmdata convert`: those of every source, and those that a source's or target's own
dataclass declares.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from ..converters.options import flag, option_fields
from ..schemas.errors import ConfigError
from ..schemas.suggest import unknown
from .engines import engine_options
from .log import LOG_JSON
from .remote import ALLOW, OrAddress

if TYPE_CHECKING:
    from ..pipelines.job import Limit

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PLACE = click.Path(path_type=Path)


def _target(value: str) -> str:
    """A target's name."""
    from ..converters.targets import TARGETS, target_names

    if value not in TARGETS and value not in target_names():
        raise unknown("--to", "target", value, target_names())
    return value


def _tasks(value: str) -> tuple[str, ...]:
    """Task names with commas between them."""
    from ..converters.templates.wordings import ALL_TASKS

    names = tuple(dict.fromkeys(name.strip() for name in value.split(",")))
    for name in names:
        if name not in ALL_TASKS:
            raise unknown("--task", "task", name, ALL_TASKS)
    return names


def _split(value: str) -> tuple[tuple[str, float], ...]:
    """`train=0.9,val=0.1`."""
    from ..pipelines.splits.split import parse_split

    return parse_split(value)


def _limit(value: str) -> "Limit":
    """A number of things, or a percentage of those read."""
    from ..pipelines.amounts import parse_limit

    return parse_limit(value)


def _pattern(value: str) -> str:
    """A regular expression; its first group counts, or all that it matches."""
    try:
        re.compile(value)
    except re.error as fault:
        raise ConfigError("--group-by", f"{value!r} is no regular expression: {fault}", "Correct it.") from None
    return value


def _bytes(value: str) -> int:
    """`512MB`, `1GiB`, `100000`."""
    from ..pipelines.amounts import parse_size

    return parse_size(value)


def common_options() -> list[click.Parameter]:
    """The options that every source has, in the order of the help text; defaults and choices are those of `Job`."""
    job = _JobFacts()
    return [*_places(job), *_asking(job), *_rendering(job)]


def _places(job: "_JobFacts") -> list[click.Parameter]:
    """Where it goes, and where the pictures are."""
    return [
        click.Option(
            ["-o", "--out"],
            type=OrAddress(path_type=Path),
            required=True,
            metavar="DIR",
            help="The folder to make or replace, or s3://BUCKET/KEY.",
        ),
        job.option(
            "images",
            OrAddress(path_type=Path, exists=True, file_okay=False),
            "The folder of the pictures, or s3://BUCKET/KEY.  [default: that of the labels]",
            metavar="DIR",
        ),
        ALLOW,
    ]


def _asking(job: "_JobFacts") -> list[click.Parameter]:
    """What is read, what is asked about it, and where it goes."""
    return [
        job.option("to", _target, "The trainer to write for; see mmdata targets.", metavar="TARGET", of="target"),
        job.option(
            "task",
            _tasks,
            "What to ask: detect, ground, refer, count, caption, grounded, vqa, phrase, describe, compare, read, "
            "read-region, locate, keypoints, chat; in films and sounds transcribe, hear, when.",
            metavar="TASK,...",
            of="tasks",
        ),
        job.choice("lang", "The language of questions and answers."),
        job.option("templates", _FILE, "Your own wordings, a YAML file.", metavar="FILE"),
        job.option("split", _split, "Names and shares of the splits.", metavar="NAME=SHARE,..."),
        job.option(
            "group-by",
            _pattern,
            "Pictures that share what this regular expression finds in their names stay in one split.",
            metavar="REGEX",
        ),
        job.option(
            "ledger",
            str,
            "What was put where before: auto = as OUT has it, new = nothing, or another set's splits.arrow.",
            metavar="auto|new|FILE",
        ),
        job.option(
            "max-shard-size",
            _bytes,
            "Bytes of a file of samples at most.  [default: one file a split; 512MB where pictures are inside]",
            metavar="SIZE",
        ),
        job.option("max-shard-samples", click.IntRange(min=1), "Samples of a file at most."),
        job.option("even", click.IntRange(min=1), "A multiple of N files, of as many samples each.", metavar="N"),
        job.choice("compress", "Files of samples as a whole, for targets whose readers take that."),
        job.choice("dedup", "Look for pictures that are the same byte for byte; near: also to the eye."),
        job.choice(
            "dedup-policy",
            "Which of them is kept; merge: one that says what all say, where none contradicts; reject: none where "
            "labels contradict each other; none: all, in one split.",
        ),
        job.choice("dedup-text", "Look for records that say the same, whatever they show; near: nearly too."),
        job.option(
            "against",
            click.Path(path_type=Path, exists=True),
            "Leave out pictures of this: a file of hashes (mmdata dedup --write-hashes, sha256sum), a data set that "
            "mmdata built, a folder of pictures.",
            metavar="PATH",
        ),
        job.choice("order", "The order of objects in an answer."),
        job.option("max-objects", click.IntRange(min=0), "Objects in an answer at most; 0 = all."),
        job.option(
            "negatives", click.IntRange(min=0), "Questions a picture about labels (locate: texts) that are not there."
        ),
        job.choice("answers", "Which of several answers to a question; all = a sample an answer."),
    ]


def _rendering(job: "_JobFacts") -> list[click.Parameter]:
    """Which annotations and pictures are taken, and how they are written."""
    return [
        job.choice("crowd", "Boxes over many things at once."),
        job.choice("difficult", "Objects marked as difficult."),
        job.choice("rotated", "Turned boxes: upright box around them, or four corners."),
        job.choice("reserved-text", "Text that holds the model's own tags: leave out, or blunt them."),
        job.choice("exif-boxes", "Which picture the boxes of EXIF-rotated ones belong to."),
        job.choice("wrong-extension", "Pictures whose bytes are another format than their name says."),
        click.Option(
            ["--upright/--no-upright"], default=True, help="Rewrite EXIF-rotated pictures upright under OUT/images."
        ),
        job.choice("rounding", "How pixels go to the model's grid."),
        job.option("image-root", _PLACE, "Write picture paths relative to this folder.", metavar="DIR"),
        job.choice("pictures", "Name them where they are; or link or copy all into OUT, named relative to it."),
        job.option("max-side", click.IntRange(min=1), "Write pictures with a longer side smaller, boxes with them."),
        job.option("min-pixels", click.IntRange(min=1), "The trainer's least pixels of a resized picture."),
        job.option("max-pixels", click.IntRange(min=1), "The trainer's most pixels of a resized picture."),
        click.Option(
            ["--check-images/--no-check-images"], default=True, help="Read the head of every picture; without: none."
        ),
        job.option("max-length", click.IntRange(min=1), "Tokens a sample at most."),
        click.Option(
            ["--count-tokens"], is_flag=True, help="Count tokens without --max-length too, for the job files."
        ),
        click.Option(["--lengths"], is_flag=True, help="Tokens and pixels of each sample, for batches of like length."),
        click.Option(["--packing"], is_flag=True, help="Plan which samples fill a sequence of --max-length together."),
        job.choice("over-length", "A sample over --max-length: split by objects, or leave out."),
        click.Option(["--shuffle"], is_flag=True, help="The samples of a split in an order that the seed decides."),
        job.option("seed", int, "Chooses wordings and splits."),
        job.option("max-rejected", _limit, "Faults at most; over it nothing is written.", metavar="N|N%"),
        *engine_options(),
        click.Option(
            ["--format", "shape"], type=click.Choice(["text", "json"]), default="text", help="json: manifest on stdout."
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="No progress; of the closing words only what was left out."),
        LOG_JSON,
    ]


class _JobFacts:
    """Defaults and closed sets of values, read off `Job`, so that they are written down once."""

    def __init__(self) -> None:
        from ..pipelines.job import Job

        self._hints = get_type_hints(Job)
        self._defaults = {each.name: _default(each) for each in fields(Job)}

    def option(self, name: str, type_: Any, help: str, *, of: str = "", metavar: str | None = None) -> click.Option:
        """`--name` for the field `of`, else the field of the same name."""
        default = _typed(self._defaults[of or name.replace("-", "_")])
        return click.Option(
            [f"--{name}"], type=type_, default=default, show_default=default is not None, help=help, metavar=metavar
        )

    def choice(self, name: str, help: str) -> click.Option:
        """`--name` for a field whose type is a Literal."""
        values = get_args(self._hints[name.replace("-", "_")])
        return self.option(name, click.Choice(values), help)


def job_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the common options by the names that `Job` has for them."""
    renamed = {"to": "target", "task": "tasks"}
    ours = {name: value for name, value in given.items() if name not in ("shape", "quiet", "log_json", "place")}
    return {renamed.get(name, name): value for name, value in ours.items()} | {"tasks": ours["task"] or ()}


def declared_options(options: type) -> list[click.Parameter]:
    """The options that a source or target declares in its `Options` dataclass."""
    hints = get_type_hints(options)
    return [_of_field(each, hints[each.name]) for each in option_fields(options)]


def _of_field(each: Field[Any], hint: Any) -> click.Option:
    flags = flag(each.name)
    facts = each.metadata
    if hint is bool:
        names = [each.name, flags if not each.default else f"{flags}/--no-{flags[2:]}"]
        return click.Option(names, is_flag=True, default=each.default, help=facts["help"])
    several = get_origin(hint) is tuple
    inner = _inner(hint)
    choices = facts["choices"] or (get_args(hint) if get_origin(hint) is Literal else ())
    kind = click.Choice(choices) if choices else _KINDS.get(inner, str)
    return click.Option(
        [each.name, flags],
        type=kind,
        multiple=several,
        default=each.default,
        show_default=each.default not in (None, "", ()),
        metavar=facts["metavar"],
        help=facts["help"] + (" May be given several times." if several else ""),
    )


_KINDS: dict[Any, Any] = {Path: _PLACE, int: int, float: float}


def _inner(hint: Any) -> Any:
    """The type of one value: `Path` of `Path | None` and of `tuple[Path, ...]`, `str` of a Literal of strings."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return next(each for each in inside if each is not type(None))
    if origin is tuple:
        return inside[0]
    return type(inside[0]) if origin is Literal else hint


def _default(each: Field[Any]) -> Any:
    return each.default_factory() if each.default_factory is not MISSING else each.default


def _typed(default: Any) -> Any:
    """The default as a user would type it, since click parses and shows it so; None where there is none."""
    if isinstance(default, tuple):
        return ",".join(f"{name}={share:g}" for name, share in default) or None
    return default if default is None or isinstance(default, (int, str)) else str(default)

"""`mmdata convert SOURCE INPUT`: one sub-command a source, made from the registry and the source's own options."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError, InputError
from ..schemas.shown import shown
from ..schemas.suggest import unknown
from .log import STDERR, logging
from .reading import readable
from .remote import OrAddress, reached, sent
from .terminal import say, shortened, visible

if TYPE_CHECKING:
    from ..converters.sources.protocol import Source
    from ..pipelines.convert import Summary
    from ..pipelines.job import Job
    from ..pipelines.work import Work
    from .log import Log

_ADDRESSES = 4
"""Lines on how addresses are read, at most; with their heading five."""

AUTO = "auto"
"""The name that stands for whichever source knows INPUT."""
_AUTO_SUMMARY = "whichever of them knows INPUT by its content"

_EXAMPLES = """\
Examples:
  mmdata convert coco instances.json --images photos -o out
  mmdata convert voc VOCdevkit --task detect,count --split train=0.9,val=0.1 -o out
  mmdata convert label-studio export.json --images photos --lang zh -o out"""


class Sources(click.Group):
    """The sources as sub-commands; a source's module is imported when its name is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every source's name, and the one that stands for them all."""
        from ..converters.sources import source_names

        return [*source_names(), AUTO]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command of that source; one that only says why where its module cannot be imported."""
        from .lean import be_lean

        be_lean()  # before anything imports pyarrow
        from ..converters.sources import load_source

        if cmd_name == AUTO:
            return _auto()
        try:
            return _command(load_source(cmd_name))
        except KeyError:
            return None
        except ImportError as error:
            return _broken(cmd_name, error)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The sub-command that the arguments name; a wrong or forgotten name is answered with the right one."""
        name = args[0]
        from ..converters.sources import SOURCES

        known = name in SOURCES or name.startswith("-") or ctx.resilient_parsing
        if not known and name not in self.list_commands(ctx):
            raise _no_source(name, self.list_commands(ctx))
        return super().resolve_command(ctx, args)


@click.group(cls=Sources, invoke_without_command=True, short_help="Turn labels into training data.")
@click.pass_context
def convert(ctx: click.Context) -> None:
    """Turn the labels in INPUT, written by SOURCE, into training data for a vision-language model.

    Without arguments: what can be read and written, and three examples.
    """
    if ctx.invoked_subcommand is None:
        click.echo(_lesson())


def _no_source(name: str, names: list[str]) -> Exception:
    path = Path(name)
    if path.exists():
        from .recognise import likeness

        found = likeness(path)
        source = found.name if found else "SOURCE"
        why = f"this looks like {found.name}: {found.why}" if found else f"SOURCE is one of: {', '.join(names)}"
        return ConfigError(
            f"mmdata convert {name}", f"SOURCE is missing; {why}", f"mmdata convert {source} {name} -o OUT"
        )
    return unknown("mmdata convert", "source", name, names)


def _lesson() -> str:
    from ..converters.sources import load_source, source_names
    from ..converters.targets import load_target, target_names
    from .formats import summary

    lines = ["Usage: mmdata convert SOURCE INPUT [--images DIR] [--to TARGET] -o OUT", "", "Sources:"]
    lines += [f"  {name:<14} {summary(load_source, name)}" for name in source_names()]
    lines += [f"  {AUTO:<14} {_AUTO_SUMMARY}", "", "Targets:"]
    lines += [f"  {name:<14} {summary(load_target, name)}" for name in target_names()]
    lines += ["", _EXAMPLES, "", "All options of a source: mmdata convert coco --help"]
    return "\n".join(lines)


def _broken(name: str, error: ImportError) -> click.Command:
    def refuse() -> None:
        raise ConfigError(f"source {name}", f"cannot be loaded: {error}", "Install what it needs.")

    return click.Command(name, callback=refuse, short_help=f"(cannot be loaded: {error})")


def _command(source: "Source") -> click.Command:
    from .conversion import Conversion
    from .engines import taken_work
    from .options import common_options, declared_options

    own = declared_options(source.Options)
    names = {each.name for each in own}

    def call(**given: Any) -> None:
        mine = {name: given.pop(name) for name in list(given) if name in names}
        work = taken_work(given)
        with reached(given):
            _convert(source, _job(source, mine, given), work, given)

    argument = click.Argument(["input"], type=OrAddress(path_type=Path))
    help = f"{source.SUMMARY}.\n\nFrame: {source.FRAME}."
    return Conversion(
        source.NAME, callback=call, params=[argument, *own, *common_options()], help=help, short_help=source.SUMMARY
    )


def _auto() -> click.Command:
    from .conversion import Conversion
    from .options import common_options

    argument = click.Argument(["input"], type=OrAddress(path_type=Path))
    help = (
        "The source that knows INPUT, a file or a folder, by its content; what it is and why is said on stderr. "
        "Where several know it, none is guessed: their commands are listed. A source's own options need its name."
    )
    return Conversion(
        AUTO, callback=_convert_recognised, params=[argument, *common_options()], help=help, short_help=_AUTO_SUMMARY
    )


def _convert_recognised(**given: Any) -> None:
    from .engines import taken_work

    work = taken_work(given)
    with reached(given):
        _convert_found(work, given)


def _convert_found(work: "Work", given: dict[str, Any]) -> None:
    from ..converters.sources import load_source
    from .recognise import recognised

    path = given["input"]
    found = recognised(path, given["out"])
    source = load_source(found.source)
    if not given["quiet"] and given["log_json"] != STDERR:
        say(visible(shown(f"{found.path} is {found.source}: {found.why}", given["shown"])))
    if path != found.path and given["images"] is None:
        given["images"] = path  # the user named the folder of it all, not that of the labels
    job = _job(source, {}, given | {"input": found.path})
    _convert(source, job, work, given)


def _job(source: "Source", own: dict[str, Any], common: dict[str, Any]) -> "Job":
    from ..pipelines.job import Job
    from .conversion import taken_options
    from .options import job_fields

    target_options = taken_options(common["to"], common)
    return Job(
        source=source.NAME,
        source_options=source.Options(**own),
        target_options=target_options,
        **job_fields(common),
    )


def _convert(source: "Source", job: "Job", work: "Work", told: Mapping[str, Any]) -> None:
    """Run a conversion; `told` are the options about what is said of it."""
    from .recognise import check_input
    from .summary import closing_words, one_line

    with logging(told["log_json"], quiet=told["quiet"], out=job.out, inputs=job.reads) as log:
        check_input(source, job.input, job.out)
        made = _run(source, job, work, log)
        result = sent(made, told["place"], log)
        said = one_line(result) if log.quiet else closing_words(result, made.kept)
        if said and not log.silent:
            say(said)
        log.built(result.out, result.manifest, [result], made.kept)
    if told["shape"] == "json":
        click.echo(json.dumps(result.manifest, indent=2))


def _say_addresses(source: "Source", job: "Job") -> None:
    """By which rules the source turns addresses into names, where it has such: who sees none found can see why."""
    describe = getattr(source, "describe_addresses", None)
    lines = describe(job.input, job.source_options, _ADDRESSES) if describe else []
    if lines:
        say("addresses of pictures:\n" + "\n".join(f"  {shortened(visible(line))}" for line in lines))


def _run(source: "Source", job: "Job", work: "Work", log: "Log") -> "Summary":
    from ..pipelines.convert import convert as run
    from .recognise import with_likeness

    with readable():
        try:
            if not log.quiet:
                _say_addresses(source, job)
            with log.progress() as progress:
                return run(job, progress, work)
        except InputError as error:
            raise with_likeness(error, source, job.input, job.out) from error

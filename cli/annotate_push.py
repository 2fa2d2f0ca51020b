"""`mmdata annotate push SOURCE INPUT`: labels onto a Label Studio project, one sub-command a source."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from ..schemas.errors import ConfigError, OutputError
from ..schemas.suggest import unknown
from .annotate import connected, connection
from .formats import FORMAT, summary
from .summary import place
from .terminal import say, shortened, visible

if TYPE_CHECKING:
    from ..annotate.push import Push, Pushed
    from ..converters.sources.protocol import Source

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NOTED = 5
"""Remarks that are shown."""


class Sources(click.Group):
    """The sources as sub-commands; a source's module is imported when its name is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every source's name, then the targets'."""
        from ..converters.sources import source_names
        from ..converters.targets import target_names

        return list(dict.fromkeys([*source_names(), *target_names()]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The sub-command of that source, or of that target's rows."""
        from ..annotate.push_decoded import source_of

        try:
            return _command(source_of(cmd_name))
        except KeyError:
            return None
        except ImportError as error:
            raise ConfigError(f"source {cmd_name}", f"cannot be loaded: {error}", "Install what it needs.") from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The sub-command that the arguments name; a wrong name is answered with the right one."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise unknown("mmdata annotate push", "source", args[0], names)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The sources with what each reads, and the targets whose rows can be read back."""
        from ..converters.sources import load_source, source_names
        from ..converters.targets import target_names

        with formatter.section("Sources"):
            formatter.write_dl([(name, summary(load_source, name)) for name in source_names()])
        others = [name for name in target_names() if name not in source_names()]
        with formatter.section("What a model says, decoded"):
            formatter.write_text(", ".join(others))


@click.group(cls=Sources, invoke_without_command=True, short_help="Send labels or predictions to a project.")
@click.pass_context
def push(ctx: click.Context) -> None:
    """Send what SOURCE says of INPUT to a project: a task for each sample, with annotations or predictions on it.

    Everything is held against the project's label config before anything leaves. A task is known by its mm_id, so the
    same push again changes nothing, and one that was interrupted goes on.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _command(source: "Source") -> click.Command:
    from .options import declared_options

    own = declared_options(source.Options)
    names = {each.name for each in own}

    @FORMAT
    @connection
    def call(**given: Any) -> None:
        mine = {name: given.pop(name) for name in list(given) if name in names}
        _push(_meant(source, mine, given), given)

    parameters = [click.Argument(["input"], type=click.Path(path_type=Path)), *_parameters(source), *own]
    help = f"{source.SUMMARY}: as tasks of a project.\n\nFrame: {source.FRAME}."
    command = click.Command(source.NAME, callback=call, help=help, short_help=source.SUMMARY)
    command.params = [*parameters, *reversed(getattr(call, "__click_params__", []))]
    return command


def _parameters(source: "Source") -> list[click.Parameter]:
    from ..annotate.push_decoded import Decoding
    from ..annotate.push_send import BATCH
    from ..annotate.push_serve import Serve
    from ..annotate.push_task import Kind
    from ..pipelines.amounts import parse_limit

    return [
        click.Option(["--project"], required=True, metavar="PROJECT", help="Its key, number or project.yaml."),
        click.Option(
            ["--as", "kind"],
            type=click.Choice(get_args(Kind)),
            default="predictions" if isinstance(source, Decoding) else "annotations",
            show_default=True,
            help="People's work, or what people are to begin with.",
        ),
        click.Option(["--model-version"], default="", metavar="NAME", help="Of predictions.  [default: the source]"),
        click.Option(
            ["--images"], type=_FOLDER, metavar="DIR", help="Where the pictures are.  [default: beside INPUT]"
        ),
        click.Option(["--check-images/--no-check-images"], default=True, help="Open pictures.  [default: do]"),
        click.Option(
            ["--serve"],
            type=click.Choice(get_args(Serve)),
            default="local",
            show_default=True,
            help="Pictures from the server's disk, sent to it, or from another address.",
        ),
        click.Option(
            ["--document-root"],
            type=_FOLDER,
            envvar="LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT",
            metavar="DIR",
            help="With local: the server's document root, as it is called here.",
        ),
        click.Option(["--url-prefix"], default="", metavar="URL", help="With url: what comes before pictures' names."),
        click.Option(["--update"], is_flag=True, help="Exchange what was pushed before and nobody worked on since."),
        click.Option(["--from-lint", "findings"], type=_FILE, metavar="FINDINGS", help="Only what lint's JSON names."),
        click.Option(
            ["--batch"], type=click.IntRange(1, 5000), default=BATCH, show_default=True, help="Tasks at once."
        ),
        click.Option(
            ["--max-rejected"],
            type=parse_limit,
            default="1%",
            show_default=True,
            metavar="N|N%",
            help="Faults at most.",
        ),
        click.Option(
            ["--rejected"], type=click.Path(path_type=Path), metavar="FILE", help="List what is left out there."
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="No progress."),
    ]


def _meant(source: "Source", own: dict[str, Any], given: dict[str, Any]) -> "Push":
    from ..annotate.push import Push
    from ..pipelines.job import Job, Limit

    findings = given["findings"]
    job = Job(
        source=source.NAME,
        input=given["input"],
        out=Path(),
        source_options=source.Options(**own),
        images=given["images"],
        check_images=given["check_images"],
        max_rejected=Limit(share=1.0) if findings else given["max_rejected"],
    )
    taken = ("project", "kind", "model_version", "serve", "document_root", "url_prefix", "update", "batch", "findings")
    return Push(job, **{name: given[name] for name in taken})


def _push(what: "Push", given: dict[str, Any]) -> None:
    from ..annotate.push import push as send
    from ..annotate.push_decoded import source_of
    from ..pipelines.progress import shown_on
    from ..schemas.accounting import Accounting
    from .recognise import check_input

    check_input(source_of(what.job.source), what.job.input, what.job.out)
    with ExitStack() as stack:
        accounting = Accounting(_sink(stack, given["rejected"]))
        server = stack.enter_context(connected(given["url"], given["token_file"], given["timeout"]))
        progress = stack.enter_context(shown_on(sys.stderr, quiet=given["quiet"]))
        done = send(server, what, accounting, progress)
    say("\n".join(_closing(done, given["rejected"])))
    if given["shape"] == "json":
        click.echo(json.dumps(done.as_json(), indent=2))


def _sink(stack: ExitStack, place: Path | None) -> Callable[[bytes], object]:
    if place is None:
        return lambda _line: None
    from ..pipelines.own_files import begins_with_object, check_own

    if place.is_file():
        kind = "list of what was left out"
        check_own(place, kind, lambda head: begins_with_object(head, "code", "file", "at", "kind"))
    try:
        return stack.enter_context(place.open("wb")).write
    except OSError as fault:
        raise OutputError(str(place), f"cannot be written: {fault.strerror}", "Name another file.") from None


def _closing(done: "Pushed", listed: Path | None) -> Iterator[str]:
    """What became of everything, what was left out and why, and what is to be done about tasks that differ."""
    from ..schemas.rule import RULES

    for kind, counts in done.accounting.balance().items():
        name = "tasks" if kind == "samples" else kind
        left = sum(counts["rejected"].values())
        yield f"{name:<11} {counts['read']:>9,} read {counts['written']:>9,} kept {left:>9,} left out"
    for kind, codes in done.accounting.rejected.items():
        for code, count in codes.most_common():
            example = done.accounting.examples[f"{kind}:{code}"]
            what = kind if count != 1 else kind[:-1]
            yield f"  {count:,} {what}: {code} {RULES[code].name}, such as {place(example)}: {_words(example.message)}"
            yield f"    {example.remedy}"
    for each in done.accounting.findings[:_NOTED]:
        yield f"  {each.code} {each.name}: {place(each)}: {_words(each.message)}"
    if more := sum(done.accounting.remarks.values()) - len(done.accounting.findings[:_NOTED]):
        yield f"  and {more:,} more remarks" if more > 1 else "  and 1 more remark"
    if listed and any(done.accounting.rejected.values()):
        yield f"  each in {visible(listed)}"
    yield from _what_came(done)


def _what_came(done: "Pushed") -> Iterator[str]:
    sent = done.sent
    counted = [
        (sent.created, "new"),
        (sent.predicted, "were there and got predictions"),
        (sent.updated, "updated"),
        (sent.unchanged, "there already"),
    ]
    said = ", ".join(f"{len(tasks):,} {words}" for tasks, words in counted if tasks)
    yield f"{visible(done.title)}: {said or 'nothing to do'}"
    if sent.held:
        yield f"  {len(sent.held):,} differ from what was pushed before and were left alone: --update exchanges them"
    if sent.worked_on:
        yield f"  {len(sent.worked_on):,} were left alone: somebody worked on them, such as task {sent.worked_on[0]}"
    if sent.found:
        yield f"  {sent.found:,} were found to be there after the answer was lost"
    if done.tabs:
        yield f"  tabs: {', '.join(map(visible, done.tabs))}"
    yield done.address


def _words(text: str) -> str:
    return shortened(visible(text))

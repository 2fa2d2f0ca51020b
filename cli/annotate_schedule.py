"""`mmdata annotate schedule`: a store kept up to date at its times."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..schemas.errors import ConfigError
from .annotate import connection
from .terminal import say, visible_lines

if TYPE_CHECKING:
    from ..annotate.schedule_run import Work
    from ..annotate.schedule_times import Times

_FORMS = ("systemd", "cron", "github", "kubernetes")


@click.command(short_help="Pull at set times, and build what is new.")
@click.argument("project")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, metavar="STORE", help="The folder of the store."
)
@click.option("--every", metavar="DURATION", help="How often: 90s, 15m, 2h, 1d.")
@click.option("--cron", metavar="EXPR", help='Or when, as crontab says it: "0 2 * * *" is two every night.')
@click.option("--timezone", metavar="NAME", help="That of --cron's times.  [default: the machine's]")
@click.option(
    "--then",
    type=click.Path(path_type=Path),
    metavar="RECIPE",
    help="What mmdata build makes of the store whenever the set in it changed.",
)
@click.option("--jitter", metavar="DURATION", help="Wait up to so long by chance.  [default: a tenth, 60s at most]")
@click.option("--back-off", default="30s", metavar="DURATION", show_default=True, help="First wait after a failure.")
@click.option(
    "--webhook-port", type=click.IntRange(0, 65535), metavar="PORT", help="Let webhooks to 127.0.0.1:PORT wake it."
)
@click.option("--once", is_flag=True, help="One run now, for other schedulers.")
@click.option("--emit", type=click.Choice(_FORMS), help="Print what another scheduler needs, and run nothing.")
@connection
def schedule(project: str, out: Path, then: Path | None, once: bool, emit: str | None, **given: Any) -> None:
    """Pull PROJECT into STORE at set times, until it is told to end; with --then, build a data set of what is new.

    What was missed is made up for by one run, what failed is tried again after growing pauses, and after a kill it
    goes on where it was. What it did stands in STORE/schedule/runs.jsonl: mmdata annotate status STORE.

    --emit writes a systemd timer, a crontab line, a GitHub workflow or a Kubernetes CronJob instead. None holds a
    token.
    """
    times = _times(given["every"], given["cron"], needed=not once)
    if emit is not None:
        click.echo(_emitted(emit, project, out, then, times, given), nl=False)
        return
    work = _work(project, out, then, given)
    if once:
        _once(work)
        return
    from ..annotate.schedule import Plan, Schedule
    from ..annotate.schedule_times import duration, zone

    assert times is not None  # noqa: S101  needed above
    plan = Plan(
        work=work,
        times=times,
        timezone=zone(given["timezone"]),
        jitter=_jitter(times, given["jitter"]),
        back_off=duration("--back-off", given["back_off"]),
        port=given["webhook_port"],
    )
    try:
        Schedule(plan, lambda text: say(visible_lines(text))).keep()
    except KeyboardInterrupt:  # SIGTERM and SIGHUP too: to be ended is what a schedule waits for
        say("Stopped.")


def _times(every: str | None, cron: str | None, *, needed: bool) -> "Times | None":
    from ..annotate import schedule_times

    if (every is not None and cron is not None) or (needed and every is None and cron is None):
        fact = "neither is given" if cron is None else "both are given"
        raise ConfigError("--every, --cron", fact, 'Give one: --every 15m, or --cron "0 2 * * *".')
    if every is not None:
        return schedule_times.every(every)
    return None if cron is None else schedule_times.cron(cron)


def _jitter(times: "Times", given: str | None) -> timedelta:
    from ..annotate.schedule_times import Every, duration

    if given is not None:
        return duration("--jitter", given, least=0)
    return timedelta(seconds=min(60.0, times.seconds / 10) if isinstance(times, Every) else 60.0)


def _once(work: "Work") -> None:
    from ..annotate.schedule import once, said_of

    run = once(work)
    say(visible_lines(said_of(run)))
    if run.outcome == "failed":
        sys.exit(run.build or (run.pull if run.pull and run.pull > 0 else 2))
    if run.outcome == "drift":
        sys.exit(3)


def _work(project: str, out: Path, then: Path | None, given: dict[str, Any]) -> "Work":
    """What is run; what would fail every time is said now."""
    from ..annotate.schedule_child import ours
    from ..annotate.schedule_run import Work
    from ..annotate.token import find_token, find_url

    find_url(given["url"])
    token = find_token(given["token_file"])
    if then is not None:
        _check_recipe(then, out)
    build = ours("build", str(then.resolve())) if then is not None else None
    pull = ours("annotate", "pull", *_of_server(given), "--format", "json", "-o", str(out), "--", project)
    return Work(out, pull, build, secret=token)


def _check_recipe(recipe: Path, store: Path) -> None:
    """Raise where it cannot be followed; before the first pull there is no store that it could read."""
    from ..converters.sources.label_studio_store import is_store
    from ..pipelines.recipe.plan import read_recipe

    if is_store(store):
        read_recipe(recipe)
    elif not recipe.is_file():
        raise ConfigError("--then", f"there is no file {recipe}", "Name the recipe of mmdata build.")


def _of_server(given: dict[str, Any]) -> list[str]:
    """The options of `connection` as arguments."""
    named = {"--url": given["url"], "--token-file": given["token_file"], "--timeout": given["timeout"]}
    return [f"{option}={value}" for option, value in named.items() if value is not None]


def _emitted(
    form: str, project: str, out: Path, then: Path | None, times: "Times | None", given: dict[str, Any]
) -> str:
    from typing import cast

    from ..annotate.emit import Form, Order, emit, name_of
    from ..annotate.schedule_child import ours
    from ..annotate.schedule_times import zone
    from ..annotate.token import find_url

    times = times or _times(None, None, needed=True)
    assert times is not None  # noqa: S101  raised above
    here = form in ("systemd", "cron")
    if here and given["token_file"] is None:
        fact = "is not given, and a text with the token in it would be read by others"
        raise ConfigError("--token-file", fact, "Put the token into a file of mode 0600, and name it.")
    token_file = given["token_file"].resolve() if here else given["token_file"]
    arguments = ["annotate", "schedule", "--once", f"--out={out.resolve() if here else out}"]
    arguments += _of_server(given | {"url": find_url(given["url"]), "token_file": token_file})
    if then is not None:
        arguments.append(f"--then={then.resolve() if here else then}")
    is_file = here and Path(project).is_file()
    arguments += ["--", str(Path(project).resolve()) if is_file else project]
    jitter = int(_jitter(times, given["jitter"]).total_seconds())
    program = ours()
    return emit(
        cast("Form", form), Order(name_of(out), program, tuple(arguments), times, zone(given["timezone"]), jitter)
    )

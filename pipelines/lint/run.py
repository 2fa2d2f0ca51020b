"""One run of lint: what PATH is, its views through the rules, and what was found."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from ...schemas.finding import Finding
from ..progress import SILENT, Progress
from .baseline import Baseline
from .build import Build
from .chats import Chats
from .engine import Engine
from .hashes import holds_hashes
from .input import Input, recognised, views
from .labels import Labels
from .raw import Raw
from .rules import chosen, every_rule
from .settings import Settings
from .tally import Tally


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found: the first findings of every rule in the registry's order, and how many there are of each.

    `severities` counts them by severity: a place may weigh more or less than its rule.
    """

    looked_at: list[Input]
    findings: list[Finding]
    counts: Counter[str]
    ignored: Counter[str]
    severities: Counter[str]


def lint(
    path: Path,
    settings: Settings,
    hears: Callable[[Finding], object] | None = None,
    baseline: Baseline | None = None,
    progress: Progress = SILENT,
) -> Report:
    """Look at PATH by the rules that `settings` select. Raises `InputError` for what is nothing that we know."""
    rules = chosen(settings.select, settings.extend_select, settings.ignore)
    tally = Tally(settings, frozenset(rule.code for rule in rules), hears, baseline.forgives if baseline else None)
    engine = Engine(rules, settings, tally)
    given = recognised(path, settings)
    progress.start("records looked at", None)
    for view in chain.from_iterable(views(each, settings, tally, raw=engine.looks_at_raw()) for each in given):
        if isinstance(view, Build):
            engine.build(view)
        elif isinstance(view, Chats):
            engine.chats(view)
            progress.advance(len(view.rows))
        elif isinstance(view, Raw):
            engine.raw(view)
        else:
            engine.labels(view)
            progress.advance(view.batch.num_rows)
    if settings.against and engine.compares() and not holds_hashes(settings.against):
        for view in _compared(settings, settings.against):
            engine.compare(view)
    engine.finish(lambda: (baseline.path, baseline.left.total()) if baseline else None)
    progress.done()
    findings = [each for code in every_rule() for each in tally.kept.get(code, ())]
    return Report(given, findings, tally.counts, tally.ignored, tally.severities)


def _compared(settings: Settings, path: Path) -> Iterator[Labels | Chats | Build | Raw]:
    """The views of what `--against` names; what is wrong with it itself is for a run of its own."""
    own = replace(settings, source="", source_options=None, images=None, against=None, copy_of=None)
    silent = Tally(own, frozenset())
    return chain.from_iterable(views(each, own, silent, raw=False) for each in recognised(path, own))

"""The engine: every view goes through every rule that looks at its kind; states are asked at the end."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...schemas.rule import Rule
from .build import Build
from .chats import Chats
from .hits import Located
from .labels import Labels
from .raw import Raw
from .rules import load_rule
from .settings import Settings
from .state_seen import AGAINST
from .tally import Tally
from .unused import CODE, Unused

Check = Callable[[Any], Iterable[Any]]

_BATCHES = ("check_labels", "check_media", "check_chats")


class Engine:
    """Rules in the order of the registry; `tally` gets what they find."""

    def __init__(self, rules: Sequence[Rule], settings: Settings, tally: Tally) -> None:
        self.tally = tally
        self._checks: dict[str, list[tuple[Rule, Check]]] = {}
        self._states: list[tuple[Rule, Any]] = []
        self._stores: dict[type, Any] = {}
        self._judges: list[tuple[Rule, Callable[..., Iterable[Located]], list[Any]]] = []
        for rule in rules:
            module = load_rule(rule.code)
            if getattr(module, "DEEP", False) and not settings.deep:
                continue
            for name in ("check_labels", "check_media", "check_chats", "check_build", "check_raw"):
                if check := getattr(module, name, None):
                    self._checks.setdefault(name, []).append((rule, check))
            if mend := getattr(module, "mend", None):
                tally.mends[rule.code] = mend
            if start := getattr(module, "start", None):
                self._states.append((rule, start(settings)))
            self._store(rule, module, settings)
        mine = next((rule for rule in rules if rule.code == CODE), None)
        self._unused = Unused(mine, self._by_batch(), settings, tally) if mine else None

    def _by_batch(self) -> list[Rule]:
        """The rules that look at batches and remember nothing: of those an ignore can be judged."""
        remembering = {rule.code for rule, _ in self._states} | {rule.code for rule, _, _ in self._judges}
        looking = {rule.code: rule for name in _BATCHES for rule, _ in self._checks.get(name, ())}
        return [rule for code, rule in looking.items() if code not in remembering]

    def _store(self, rule: Rule, module: Any, settings: Settings) -> None:
        """What a rule remembers together with others, once for all of them."""
        wanted = getattr(module, "STORE", ())
        kinds = wanted if isinstance(wanted, tuple) else (wanted,)
        for kind in kinds:
            if kind not in self._stores:
                self._stores[kind] = kind(settings)
        if kinds:
            self._judges.append((rule, module.judge, [self._stores[kind] for kind in kinds]))

    def labels(self, labels: Labels) -> None:
        """A batch of labels and its pictures."""
        with np.errstate(over="ignore", invalid="ignore"):  # coordinates may be whatever a file says
            self._run("check_labels", labels, labels)
            self._run("check_media", labels.media, labels)
            self._see("see_labels", labels)
        if self._unused:
            self._unused.batch(labels)
        labels.let_go()

    def chats(self, chats: Chats) -> None:
        """A batch of rows and their pictures."""
        self._run("check_chats", chats, chats)
        self._run("check_media", chats.media, chats)
        self._see("see_chats", chats)
        if self._unused:
            self._unused.batch(chats)
        chats.let_go()

    def build(self, build: Build) -> None:
        """A data set as a whole."""
        self._run("check_build", build, build)
        if self._unused:
            self._unused.build(build)

    def looks_at_raw(self) -> bool:
        """Whether any rule looks at files as they stand: if none does, nobody has to read them so."""
        return "check_raw" in self._checks or any(hasattr(state, "see_raw") for _, state in self._states)

    def raw(self, raw: Raw) -> None:
        """Some values of a JSON file as they stand there."""
        for rule, check in self._checks.get("check_raw", ()):
            for each in check(raw):
                self.tally.located(rule, each)
        self._see("see_raw", raw)

    def compares(self) -> bool:
        """Whether any rule compares what was seen with something else."""
        return bool(self._stores)

    def compare(self, view: Labels | Chats | Build | Raw) -> None:
        """A view of what `--against` names: remembered, and nothing said of it."""
        if isinstance(view, (Labels, Chats)):
            view.split = AGAINST
            self._remember("see_labels" if isinstance(view, Labels) else "see_chats", view)

    def finish(self, baseline: Callable[[], tuple[Path, int] | None] = lambda: None) -> None:
        """All was seen; `baseline` tells its file and how many of its findings were not found again."""
        for rule, state in self._states:
            for each in state.finish():
                self.tally.located(rule, each)
        for rule, judge, stores in self._judges:
            for each in judge(*stores):
                self.tally.located(rule, each)
        if self._unused:
            self._unused.finish(baseline())

    def _run(self, name: str, looked: Any, view: Labels | Chats | Build) -> None:
        for rule, check in self._checks.get(name, ()):
            for hits in check(looked):
                self.tally.hits(rule, hits, view)

    def _see(self, name: str, view: Labels | Chats | Raw) -> None:
        for _, state in self._states:
            if see := getattr(state, name, None):
                see(view)
        self._remember(name, view)

    def _remember(self, name: str, view: Labels | Chats | Raw) -> None:
        for store in self._stores.values():
            if see := getattr(store, name, None):
                see(view)

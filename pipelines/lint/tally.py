"""Tally: Hits become findings. What is ignored is counted apart, the first of a rule are kept, the rest is a number."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_with
from pathlib import Path

from msgspec.structs import replace

from ...schemas.finding import Finding, Fix, finding
from ...schemas.rule import RULES, Rule, Severity
from .bids import words_at
from .hits import Hits, Located, View
from .patterns import fits
from .rules import weight
from .settings import Settings

Mend = Callable[[Finding], Fix | None]


@dataclass
class Tally:
    """Counts findings by rule and keeps the first `settings.shown` of each.

    `hears` is told of every finding that counts, in order, where all are wanted (JSON Lines, a baseline to write);
    `forgiven` says of a finding whether the baseline holds it.
    """

    settings: Settings
    enabled: frozenset[str] = frozenset(RULES)
    hears: Callable[[Finding], object] | None = None
    forgiven: Callable[[Finding], bool] | None = None
    mends: dict[str, Mend] = field(default_factory=dict[str, Mend])
    """By rule, what would mend a finding that a reader said."""
    counts: Counter[str] = field(default_factory=Counter[str])
    severities: Counter[str] = field(default_factory=Counter[str])
    used: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    """Of the batch that is looked at: the samples and words of ignores that were used."""
    kept: dict[str, list[Finding]] = field(default_factory=dict[str, list[Finding]])
    bids: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """What entries of the label file that is read bid lint pass over, by their places."""
    ignored: Counter[str] = field(default_factory=Counter[str])
    """How often each ignore was used: `per-file:PATTERN:WORD`, `sample:CODE`, `baseline`."""

    def hits(self, rule: Rule, hits: Hits, view: View) -> None:
        """Count the faults of one rule in one view."""
        places = [int(place) for place in hits.places]
        if not places:
            return
        if not self._whole(view):
            room = max(0, (self.settings.shown or 0) - len(self.kept.get(rule.code, ())))
            self._keep(self._made(rule, hits, view, places[:room]))
            self._count(rule, hits, places[room:])
            return
        self._keep(self._made(rule, hits, view, places))

    def located(self, rule: Rule, each: Located) -> None:
        """Count a fault that no single batch shows."""
        said = each._asdict()
        del said["severity"]
        self._keep([finding(_weighed(rule, each.severity), kind="lint", **said)])

    def found(self, said: Finding) -> None:
        """Count what a reader said by itself, where its rule is looked by."""
        if said.code in self.enabled:
            bidden = words_at(self.bids, said.at) if self.bids else ()
            if word := next((word for word in (said.code, said.name) if word in bidden), None):
                self.ignored[f"sample:{word}"] += 1
                return
            mend = self.mends.get(said.code)
            self._keep([replace(said, fix=mend(said)) if mend and said.fix is None else said])

    def more(self, code: str, count: int) -> None:
        """As many more of a rule as a reader counted without saying each."""
        if code in self.enabled:
            self.counts[code] += count
            self.severities[RULES[code].severity if code in RULES else "warning"] += count

    def _count(self, rule: Rule, hits: Hits, places: Sequence[int]) -> None:
        """Count places that are not shown."""
        self.counts[rule.code] += len(places)
        if hits.severity is None:
            self.severities[rule.severity] += len(places)
        else:
            self.severities.update(map(hits.severity, places))

    def _whole(self, view: View) -> bool:
        """Whether every finding is needed, not only the first."""
        return bool(
            self.settings.shown is None
            or self.hears
            or self.forgiven
            or self.settings.per_file_ignores
            or view.has_ignores()
        )

    def _made(self, rule: Rule, hits: Hits, view: View, places: Sequence[int]) -> list[Finding]:
        if not places:
            return []
        bids = view.ignored(hits.column, places) if view.has_ignores() else [frozenset[str]()] * len(places)
        made: list[Finding] = []
        for place, bid, (file, at) in zip(places, bids, view.places(hits.column, places), strict=True):
            if word := next((word for word in (rule.code, rule.name) if word in bid), None):
                self.ignored[f"sample:{word}"] += 1
                self.used.add((view.bidder(hits.column, place), word))
                continue
            fix = hits.fix(place) if hits.fix else None
            weighed = _weighed(rule, hits.severity(place) if hits.severity else None)
            value, message = hits.value(place), hits.message(place)
            made.append(finding(weighed, kind="lint", file=file, at=at, value=value, message=message, fix=fix))
        return made

    def _keep(self, made: list[Finding]) -> None:
        for each in made:
            if self._passed_over(each):
                continue
            self.counts[each.code] += 1
            self.severities[each.severity] += 1
            kept = self.kept.setdefault(each.code, [])
            if self.settings.shown is None or len(kept) < self.settings.shown:
                kept.append(each)
            if self.hears:
                self.hears(each)

    def _named(self, file: str) -> str:
        """The file's name before it was copied to be mended."""
        copy, original = self.settings.copy_of or (Path(), Path())
        if copy == original or not Path(file).is_relative_to(copy):
            return file
        return str(original / Path(file).relative_to(copy))

    def _passed_over(self, each: Finding) -> bool:
        for pattern, words in self.settings.per_file_ignores.items():
            for word in words:
                if weight(word, each.code, each.name) and fits(pattern, self._named(each.file), self.settings.root):
                    self.ignored[f"per-file:{pattern}:{word}"] += 1
                    return True
        if self.forgiven and self.forgiven(each):
            self.ignored["baseline"] += 1
            return True
        return False


def _weighed(rule: Rule, severity: Severity | None) -> Rule:
    """The rule with the severity of one place."""
    return rule if severity is None else dataclass_with(rule, severity=severity)

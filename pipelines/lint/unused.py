"""Ignores that ignore nothing: of samples, of patterns of files, of a baseline.

Only what this run could have used is judged: rules that looked, at files that were looked at. What a rule finds over
all batches, and what readers say, no sample's ignore reaches.
"""

from pathlib import Path

from ...schemas.finding import Edit, Fix
from ...schemas.rule import Rule
from .build import Build
from .chats import Chats
from .config import FILES
from .hits import Located
from .labels import Labels
from .patterns import fits
from .rules import every_rule, weight
from .settings import Settings
from .tally import Tally

CODE = "LI001"
_JSON = (".json", ".jsonl", ".ndjson")


class Unused:
    """What a run could have ignored; `judged` are the rules that look at batches alone."""

    def __init__(self, rule: Rule, judged: list[Rule], settings: Settings, tally: Tally) -> None:
        self._rule = rule
        self._words = {word for each in judged for word in (each.code, each.name)}
        self._known = {word for each in every_rule().values() for word in (each.code, each.name)}
        self._rules = judged
        self._settings = settings
        self._tally = tally
        self._files: dict[str, None] = {}

    def batch(self, view: Labels | Chats) -> None:
        """Every rule has looked at this batch: say which of its samples' ignores were of no use."""
        if self._settings.per_file_ignores:
            self._remember(view)
        if view.has_ignores():
            column, count = ("objects", len(view.boxes)) if isinstance(view, Labels) else ("", len(view.rows))
            bids = view.ignored(column, range(count))
            for place in (place for place, words in enumerate(bids) if words):
                self._sample(view, column, place, bids[place])
        self._tally.used.clear()

    def build(self, build: Build) -> None:
        """The files of a data set were looked at."""
        self._files |= dict.fromkeys(str(build.folder / file) for file in build.files)

    def finish(self, baseline: tuple[Path, int] | None) -> None:
        """Say which patterns were of no use, and how much of a baseline is left over."""
        root = self._settings.root
        config = next((root / name for name in FILES if (root / name).is_file()), root)
        for pattern, words in self._settings.per_file_ignores.items():
            looked = any(fits(pattern, file, root) for file in self._files)
            for word in words:
                meant = any(weight(word, rule.code, rule.name) for rule in self._rules)
                if looked and meant and not self._tally.ignored[f"per-file:{pattern}:{word}"]:
                    said = f"{word} is ignored in {pattern}, and not found there"
                    self._tally.located(self._rule, Located(str(config), "", {pattern: word}, said))
        if baseline and baseline[1] and not (self._settings.select or self._settings.ignore):
            said = f"{baseline[1]:,} of its findings are no longer found; write it anew with --write-baseline"
            self._tally.located(self._rule, Located(str(baseline[0]), "", baseline[1], said))

    def _remember(self, view: Labels | Chats) -> None:
        names = view.batch.column("file").unique().to_pylist() if isinstance(view, Labels) else [view.file]
        self._files |= dict.fromkeys(map(str, names))

    def _sample(self, view: Labels | Chats, column: str, place: int, words: frozenset[str]) -> None:
        unused = sorted(
            word
            for word in words
            if (word in self._words and (place, word) not in self._tally.used) or word not in self._known
        )
        if unused:
            file, at = view.places(column, [place])[0]
            left = sorted(words - {*unused})
            said = f"{' and '.join(unused)} {'is' if len(unused) == 1 else 'are'} ignored here, and not found"
            self._tally.located(self._rule, Located(file, at, unused, said, _fix(file, at, left)))


def _fix(file: str, at: str, left: list[str]) -> Fix | None:
    if Path(file).suffix.lower() not in _JSON or not at:
        return None
    place = f"{at}/lint_ignore"
    edit = Edit(file, place, "replace", left) if left else Edit(file, place, "remove")
    return Fix("safe", "Take the ignore out", (edit,))

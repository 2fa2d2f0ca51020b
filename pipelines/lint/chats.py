"""Chats: one batch of a training file's rows as rules look at it: turns and texts in columns, rows as they are.

The dialect is a target's module: its names for roles, its tags, its grid. Where turns and media stand in a row is what
`converters.sources.chat_rows` knows for every shape that is read.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from re import Match, Pattern
from typing import Any, NamedTuple

import numpy as np

from ...converters.pictures.find import Pictures
from ...converters.sources.chat_rows import media_of, turns_of
from ...converters.sources.object_error import ObjectError
from ...converters.targets.protocol import Target
from .hits import Ints
from .media import Media
from .settings import PLAIN, Settings

_BETWEEN = "\n\x00\n"  # stands in no JSON text that trainers read, and lets `^` and `$` see the ends of texts


class Row(NamedTuple):
    """One row of a training file: its place (`/3` in a list, `4:1` in JSON Lines) and what stands there."""

    at: str
    value: dict[str, Any]


class Text(NamedTuple):
    """One text of one turn: the row in the batch, the turn in the row, the role as we name it, place and words."""

    row: int
    turn: int
    role: str
    at: str
    words: str


class Chats:
    """One batch of rows. Columns that a Hits may name: "" (the rows), "texts", "media", "faults"."""

    def __init__(
        self,
        file: str,
        rows: Sequence[Row],
        dialect: Target,
        pictures: Pictures | None = None,
        settings: Settings = PLAIN,
        split: str = "",
    ) -> None:
        self.file = file
        self.split = split
        self.rows = rows
        self.dialect = dialect
        self.settings = settings
        self._pictures = pictures
        self.faults: list[tuple[int, ObjectError]] = []
        """Rows that are no conversations, each with what is wrong; such a row has no texts."""
        self.texts: list[Text] = []
        """Every text of every turn, in order."""
        for number, row in enumerate(rows):
            self._take_apart(number, row)

    def _take_apart(self, number: int, row: Row) -> None:
        try:
            for turn, said in enumerate(turns_of(row.value, row.at)):
                self.texts += [
                    Text(number, turn, said.role, said.at, piece.text) for piece in said.pieces if piece.kind == "text"
                ]
        except ObjectError as fault:
            self.faults.append((number, fault.with_traceback(None)))

    @cached_property
    def joined(self) -> str:
        """All texts as one, so that a pattern goes over the batch once; `find` says where in which text."""
        return _BETWEEN.join([text.words for text in self.texts])

    @cached_property
    def starts(self) -> list[int]:
        """Where in `joined` each text begins."""
        return [0, *accumulate(len(text.words) + len(_BETWEEN) for text in self.texts)][:-1]

    def find(self, pattern: Pattern[str]) -> Iterator[tuple[int, int, Match[str]]]:
        """Every match of a pattern in any text: the text's number, the character in it, the match in `joined`."""
        for match in pattern.finditer(self.joined):
            text = bisect_right(self.starts, match.start()) - 1
            yield text, match.start() - self.starts[text], match

    @cached_property
    def row_of_text(self) -> Ints:
        """The row of each text."""
        return np.array([text.row for text in self.texts], np.int64)

    @cached_property
    def media(self) -> Media:
        """The pictures that rows list beside their turns, or name in their texts, as the dialect says."""
        names: list[str] = []
        record: list[int] = []
        for number, row in enumerate(self.rows):
            shown = _shown(self.dialect, row)
            names += shown
            record += [number] * len(shown)
        declared = np.zeros((len(names), 2))
        return Media(names, declared, np.array(record, np.int64), self._pictures, self.settings)

    def places(self, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
        """(file, place in it) of some rows, texts, media or faults."""
        if column == "texts":
            return [(self.file, self.texts[each].at) for each in chosen]
        if column == "faults":
            return [(self.file, self.faults[each][1].at or self.rows[self.faults[each][0]].at) for each in chosen]
        return [(self.file, self.rows[self._row(column, each)].at) for each in chosen]

    def has_ignores(self) -> bool:
        """Whether a row of this batch has a `lint_ignore`."""
        return any("lint_ignore" in row.value for row in self.rows)

    def ignored(self, column: str, chosen: Sequence[int]) -> list[frozenset[str]]:
        """The codes in the rows' own `lint_ignore`."""
        found: list[frozenset[str]] = []
        for each in chosen:
            codes = self.rows[self._row(column, each)].value.get("lint_ignore", ())
            found.append(frozenset(map(str, codes)) if isinstance(codes, list) else frozenset())
        return found

    def _row(self, column: str, place: int) -> int:
        if column == "texts":
            return self.texts[place].row
        if column == "faults":
            return self.faults[place][0]
        return int(self.media.record[place]) if column == "media" else int(place)


def _shown(dialect: Target, row: Row) -> list[str]:
    try:
        return list(dialect.pictures(row.value))
    except (KeyError, TypeError, ValueError, AttributeError):  # the row has another shape than the dialect's
        try:
            return media_of(row.value, row.at)["image"]
        except ObjectError:
            return []

"""Chats: one batch of a training file's rows as rules look at it: turns and texts in columns, rows as they are.

The dialect is a target's module, and its `GRAMMAR` how its rows speak: roles, tags, boxes and their frame. Where turns
and media stand in a row is what `converters.sources.chat_rows` knows for every shape that is read.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from re import Match, Pattern
from typing import Any, NamedTuple

import numpy as np

from ...converters.pictures.find import Pictures
from ...converters.sources.chat_rows import MEDIA, Said, each_turn, media_of
from ...converters.sources.object_error import ObjectError
from ...converters.targets.grammar import NOTHING, Grammar, Marks, Spot, grammar_of
from ...converters.targets.protocol import Target
from ...converters.targets.qwen_vl_tags import Fault
from ...schemas.errors import MmdataError
from ...schemas.finding import Edit, Fix, Safety
from .hits import Ints
from .media import Media
from .settings import PLAIN, Settings

_BETWEEN = "\n\x00\n"  # stands in no JSON text that trainers read, and lets `^` and `$` see the ends of texts
_EDITED = (".json", ".jsonl", ".ndjson")
_NUMBER = re.compile(r"/?(\d+)")


class Row(NamedTuple):
    """One row of a training file: its place (`/3` in a list, `4:1` in JSON Lines) and what stands there."""

    at: str
    value: dict[str, Any]


class Turn(NamedTuple):
    """One turn: the row in the batch, its number in the row, the role as we name it ("" for none of ours), its place.

    `name` is what the row calls the role, under `key`; `shown` how many media stand in it with an address of their
    own, `waiting` how many without, `empty` whether nothing stands there at all.
    """

    row: int
    number: int
    role: str
    at: str
    name: str
    key: str
    shown: int
    waiting: int
    empty: bool


class Text(NamedTuple):
    """One text of one turn: the row in the batch, the turn in the row, the role as we name it, place and words."""

    row: int
    turn: int
    role: str
    at: str
    words: str


class Chats:
    """One batch of rows. Columns that a Hits may name: "" (the rows), "turns", "texts", "marks", "media", "faults",
    "spots" and "listed".
    """

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
        self.grammar: Grammar = grammar_of(dialect)
        self.settings = settings
        self._pictures = pictures
        self.faults: list[tuple[int, ObjectError]] = []
        """Turns that are no turns, each with its row and what is wrong."""
        self.turns: list[Turn] = []
        """Every turn, in order."""
        self.texts: list[Text] = []
        """Every text of every turn, in order."""
        for number, row in enumerate(rows):
            self._take_apart(number, row)

    def _take_apart(self, number: int, row: Row) -> None:
        turns = list(each_turn(row.value, row.at))
        for turn, said in enumerate(turns):
            if isinstance(said, Said):
                self._take(number, turn, said)
            else:
                self.faults.append((number, said))
        if not turns:
            told = enumerate(_told(self.dialect, row))
            self.texts += [Text(number, turn, role, row.at, words) for turn, (role, words) in told]

    def _take(self, row: int, turn: int, said: Said) -> None:
        role = self.grammar.roles.get(said.name, said.role)
        words = [piece for piece in said.pieces if piece.kind == "text"]
        shown = [piece for piece in said.pieces if piece.kind == "image"]
        empty = len(words) == len(said.pieces) and not any(piece.text.strip() for piece in words)
        self.texts += [Text(row, turn, role, piece.at, piece.text) for piece in words]
        waiting = sum(not piece.text for piece in shown)
        self.turns.append(Turn(row, turn, role, said.at, said.name, said.key, len(shown) - waiting, waiting, empty))

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
    def row_of_turn(self) -> Ints:
        """The row of each turn."""
        return np.array([turn.row for turn in self.turns], np.int64)

    @cached_property
    def marked(self) -> dict[int, Marks]:
        """What stands in each text that the dialect's grammar sees something in, by the text's number."""
        hint, read = self.grammar.hint.search, self.grammar.read
        return {at: read(text.words) for at, text in enumerate(self.texts) if hint(text.words)}

    @cached_property
    def marks(self) -> list[tuple[int, Fault]]:
        """What the tags and boxes of texts are wrong about, each with its text, in the order of the texts."""
        found = [
            (text, fault)
            for text, marks in self.marked.items()
            for fault in marks.faults
            if not self.grammar.asked or self.texts[text].role == "assistant"
        ]
        for texts in self._marked_rows():
            said = [(self.texts[text].role, self.marked.get(text, NOTHING)) for text in texts]
            found += [(texts[fault.turn], fault) for fault in self.grammar.check(said)]
        return sorted(found, key=lambda each: (each[0], each[1].start))

    def _marked_rows(self) -> Iterator[list[int]]:
        """The texts of every row in which something is marked."""
        rows = np.unique(self.row_of_text[list(self.marked)]) if self.marked else np.empty(0, np.int64)
        starts = np.searchsorted(self.row_of_text, rows, "left").tolist()
        ends = np.searchsorted(self.row_of_text, rows, "right").tolist()
        yield from (list(range(start, end)) for start, end in zip(starts, ends, strict=True))

    @cached_property
    def by_code(self) -> dict[str, list[int]]:
        """The places in `marks` of every rule."""
        found: dict[str, list[int]] = {}
        for place, (_, fault) in enumerate(self.marks):
            found.setdefault(fault.code, []).append(place)
        return found

    @cached_property
    def places_of_pictures(self) -> Ints:
        """How many pictures the turns of each row show: places in texts, and media that stand in turns."""
        counts = np.zeros(len(self.rows), np.int64)
        for text, marks in self.marked.items():
            counts[self.texts[text].row] += marks.pictures
        if shown := [(turn.row, turn.shown + turn.waiting) for turn in self.turns if turn.shown or turn.waiting]:
            rows, held = zip(*shown, strict=True)
            np.add.at(counts, list(rows), list(held))
        return counts

    @cached_property
    def shown(self) -> list[list[str]]:
        """The pictures of each row as it names them."""
        return [_shown(self.dialect, row) for row in self.rows]

    @cached_property
    def elsewhere(self) -> list[list[str]]:
        """Of the pictures of each row those that are in no folder, in a dialect that has such: addresses, or bytes."""
        remote = self.grammar.remote
        return [[name for name in names if remote and _is_remote(name)] for names in self.shown]

    @cached_property
    def media(self) -> Media:
        """The pictures that rows list beside their turns, or name in their texts, as the dialect says."""
        names: list[str] = []
        record: list[int] = []
        remote = self.grammar.remote  # addresses, or bytes in the row: nothing that is in a folder
        for number, named in enumerate(self.shown):
            shown = [name for name in named if not (remote and _is_remote(name))]
            names += shown
            record += [number] * len(shown)
        declared = np.zeros((len(names), 2))
        inside = hasattr(self.dialect, "embedded") or self.file.lower().endswith(".tar")
        looked = None if inside else self._pictures  # their bytes stand in the rows
        return Media(names, declared, np.array(record, np.int64), looked, self.settings, where=self._pictured)

    def let_go(self) -> None:
        """Forget the pictures, which know this batch: nothing but the collector of cycles would free the two."""
        vars(self).pop("media", None)

    def _pictured(self, chosen: Sequence[int]) -> list[tuple[str, str]]:
        return self.places("media", chosen)

    @cached_property
    def pictures_of_row(self) -> Ints:
        """How many pictures each row names."""
        return np.bincount(self.media.record, minlength=len(self.rows))

    def listed(self, row: int, kind: str) -> int:
        """How many media of a kind a row lists beside its turns."""
        for key in MEDIA[kind]:
            given = self.rows[row].value.get(key)
            if given is not None and given not in ("", []):
                return len(given) if isinstance(given, list) else 1
        return 0

    def boxes(self) -> Iterator[tuple[int, int, Spot]]:
        """Every box of the batch: its row, its text (-1 for one beside the turns), and where and what it is."""
        yield from ((row, text, spot) for row, text, spot, _ in self.spots)

    @cached_property
    def spots(self) -> list[tuple[int, int, Spot, str]]:
        """What `boxes` gives, each with its place."""
        found: list[tuple[int, int, Spot, str]] = []
        for at, marks in self.marked.items():
            text = self.texts[at]
            found += [(text.row, at, spot, text.at) for spot in marks.spots]
        for number, held in enumerate(self.rows):
            beside = self.grammar.listed_boxes(held.value)
            found += [(number, -1, spot, held.at + pointer) for pointer, spot in beside]
        return found

    @cached_property
    def listed_faults(self) -> list[tuple[int, str, Fault]]:
        """What is wrong about boxes beside the turns: the row, the place and the fault."""
        faults = self.grammar.listed_faults
        return [(row, held.at + at, fault) for row, held in enumerate(self.rows) for at, fault in faults(held.value)]

    def reworded(self, text: int, words: str, safety: Safety, message: str) -> Fix | None:
        """The fix that gives a text other words, where the file can be edited."""
        at = self.texts[text].at
        return self.edited(Edit(self.file, at, "replace", words), safety, message)

    def dropped(self, row: int, safety: Safety = "unsafe") -> Fix | None:
        """The fix that leaves a row out, where the file can be edited."""
        return self.edited(Edit(self.file, self.rows[row].at, "remove"), safety, "Leave the sample out")

    def edited(self, edit: Edit, safety: Safety, message: str) -> Fix | None:
        """A fix of one edit, where the file can be edited."""
        return Fix(safety, message, (edit,)) if self.editable else None

    @cached_property
    def editable(self) -> bool:
        """Whether this file is where the words stand: no table, no archive, no document, no list of files of labels."""
        if any(text.at == self.rows[text.row].at for text in self.texts[:1]):
            return False
        return self.file.lower().endswith(_EDITED) and not any(row.at.endswith("$json") for row in self.rows[:1])

    @cached_property
    def numbers(self) -> Ints:
        """The number of each row in its file: its place in a list, or its line."""
        found = [_NUMBER.match(row.at) for row in self.rows]
        return np.array([int(each[1]) if each else 0 for each in found], np.int64)

    @cached_property
    def place_form(self) -> str:
        """What makes a row's place of its number."""
        return (
            _NUMBER.sub(lambda found: found[0].replace(found[1], "{}"), self.rows[0].at, count=1) if self.rows else ""
        )

    def places(self, column: str, chosen: Sequence[int]) -> list[tuple[str, str]]:
        """(file, place in it) of some rows, turns, texts, marks, media or faults."""
        return [(self.file, self._place(column, each)) for each in chosen]

    def _place(self, column: str, place: int) -> str:
        if column in ("texts", "turns"):
            return (self.texts if column == "texts" else self.turns)[place].at
        if column == "marks":
            return self.texts[self.marks[place][0]].at
        if column in ("spots", "listed"):
            return self.spots[place][3] if column == "spots" else self.listed_faults[place][1]
        if column == "faults":
            return self.faults[place][1].at or self.rows[self.faults[place][0]].at
        return self.rows[self._row(column, place)].at

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

    def bidder(self, column: str, place: int) -> int:
        """The row in which that place is."""
        return self._row(column, place)

    def _row(self, column: str, place: int) -> int:
        if column == "texts":
            return self.texts[place].row
        if column == "turns":
            return self.turns[place].row
        if column == "marks":
            return self.texts[self.marks[place][0]].row
        if column in ("spots", "listed"):
            return self.spots[place][0] if column == "spots" else self.listed_faults[place][0]
        if column == "faults":
            return self.faults[place][0]
        return int(self.media.record[place]) if column == "media" else int(place)


def _told(dialect: Target, row: Row) -> list[tuple[str, str]]:
    """Who says what in a row of no turns, such as a document, as the dialect knows it."""
    try:
        return list(dialect.turns(row.value))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MmdataError):
        return []


def _is_remote(name: str) -> bool:
    return "://" in name or name.startswith("data:")


def _shown(dialect: Target, row: Row) -> list[str]:
    try:
        return [str(name) for name in dialect.pictures(row.value)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MmdataError):
        try:  # the row has another shape than the dialect's
            return media_of(row.value, row.at)["image"]
        except ObjectError:
            return []

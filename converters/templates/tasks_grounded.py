"""The task grounded: a description with the boxes of what it names inside it.

Where a phrase of the record stands word for word in one of its captions, its boxes stand there too: the caption's own
words, then the boxes (Flickr30k Entities, Kosmos-2's grounded captions). Nothing is guessed: a label that happens to
be a word of a caption means nobody knows which of several things. A record none of whose captions holds a phrase is
described by its labels, in a stated form.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from ...schemas.box import Box
from ..records import Part, Turn
from ..table import boxes, counts, entries, item_starts, numbers, rows
from .ready import Ready, arrow_turns, ready
from .scene import Scene
from .tasks_asked import phrases_in_order, phrases_of


@dataclass(slots=True)
class _Told:
    """One sample in the making: its record, what tells it from its siblings, the answer, the annotations it is of."""

    record: int
    suffix: str
    answer: list[Part]
    uses: list[int]
    whole: bool = True


@dataclass(slots=True)
class _Named:
    """A phrase that may stand in a caption: its words, its number among the batch's phrases, its objects."""

    words: str
    number: int
    objects: list[int] = field(default_factory=list[int])


def grounded(scene: Scene) -> Ready:
    """One sample for each caption that holds phrases of its record; else one a record, of its labels.

    A caption with more boxes than an answer may hold gives nothing (AN024). Answers by labels that leave something
    out (the cap, a faulty object, a crowd) are asked for as such.
    """
    unfit: dict[int, tuple[str, str]] = {}
    captioned = list(_captioned(scene, unfit))
    done = {told.record for told in captioned}
    keep, left_out = scene.capped(scene.row[scene.order], scene.order)
    labelled = [told for told in _labelled(scene, scene.order[keep].tolist()) if told.record not in done]
    cut = {int(scene.row[place]) for place in left_out.tolist()} - done
    for told in labelled:
        told.whole = told.whole and told.record not in cut
    every = sorted(captioned + labelled, key=lambda told: told.record)
    record = np.array([told.record for told in every], np.int64)
    turn = np.arange(len(every)) - np.searchsorted(record, record)
    questions = {name: scene.worded("grounded", name, record, turn) for name in ("ask", "ask_some")}
    pages = scene.pages.tolist()
    said: list[list[Turn]] = []
    for at, told in enumerate(every):
        wordings, which = questions["ask" if told.whole else "ask_some"]
        shown = [Part("image", None, page) for page in range(pages[told.record])]
        said.append([Turn("user", [*shown, Part("text", wordings[which[at]])]), Turn("assistant", told.answer)])
    ids = [f"{scene.ids[told.record]}-grounded{told.suffix}" for told in every]
    made = ready("grounded", scene.batch, ids, record, [told.uses for told in every], arrow_turns(said))
    capped = [place for place in left_out.tolist() if int(scene.row[place]) in cut]
    return Ready("grounded", made.batch, np.array(capped, np.int64), unfit)


def _captioned(scene: Scene, unfit: dict[int, tuple[str, str]]) -> Iterator[_Told]:
    named = _phrases_by_record(scene)
    limit, first = scene.asking.max_objects, item_starts(scene.batch)
    record = rows(scene.batch, "captions").tolist()
    many = counts(scene.batch, "captions")
    draw = _Pen(scene)
    turn = 0
    for at, caption in enumerate(entries(scene.batch, "captions", "text").to_pylist()):
        row = record[at]
        turn = turn + 1 if at and record[at - 1] == row else 0
        text = caption.strip()
        found = _standing_in(text, named.get(row, []))
        objects = [thing for _, _, phrase in found for thing in phrase.objects]
        if limit and len(objects) > limit:
            unfit[first["captions"] + at] = ("AN024", f"its phrases mean {len(objects)} objects, more than {limit}")
        elif found:
            uses = [first["captions"] + at, *(first["phrases"] + phrase.number for _, _, phrase in found)]
            suffix = f"-{turn}" if many[row] > 1 else ""
            yield _Told(row, suffix, _with_boxes(text, found, draw), [*dict.fromkeys([*objects, *uses])])


def _with_boxes(text: str, found: Sequence[tuple[int, int, _Named]], draw: "_Pen") -> list[Part]:
    """The caption cut at the phrases in it, each with the boxes of its objects."""
    parts: list[Part] = []
    done = 0
    for start, end, phrase in found:
        parts += [Part("text", text[done:start])] if start > done else []
        parts += draw.run(text[start:end], phrase.objects)
        done = end
    return parts + ([Part("text", text[done:])] if done < len(text) else [])


def _phrases_by_record(scene: Scene) -> dict[int, list[_Named]]:
    """The phrases with objects of each record, the longest first: "a red car" before "a red"."""
    words, record = phrases_of(scene), rows(scene.batch, "phrases").tolist()
    named: dict[int, _Named] = {}
    for at, thing in zip(*(each.tolist() for each in phrases_in_order(scene)), strict=True):
        if words[at]:
            named.setdefault(at, _Named(words[at], at)).objects.append(thing)
    found: dict[int, list[_Named]] = {}
    for at in sorted(named, key=lambda at: (-len(words[at]), at)):
        found.setdefault(record[at], []).append(named[at])
    return found


def _standing_in(text: str, phrases: Sequence[_Named]) -> list[tuple[int, int, _Named]]:
    """(start, end, phrase) of the phrases that are whole words of the text, none over another, in its order.

    Two phrases of the same words are given to their places in the order of the phrases.
    """
    taken: list[tuple[int, int, _Named]] = []
    for phrase in phrases:
        for match in re.finditer(_whole_words(phrase.words), text, re.IGNORECASE):
            start, end = match.span()
            if all(end <= other or start >= stop for other, stop, _ in taken):
                taken.append((start, end, phrase))
                break
    return sorted(taken, key=lambda one: one[0])


def _whole_words(words: str) -> str:
    """A pattern of the words, white space as it comes; letters of scripts with spaces must not go on at either end."""
    body = r"\s+".join(re.escape(word) for word in words.split())
    return f"{_edge(words[0], '(?<!%s)')}{body}{_edge(words[-1], '(?!%s)')}"


def _edge(letter: str, guard: str) -> str:
    # From U+2E80 on stand scripts without spaces between words: any place may be the end of one.
    return guard % r"[^\W⺀-\U0010ffff]" if letter.isalnum() and letter < "⺀" else ""


def _labelled(scene: Scene, objects: list[int]) -> Iterator[_Told]:
    """A sample of each record that has some of `objects`, which stand record by record."""
    crowd = numbers(scene.batch, "objects", "crowd")
    draw = _Pen(scene)
    row = scene.row.tolist()
    for record, group in groupby(objects, key=row.__getitem__):
        mine = list(group)
        runs: dict[str, list[int]] = {}
        for thing in mine:
            runs.setdefault(scene.names[scene.label[thing]], []).append(thing)
        wordings, which = scene.worded("grounded", "answer", np.array([record]))
        before, _, after = wordings[which[0]].partition("{things}")
        parts = [Part("text", before)] if before else []
        for place, (name, things) in enumerate(runs.items()):
            parts += [Part("text", scene.asking.wordings.join)] if place else []
            parts += draw.run(name, things)
        parts += [Part("text", after)] if after else []
        whole = not scene.hidden(record) and not crowd[mine].any()
        yield _Told(record, "", parts, mine, whole)


class _Pen:
    """Makes box parts of a batch's objects."""

    def __init__(self, scene: Scene) -> None:
        self.corners: list[list[float]] = boxes(scene.batch).tolist()
        self.media: list[int] = numbers(scene.batch, "objects", "media").tolist()
        self.quads: list[list[float] | None] = entries(scene.batch, "objects", "quad").to_pylist()

    def run(self, words: str, objects: Sequence[int]) -> list[Part]:
        """Boxes one after another, of which the first bears the words."""
        return [
            Part(
                "quad" if self.quads[thing] else "box",
                None if place else words,
                self.media[thing],
                Box(*self.corners[thing]),
                self.quads[thing],
            )
            for place, thing in enumerate(objects)
        ]

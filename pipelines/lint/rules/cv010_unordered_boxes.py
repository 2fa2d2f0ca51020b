"""Boxes in another order than all others.

What
    Over the whole file: nine answers of ten name the boxes of one thing from top to bottom or from left to right,
    and this one does not.

Why it hurts training
    A language model must guess which box comes next. With one order everywhere it can know; where orders are mixed
    it learns to hesitate. An order that is random on purpose is left alone.

Example
    `(10,300),(40,330)` before `(10,20),(40,50)`, where all else is sorted by y

Instead
    Keep one order in all answers, or none in any.

Fix safety
    Safe: the same boxes in another order; boxes change places with those of the same words alone.

Sources
    Pix2Seq, arXiv 2109.10852, section 3 (orders of objects in a sequence).

"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ....converters.targets.grammar import Spot
from ....schemas.finding import Edit, Fix
from ..chats import Chats
from ..hits import Located
from ..marks import NUMBER, with_numbers
from ..settings import Settings

LEAST, SHARE = 20, 0.9
"""Answers with several boxes of one thing that a file must have, and how many of them are in one order."""
HELD = 2_000
"""Answers out of order that are kept: with more of them there is no order."""

_ORDERS = {"from top to bottom": 1, "from left to right": 0}


class _Orders:
    """How many answers there are, how many are in each order, and the first that are not."""

    def __init__(self) -> None:
        self.answers = 0
        self.kept = dict.fromkeys(_ORDERS, 0)
        self.broken: dict[str, list[tuple[str, str, str, list[list[Spot]], bool]]] = {name: [] for name in _ORDERS}

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        for text, marks in chats.marked.items():
            if chats.texts[text].role != "assistant" or len(marks.spots) < 2:
                continue
            runs = _runs(chats.texts[text].words, marks.spots)
            if not runs:
                continue
            self.answers += 1
            for name, axis in _ORDERS.items():
                if all(_sorted(run, axis) == run for run in runs):
                    self.kept[name] += 1
                elif len(self.broken[name]) < HELD:
                    held = chats.texts[text]
                    self.broken[name].append((chats.file, held.at, held.words, runs, chats.editable))

    def finish(self) -> Iterator[Located]:
        """The answers out of the order that the others have."""
        name = max(self.kept, key=lambda each: self.kept[each])
        if self.answers < LEAST or self.kept[name] < SHARE * self.answers:
            return
        for file, at, words, runs, editable in self.broken[name]:
            said = f"its boxes are not {name}, as in {self.kept[name]} of {self.answers} answers"
            value = [list(spot.numbers) for spot in runs[0][:4]]
            yield Located(file, at, value, said, _fix(file, at, words, runs, name) if editable else None)


def _runs(words: str, spots: Sequence[Spot]) -> list[list[Spot]]:
    """Boxes that stand after each other and differ in nothing but their numbers, two or more; words tell them apart."""
    boxes = [spot for spot in spots if len(spot.numbers) == 4 and spot.label]
    return [run for _, group in groupby(boxes, key=lambda spot: _around(words, spot)) if len(run := list(group)) > 1]


def _around(words: str, spot: Spot) -> tuple[str | None, str]:
    """A box's words, and what stands with it in its object of JSON."""
    start, end = words.rfind("{", 0, spot.start), words.find("}", spot.end)
    if '"' not in words[max(start, 0) : spot.start] or end < 0:
        return spot.label, ""
    return spot.label, words[max(start, 0) : spot.start] + words[spot.end : end]


def _sorted(run: list[Spot], axis: int) -> list[Spot]:
    return sorted(run, key=lambda spot: spot.numbers[axis])


def _fix(file: str, at: str, words: str, runs: list[list[Spot]], name: str) -> Fix:
    written: list[tuple[Spot, tuple[str, ...]]] = []
    for run in runs:
        for place, spot in zip(run, _sorted(run, _ORDERS[name]), strict=True):
            said = NUMBER.findall(words[spot.start : spot.end])
            written.append((place, tuple(said[spot.order.index(axis)] for axis in range(4))))
    edit = Edit(file, at, "replace", with_numbers(words, written))
    return Fix("safe", f"Write them {name}", (edit,))


def start(_settings: Settings) -> _Orders:
    """Nothing seen yet."""
    return _Orders()

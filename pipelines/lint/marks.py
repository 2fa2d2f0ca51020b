"""Marks: what the rules about tags and boxes in texts share: their Hits, and a text written anew where faults stand."""

import re
from collections.abc import Callable, Iterator

from ...converters.targets.grammar import Spot
from ...converters.targets.qwen_vl_tags import Fault
from ...schemas.finding import Fix, Safety
from .chats import Chats
from .hits import Hits

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SHOWN = 200

Anew = Callable[[Fault, str], str | None]
"""What stands in the place of a fault whose characters are given, or None where it stays."""


def marked(chats: Chats, code: str, fix: Callable[[int], Fix | None] | None = None) -> Iterator[Hits]:
    """The faults of one rule that the dialect's grammar sees; `fix` takes a text's number."""
    yield from _listed(chats, code)
    places = chats.by_code.get(code)
    if not places:
        return

    def said(place: int) -> str:
        _, fault = chats.marks[place]
        return f"{fault.message}: {fault.value[:80]!r}, character {fault.start}"

    def value(place: int) -> str:
        return chats.marks[place][1].value[:_SHOWN]

    mend = None if fix is None else lambda place: fix(chats.marks[place][0])
    yield Hits("marks", places, said, value, mend)


def _listed(chats: Chats, code: str) -> Iterator[Hits]:
    """The faults of one rule at boxes beside the turns."""
    held = chats.listed_faults
    if places := [place for place, (_, _, fault) in enumerate(held) if fault.code == code]:
        yield Hits("listed", places, lambda at: held[at][2].message, lambda at: held[at][2].value[:_SHOWN])


def rewritten(chats: Chats, text: int, code: str, anew: Anew, safety: Safety, message: str) -> Fix | None:
    """The fix that writes a text with all its faults of one rule mended; None where none of them can be."""
    words = chats.texts[text].words
    new = words
    faults = [fault for number, fault in _of(chats, code) if number == text]
    for fault in sorted(faults, key=lambda each: each.start, reverse=True):
        said = anew(fault, words[fault.start : fault.end])
        if said is not None:
            new = new[: fault.start] + said + new[fault.end :]
    return None if new == words else chats.reworded(text, new, safety, message)


def _of(chats: Chats, code: str) -> Iterator[tuple[int, Fault]]:
    yield from (chats.marks[place] for place in chats.by_code.get(code, ()))


def with_numbers(words: str, spots: list[tuple[Spot, tuple[str, ...]]]) -> str:
    """A text with other numbers in its boxes, given as x1, y1, x2, y2 for each."""
    for spot, numbers in sorted(spots, key=lambda each: each[0].start, reverse=True):
        order = iter([numbers[at] for at in spot.order])
        said = words[spot.start : spot.end]
        count = len(spot.numbers)
        new = NUMBER.sub(lambda found, order=order: next(order, found[0]), said, count=count)  # type: ignore[misc]
        words = words[: spot.start] + new + words[spot.end :]
    return words

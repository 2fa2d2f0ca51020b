"""Grammar: how a target's rows speak, for whoever looks at rows that somebody else wrote.

Roles by the trainer's names, places and boxes in a text with their characters, what is wrong with them, and the frame
that numbers are in. A target module has one as `GRAMMAR`; the parser behind it is that of its decoder, or stands in
the same file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from .qwen_vl_tags import Fault, Part

Frame = Literal["", "thousandths", "hundredths", "shares", "pixels", "resized"]
"""What the numbers of boxes are: parts of a side, pixels of the upright picture, or of the resized one; "" none."""


class Spot(NamedTuple):
    """A box or point in a text: its words, its numbers as x1, y1, x2, y2, and the characters they stand in.

    `picture` is the one that a heading names, from 1; 0 where the last one shown is meant. `order` says at which place
    of the text each of `numbers` stands.
    """

    label: str | None
    numbers: tuple[float, ...]
    start: int
    end: int
    picture: int = 0
    order: tuple[int, ...] = (0, 1, 2, 3)


class Marks(NamedTuple):
    """What stands in one text: faults and boxes by place, and how many pictures it shows.

    `parts` are the text taken apart, where the grammar has tags.
    """

    faults: Sequence[Fault] = ()
    spots: Sequence[Spot] = ()
    pictures: int = 0
    parts: Sequence[Part] = ()


NOTHING = Marks()
"""What stands in a text without marks."""

Turns = Sequence[tuple[str, Marks]]
"""The texts of one row: the role as we name it, and what stands there."""

USER_ASSISTANT = {"user": "user", "assistant": "assistant"}
HUMAN_GPT = {"human": "user", "gpt": "assistant"}
_TOOLS = ("tool", "tool_call", "tool_response", "function", "function_call", "observation")
MESSAGES = {**USER_ASSISTANT, "system": "system"} | dict.fromkeys(_TOOLS, "tool")
"""The names that trainers know roles by, each with ours."""

FAMILIES: Mapping[str, re.Pattern[str]] = {
    "Qwen-VL's tags": re.compile(r"<box>\s*\(|</box>|<ref>|</ref>|<quad>\s*\("),
    "Qwen2-VL's tokens": re.compile(r"<\|(?:box|quad|object_ref)_(?:start|end)\|>"),
    "Qwen's JSON": re.compile(r'"bbox_2d"'),
    "Gemini's JSON": re.compile(r'"box_2d"'),
    "ms-swift's places": re.compile("<bbox>|<ref-object>"),
    "MiniGPT-v2's boxes": re.compile(r"\{<\d{1,3}><\d{1,3}><\d{1,3}><\d{1,3}>\}"),
    "CogVLM's boxes": re.compile(r"\[\[\d{3},\d{3},\d{3},\d{3}[;\]]"),
    "GLM-4.5V's boxes": re.compile(r"<\|begin_of_box\|>\["),
}
"""How the boxes of each house are known in any text."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How the rows of one target speak.

    `roles` are the names that the trainer knows, with ours; `hint` matches in every text that has marks, and `read`
    takes such a text apart. `check` says of the texts of a row what no single one shows, by the place of the text.
    `frame` and `top` are what boxes are in and the largest number (of `shares` 1); `family` is how its boxes are known.
    `place` stands in a text for the next picture that is listed beside, "" where pictures stand in the turns by
    themselves; `most` pictures a row shows and `fewest`; `untagged`: listed pictures need no place.
    `reserved` matches what becomes a control token; `mask` what breaks the trainer's own search for answers, in texts
    of the roles `masked`; `listed_boxes` are those that stand beside the turns, by their pointer in the row,
    and `listed_faults` what is wrong about those.
    `square`: boxes lie on the picture padded to a square; `remote`: pictures are addresses, or stand inside; `asked`: a
    question may show the form of boxes without being one; `free`: turns need not alternate; `tokens` is a limit of the
    service's that no option moves.
    """

    roles: Mapping[str, str] = field(default_factory=lambda: MESSAGES)
    hint: re.Pattern[str] = re.compile("(?!)")
    read: Callable[[str], Marks] = lambda _text: NOTHING
    check: Callable[[Turns], Sequence[Fault]] = lambda _turns: ()
    frame: Frame = ""
    top: float = 1000
    family: str = ""
    place: str = ""
    most: int | None = None
    fewest: int = 0
    untagged: bool = False
    reserved: re.Pattern[str] | None = None
    mask: re.Pattern[str] | None = None
    masked: tuple[str, ...] = ("user", "assistant", "system")
    listed_boxes: Callable[[dict[str, Any]], Sequence[tuple[str, Spot]]] = lambda _row: ()
    listed_faults: Callable[[dict[str, Any]], Sequence[tuple[str, Fault]]] = lambda _row: ()
    square: bool = False
    remote: bool = False
    asked: bool = False
    free: bool = False
    tokens: int | None = None


def words(*tokens: str) -> re.Pattern[str]:
    """Matches any of some strings."""
    return re.compile("|".join(map(re.escape, sorted(tokens, key=len, reverse=True))))


def box_faults(text: str, spots: Sequence[Spot], top: float) -> list[Fault]:
    """TG004 and TG005 of boxes of a grid whose numbers end at `top`."""
    faults: list[Fault] = []
    for spot in spots:
        said = text[spot.start : spot.end]
        if min(spot.numbers) < 0 or max(spot.numbers) > top:
            faults.append(Fault("TG004", spot.start, spot.end, said, f"a coordinate lies outside 0 to {top:g}"))
        if len(spot.numbers) == 4 and (spot.numbers[0] > spot.numbers[2] or spot.numbers[1] > spot.numbers[3]):
            message = "the second corner lies left of or above the first"
            faults.append(Fault("TG005", spot.start, spot.end, said, message))
    return faults


def grammar_of(target: Any) -> Grammar:
    """A target's grammar; of one without, that of messages."""
    found = getattr(target, "GRAMMAR", None)
    return found if isinstance(found, Grammar) else Grammar()

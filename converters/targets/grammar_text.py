"""The grammars of boxes that stand in plain text: JSON as Qwen and Gemini have it, and the brackets of `boxes_text`.

A text is searched for what a person would take for a box, not only for what the trainer's parser takes: a box with a
space too many is what has to be found.
"""

import json
import re
from collections.abc import Callable

from .boxes_json import BoxList
from .boxes_text import TextBoxes
from .grammar import Frame, Marks, Spot, box_faults
from .qwen_vl_tags import Fault

_ITEM = r"\s*:\s*(?P<numbers>\[[^\[\]{}]*\]|[^\[,}\s][^,}]*)"
_LABEL = re.compile(r'"label"\s*:\s*"(?P<label>(?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_JSON = re.compile(r"(?:```(?:json)?\s*)?[\[{]")


def json_reader(form: BoxList, top: float | None) -> Callable[[str], Marks]:
    """Reads texts whose boxes are a list of JSON; `top` is the largest number, None where pixels have no largest."""
    item = re.compile(form.keys + _ITEM)

    def read(text: str) -> Marks:
        faults: list[Fault] = []
        spots: list[Spot] = []
        first = -1
        for found in item.finditer(text):
            first = found.start() if first < 0 else first
            spot = _spot(text, found, form)
            if spot is None:
                message = f"a box has four numbers, a point two: [{', '.join(_names(form))}]"
                faults.append(Fault("TG003", found.start(), found.end(), found[0], message))
                continue
            spots.append(spot)
            if spot.label is not None and not spot.label.strip():
                faults.append(Fault("TG007", spot.start, spot.end, "", "the label has no words"))
        faults += box_faults(text, spots, float("inf") if top is None else top)
        if first >= 0 and (fact := _not_json(text, first)):
            faults.append(Fault("CV009", fact[0], len(text), text[fact[0] : fact[0] + 80], fact[1]))
        return Marks(faults, spots, text.count("<image>"))

    return read


def _names(form: BoxList) -> list[str]:
    return [("x1", "y1", "x2", "y2")[at] for at in form.order]


def _spot(text: str, found: re.Match[str], form: BoxList) -> Spot | None:
    said = found["numbers"]
    try:
        numbers = json.loads(said, parse_constant=_no_number)
    except ValueError:
        return None
    if not isinstance(numbers, list) or not all(type(each) in (int, float) for each in numbers):
        return None
    if len(numbers) != (2 if form.point and found[0].startswith(f'"{form.point}"') else 4):
        return None
    order = form.order[: len(numbers)]
    end = text.find("}", found.end())
    start = text.rfind("{", 0, found.start())
    label = _LABEL.search(text, max(start, 0), end if end >= 0 else len(text))
    words = label["label"] if label else None
    return Spot(words, tuple(float(numbers[at]) for at in order), *found.span("numbers"), 0, order)


def _no_number(said: str) -> float:
    """JSON knows neither NaN nor Infinity. Raises `ValueError`."""
    raise ValueError(said)


def _not_json(text: str, first: int) -> tuple[int, str] | None:
    """Where and why an answer whose boxes begin at `first` cannot be read as JSON; None where it can."""
    opening = _JSON.search(text, 0, first)
    if not opening:
        return 0, "the boxes stand in no list"
    start = opening.end() - 1
    try:
        json.JSONDecoder().raw_decode(text, start)
    except json.JSONDecodeError as fault:
        return start, f"the boxes are no JSON: {fault.msg}, character {fault.pos}"
    return None


def text_reader(form: TextBoxes, near: str, frame: Frame) -> Callable[[str], Marks]:
    """Reads texts whose boxes stand in brackets; `near` matches all that means to be one."""
    meant = re.compile(near)
    top = 1 if frame == "shares" else form.top

    def read(text: str) -> Marks:
        faults: list[Fault] = []
        spots: list[Spot] = []
        loose: list[Spot] = []
        end = 0
        for found in meant.finditer(text):
            said = found[0]
            numbers = [(float(each[0]), each.span()) for each in _NUMBER.finditer(said)]
            shares = frame == "shares" and len(numbers) == 4
            wild = bool(numbers) and max(value for value, _ in numbers) > top
            if not numbers or len(numbers) % 4 or not (shares or wild or form.found.fullmatch(said)):
                message = f"boxes are written {_shape(form)}; the trainer passes over any other form"
                faults.append(Fault("TG003", found.start(), found.end(), said, message))
                continue
            # four whole numbers among shares may be any list: only over the whole file they may be boxes
            held = loose if shares and "." not in said else spots
            words = _words_before(text, found.start(), end)
            end = found.end()
            for first in range(0, len(numbers), 4):
                four = numbers[first : first + 4]
                at, to = found.start() + four[0][1][0], found.start() + four[3][1][1]
                held.append(Spot(words, tuple(value for value, _ in four), at, to))
        faults += box_faults(text, spots, top)
        return Marks(faults, sorted(spots + loose, key=lambda spot: spot.start), text.count("<image>"))

    return read


def _words_before(text: str, start: int, end: int) -> str | None:
    """The words of a box: what stands before it in its line, behind the box before it; None where there are none."""
    line = text[max(end, text.rfind("\n", 0, start) + 1) : start]
    return line.strip(" ,;:") or None


def _shape(form: TextBoxes) -> str:
    example = [form.number.format(cell / form.steps, cell=cell) for cell in (7, 12, 50, 93)]
    box = form.box[0] + form.box[1].join(example) + form.box[2]
    return form.things[0] + box + form.things[2] if form.things else box


FOUR = r"\[\s*-?\d+(?:\.\d+)?\s*(?:,\s*-?\d+(?:\.\d+)?\s*){3}\]"
"""Four numbers in square brackets."""
PAIRED = r"\[\[[\d\s,;.\-]*\]\]"
"""Numbers in two pairs of square brackets."""
ANGLED = r"\{(?:\s*<[^<>{}]*>)+\s*\}"
"""Numbers in angle brackets, within curly ones."""
MARKED = r"<\|begin_of_box\|>[^<]*<\|end_of_box\|>"
"""What stands between GLM-4.5V's marks."""

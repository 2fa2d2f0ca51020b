"""Answers: what is said of the whole, as captions or as questions with their answers.

A task that asks something (`{"image": …, "question": "How many cars?"}`) is answered by its text areas, unless their
control is named for something else (caption, description, title, summary, transcription); else by its one choice,
number, rating or taxonomy about the picture or the question. Other texts about the whole are captions. Every other
choice, number, rating, taxonomy, date and preference is an answer to its own control: the question is the `<Header>`
before it in the configuration, else the control's name with a question mark. Several choices of one entry are one
answer, joined by ", ", the steps of a taxonomy by " > ".

The question is the `<Text>` of the configuration whose data key is called so, or whose words end in a question mark;
without a configuration the data key called question, query, prompt or instruction.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from .label_studio_config import Labelling
from .label_studio_regions import WHOLE, Region, listed
from .label_studio_shapes import Entry

_USUAL = ("question", "query", "prompt", "instruction")
_ELSE = re.compile("caption|descri|title|summar|transcri", re.IGNORECASE)
_MARKS = ("?", "？", "؟")


class AboutPicture(Protocol):
    """Whether an entry without a place is about the picture."""

    def about_picture(self, entry: Entry, data: dict[str, Any]) -> bool:
        """As `label_studio_pages.Pages.about_picture`."""
        ...


def question_of(data: dict[str, Any], labelling: Labelling) -> tuple[str, str] | None:
    """The data key of what a task asks, and its words; None where it asks nothing."""
    keys = list(dict.fromkeys(labelling.texts.values()))
    for key in _USUAL:
        if (not labelling.controls or key in keys) and (words := _words(data.get(key))):
            return key, words
    for key in keys:
        words = _words(data.get(key))
        if words.endswith(_MARKS):
            return key, words
    return None


def _words(given: object) -> str:
    return given.strip() if isinstance(given, str) else ""


def assign(regions: Sequence[Region], data: dict[str, Any], labelling: Labelling, pages: AboutPicture) -> None:
    """Give each region that is about the whole its role; one about something else keeps none."""
    question = question_of(data, labelling)
    said: list[Region] = []
    for region in regions:
        if region.whole and region.first.kind in WHOLE:
            on_question = question is not None and _key_of(region.first, labelling) == question[0]
            if on_question or pages.about_picture(region.first, data):
                said.append(region)
            else:
                region.role = None
    answering = _answering(said) if question else []
    for region in said:
        if question and any(region is each for each in answering):
            _ask(region, question[1])
        elif region.role != "caption":
            name = region.first.control
            named = f"{(name or region.first.kind).replace('_', ' ')}?"
            _ask(region, _header(labelling.headers.get(name, ""), data) or named)


def _key_of(entry: Entry, labelling: Labelling) -> str:
    return labelling.texts.get(entry.target, entry.target)


def _answering(said: list[Region]) -> list[Region]:
    """Those of a task's answers about the whole that answer its question."""
    texts = [each for each in said if each.role == "caption" and not _ELSE.search(each.first.control)]
    others = [each for each in said if each.role != "caption"]
    return texts or (others if len(others) == 1 else [])


def _ask(region: Region, question: str) -> None:
    region.role, region.asked = "question", question
    region.answers = region.texts if region.texts else [_answer(region.first)]
    region.texts = []


def _header(words: str, data: dict[str, Any]) -> str:
    return _words(data.get(words[1:])) if words.startswith("$") else words


def _answer(entry: Entry) -> str | None:
    """What an entry says, in words; None where it says nothing."""
    given = entry.value.get("text" if entry.kind == "textarea" else entry.kind)
    if entry.kind == "pairwise":
        given = entry.value.get("selected", given)
    if entry.kind == "taxonomy":
        paths = [path if isinstance(path, list) else [path] for path in listed(given)]
        return ", ".join(" > ".join(map(_told, path)) for path in paths) or None
    return ", ".join(_told(each) for each in listed(given)) or None


def _told(given: object) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    return msgspec.json.encode(given).decode()

"""Wordings: the questions and answers of each task, ours or the user's, checked before anything is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...schemas.errors import ConfigError
from ..yaml_reader import DEEPEST, nesting

TASKS = (
    *("detect", "ground", "refer", "count", "caption", "grounded", "vqa", "phrase", "describe", "compare"),
    *("read", "read-region", "locate", "keypoints", "transcribe", "hear", "when"),
)
"""The tasks that have wordings."""

ALL_TASKS = (*TASKS, "chat")
"""Every task; of a chat, what was said is passed on as it is."""

PAGES = "_pages"
"""What the name of a list ends in whose wordings are for several pictures shown together."""

FILM, SOUND = "_film", "_sound"
"""What the name of a list ends in whose wordings are for a film or for a sound."""

MEDIA_TASKS = frozenset({"transcribe", "hear", "when"})
"""The tasks about what is in a film or sound for some time."""

BOXLESS_TASKS = MEDIA_TASKS | {"caption", "vqa", "chat"}
"""The tasks that may stand beside those: they speak of no place in a picture."""

TEXT_TASKS = frozenset({"read", "read-region", "locate", "describe"})
"""The tasks that say what is written in objects."""

POINT_TASKS = frozenset({"keypoints"})
"""The tasks that say where the points of objects are, and need no box with an area."""

_SLOTS: dict[str, dict[str, tuple[set[str], set[str]]]] = {  # task → list → (must hold, may hold)
    "detect": {"ask": (set(), set()), "ask_labels": ({"labels"}, {"labels"}), "none": (set(), set())},
    "ground": {"ask": ({"label"}, {"label"}), "none": (set(), {"label"})},
    "refer": {"ask": ({"box"}, {"box"}), "answer": ({"label"}, {"label"})},
    "count": {"ask": ({"label"}, {"label"}), "answer": ({"count"}, {"count", "label"})},
    "caption": {"ask": (set(), set())},
    "grounded": {"ask": (set(), set()), "ask_some": (set(), set()), "answer": ({"things"}, {"things"})},
    "vqa": {"ask": ({"question"}, {"question"}), "ask_short": ({"question"}, {"question"})},
    "phrase": {"ask": ({"phrase"}, {"phrase"}), "none": (set(), {"phrase"})},
    "describe": {
        "ask": ({"box"}, {"box"}),
        "answer": ({"phrase"}, {"phrase"}),
        "answer_attributes": ({"label", "attributes"}, {"label", "attributes"}),
    },
    "compare": {
        "ask_more": ({"label", "first", "second"}, {"label", "first", "second"}),
        "more": ({"page"}, {"page", "label"}),
        "same": (set(), {"label", "count"}),
        "ask_only": ({"first", "second"}, {"first", "second"}),
        "only": ({"labels"}, {"labels", "first", "second"}),
        "none": (set(), {"first", "second"}),
    },
    "read": {"ask": (set(), set()), "ask_legible": (set(), set()), "ask_some": (set(), set())},
    "read-region": {"ask": ({"box"}, {"box"}), "answer": ({"text"}, {"text"})},
    "locate": {"ask": ({"text"}, {"text"}), "none": (set(), {"text"}), "none_legible": (set(), {"text"})},
    "transcribe": {"ask": (set(), set())},
    "hear": {"ask": ({"start", "end"}, {"start", "end"})},
    "when": {"ask": ({"label"}, {"label"}), "answer": ({"start", "end"}, {"start", "end", "label"})},
    "keypoints": {
        "ask": ({"box"}, {"box", "label"}),
        "ask_label": ({"label"}, {"label"}),
        "hidden": ({"name"}, {"name"}),
        "unnamed": ({"number"}, {"number"}),
    },
}
_SLOT = re.compile(r"\{(\w*)\}")
_OURS = Path(__file__).with_name("wordings.yaml")


@dataclass(frozen=True)
class Wordings:
    """The wordings of one language: `lists[task][name]`, several of each; `join` stands between labels."""

    join: str
    lists: Mapping[str, Mapping[str, tuple[str, ...]]]


def load_wordings(lang: str, own: Path | None = None) -> Wordings:
    """The wordings of `lang`; a user's file replaces the tasks it names.

    Raises `ConfigError` naming file, task, list and slot where a file does not fit.
    """
    ours = _read(_OURS)[lang]
    lists = {task: _checked(_OURS, lang, task, ours[task]) for task in TASKS}
    join = str(ours["join"])
    if own is not None:
        theirs = _language(own, lang)
        join = theirs.pop("join", join)
        if not isinstance(join, str):
            raise ConfigError(f"{own}: {lang}.join", f"{join!r} is no text", "Write what stands between labels.")
        for task, given in theirs.items():
            if task not in TASKS:
                raise ConfigError(
                    f"{own}: {lang}.{task}", "no task has this name", f"The tasks are {', '.join(TASKS)}."
                )
            lists[task] = _replaced(lists[task], _checked(own, lang, task, given))
    return Wordings(join, lists)


def _replaced(ours: Mapping[str, tuple[str, ...]], theirs: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Our lists with theirs in their stead; one of theirs is for several pictures too unless they have one for that."""
    kept = {name: each for name, each in ours.items() if _plain(name) not in theirs}
    return {**kept, **theirs}


def _plain(name: str) -> str:
    """The name of a list without what it is for: several pictures, a film, a sound."""
    return name.removesuffix(PAGES).removesuffix(FILM).removesuffix(SOUND)


def _language(own: Path, lang: str) -> dict[str, Any]:
    found = _read(own)
    if not isinstance(found.get(lang), dict):
        have = ", ".join(map(str, found)) or "nothing"
        raise ConfigError(
            str(own), f"there is nothing for {lang!r} here, only {have}", f"Put the tasks under '{lang}:'."
        )
    return dict(found[lang])


def _read(path: Path) -> dict[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_bytes()
        if path != _OURS and nesting(yaml.parse(text, Loader=loader)) > DEEPEST:
            raise ConfigError(str(path), "lists or mappings are nested too deep", "Write tasks, lists and wordings.")
        found = yaml.load(text, Loader=loader)  # noqa: S506
    except OSError as fault:
        raise ConfigError(str(path), f"cannot be read: {fault.strerror}", "Check --templates.") from fault
    except (yaml.YAMLError, ValueError) as fault:
        raise ConfigError(str(path), f"no YAML: {' '.join(str(fault).split())}", "Correct the file.") from fault
    if not isinstance(found, dict):
        raise ConfigError(str(path), "the top is no mapping", "Begin with 'en:' or 'zh:', tasks beneath.")
    return found


def _checked(path: Path, lang: str, task: str, given: Any) -> dict[str, tuple[str, ...]]:
    """The lists of one task, each wording with the slots it needs and no others."""
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: {lang}.{task}", "no mapping of lists", "Write 'ask:' and a list beneath.")
    return {name: _list(f"{path}: {lang}.{task}.{name}", task, name, wordings) for name, wordings in given.items()}


def _list(place: str, task: str, name: Any, wordings: Any) -> tuple[str, ...]:
    slots_of = _SLOTS[task].get(_plain(name)) if isinstance(name, str) else None
    if slots_of is None:
        raise ConfigError(place, "no list has this name", f"{task} has: {', '.join(_SLOTS[task])}.")
    if not isinstance(wordings, list) or not wordings or not all(isinstance(w, str) and w.strip() for w in wordings):
        raise ConfigError(place, "this is no list of texts", "Give at least one wording, each a text.")
    must, may = slots_of
    for number, wording in enumerate(wordings):
        slots = set(_SLOT.findall(wording))
        if wrong := slots - may or must - slots:
            slot = sorted(wrong)[0]
            said = f"{{{slot}}} is {'unknown here' if slot in slots else 'missing'} in {wording!r}"
            allowed = " ".join(f"{{{each}}}" for each in sorted(may)) or "no slots"
            raise ConfigError(f"{place}[{number}]", said, f"This list takes {allowed}.")
        if fault := _text_fault(wording):
            raise ConfigError(f"{place}[{number}]", *fault)
    return tuple(wordings)


def _text_fault(wording: str) -> tuple[str, str] | None:
    """What else is wrong with a wording whose slots are right: (fact, remedy). No wording is ever a format string."""
    if "{" in (rest := _SLOT.sub("", wording)) or "}" in rest:
        return f"a brace in {wording!r} belongs to no slot", "Write slots as {label} and no other braces."
    if wording.count("{box}") > 1:
        return f"{{box}} is there {wording.count('{box}')} times in {wording!r}", "Name the box once."
    if any("\ud800" <= letter <= "\udfff" for letter in wording):
        return f"{wording!a} is no Unicode: half of a surrogate pair", "Write the character itself."
    return None

"""The labelling configuration: which control stands over which picture, and which answers belong to one region.

An export names controls (`from_name`) and what they stand over (`to_name`) but not their kind; the configuration
(project settings, Labeling Interface, Code) does. JSON needs it for little, JSON_MIN for much: there a choice and a
text of one value are both a bare string.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ...schemas.errors import ConfigError
from ..xml_reader import XmlError, parse

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MEDIA = {"image": "image", "video": "video", "audio": "audio", "audioplus": "audio"}
"""The tags that show a file of their own, and its kind."""

_INDEX = re.compile(r"\\\{\\\{[^}]*\\\}\\\}")
Value = TypeVar("Value")
_KEY = re.compile(r"\$?([^\[{]+)")


@dataclass(frozen=True, slots=True)
class Control:
    """One control tag: its kind as results spell it ("rectanglelabels"), whether it answers for one region, and the
    name of the tag that it stands over.
    """

    kind: str
    per_region: bool
    target: str = ""


@dataclass(slots=True)
class Labelling:
    """What a configuration says; empty when none was given.

    `pictures` maps the name of each `<Image>`, `<Video>` and `<Audio>` to the data key that holds its address or list
    of addresses, and `kinds` each such key to "image", "video" or "audio"; `frame_rates` are the pictures a second by
    which a `<Video>` numbers its frames. `aliases` maps what results hold to what the person saw; `point_order` is
    `model_index` by key-point label. `texts` maps the name of each `<Text>` to its data key, `headers` each control to
    the words of the `<Header>` before it. `dialogues` are the data keys that `<Paragraphs>` and `<Chat>` show, each
    with the keys of a turn's author and words.
    """

    controls: dict[str, Control] = field(default_factory=dict[str, Control])
    pictures: dict[str, str] = field(default_factory=dict[str, str])
    aliases: dict[str, str] = field(default_factory=dict[str, str])
    point_order: dict[str, int] = field(default_factory=dict[str, int])
    others: set[str] = field(default_factory=set[str])
    kinds: dict[str, str] = field(default_factory=dict[str, str])
    frame_rates: dict[str, float] = field(default_factory=dict[str, float])
    texts: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    dialogues: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def control(self, name: str) -> Control | None:
        """The control of that name; a repeated one (`labels_{{idx}}`) matches with any number."""
        return _match(self.controls, name)

    def picture_key(self, name: str) -> str | None:
        """The data key of the `<Image>`, `<Video>` or `<Audio>` of that name."""
        return _match(self.pictures, name)


def _match(table: dict[str, Value], name: str) -> Value | None:
    if name in table:
        return table[name]
    for pattern, value in table.items():
        if "{{" in pattern and re.fullmatch(_INDEX.sub(r"\\d+", re.escape(pattern)), name):
            return value
    return None


def read_config(path: Path | None) -> Labelling:
    """The configuration in that file; an empty one for None. `ConfigError` when it is none."""
    if path is None:
        return Labelling()
    try:
        root = parse(path.read_bytes())
    except OSError as error:
        raise ConfigError(str(path), f"not readable: {error.strerror}", "Check the path given to --config.") from None
    except XmlError as fault:
        raise ConfigError(f"{path}:{fault.at}", fault.message, "Copy the labelling interface's code again.") from None
    labelling = Labelling()
    _collect(root.iter(), labelling)
    _headers(root.iter(), labelling)
    if not labelling.controls and not labelling.pictures:
        raise ConfigError(
            str(path),
            f"<{root.tag}> holds no control and no <Image>, <Video> or <Audio>: this is no labelling configuration",
            "Give the XML of the project's labelling interface, which begins with <View>.",
        )
    return labelling


def _collect(elements: "Iterable[Element]", labelling: Labelling) -> None:
    for element in elements:
        name, kind = element.get("name"), element.tag.lower()
        value = element.get("valueList") or element.get("value") or ""
        if kind == "label":
            _label(element, labelling)
        elif name and element.get("toName"):
            per_region = (element.get("perRegion") or "").lower() == "true"
            labelling.controls[name] = Control(kind, per_region, element.get("toName") or "")
        elif name and kind in MEDIA:
            labelling.pictures[name] = _key(value)
            labelling.kinds[_key(value)] = MEDIA[kind]
            if rate := _rate(element.get("frameRate") or element.get("framerate") or ""):
                labelling.frame_rates[_key(value)] = rate
        elif name and value:
            labelling.others.add(name)
            if kind == "text":
                labelling.texts[name] = _key(value)
            elif kind in ("paragraphs", "chat"):
                turn = ("role", "content") if kind == "chat" else _turn_keys(element)
                labelling.dialogues[_key(value)] = turn


def _turn_keys(element: "Element") -> tuple[str, str]:
    return element.get("nameKey") or "author", element.get("textKey") or "text"


def _rate(text: str) -> float | None:
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if 0 < rate < inf else None


def _headers(parents: "Iterable[Element]", labelling: Labelling) -> None:
    """The words of each `<Header>` belong to the control that follows it in the same view."""
    for parent in parents:
        words = ""
        for element in parent:
            name = element.get("name")
            if element.tag.lower() == "header":
                words = (element.get("value") or element.text or "").strip()
            elif words and name and element.get("toName"):
                labelling.headers[name] = words
                words = ""


def _label(element: "Element", labelling: Labelling) -> None:
    value, alias, index = element.get("value") or "", element.get("alias"), element.get("model_index") or ""
    if alias:
        labelling.aliases[alias] = value
    if index.isascii() and index.isdigit():
        labelling.point_order[alias or value] = int(index[:9])


def _key(value: str) -> str:
    """`$images[{{idx}}].url` stands on the data key `images`."""
    found = _KEY.match(value)
    return found[1] if found else value

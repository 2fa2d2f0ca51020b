"""A labelling config as what it lets people say: which tag shows what, which control takes which labels.

The XML of Label Studio's labelling interface (docs of 1.23, tags). A control's labels are its `<Label>`, `<Choice>` or
`<Relation>` children; results hold a label's alias where it has one, and its value else. `$key` names a key of the
task's data.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..converters.xml_reader import XmlError, parse
from ..schemas.errors import ConfigError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LABEL_TAGS = ("label", "choice")
_KEY = re.compile(r"\$([A-Za-z_][\w]*)")


@dataclass(frozen=True)
class Control:
    """One control: its tag, the tags that it stands over, its own attributes, and those of its labels by what results
    hold.
    """

    tag: str
    over: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    labels: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])


@dataclass(frozen=True)
class Labelling:
    """The controls by name, the tags that show something by name (tag, data keys), every data key, and the XML with
    what makes no difference taken out.
    """

    controls: dict[str, Control]
    shown: dict[str, tuple[str, tuple[str, ...]]]
    keys: frozenset[str]
    canonical: str


def root_of(config: str, place: str) -> "Element":
    """The config's root element; `ConfigError` where it is no XML."""
    try:
        return parse(config.encode())
    except (XmlError, UnicodeEncodeError) as fault:
        at, what = (fault.at, fault.message) if isinstance(fault, XmlError) else ("1:1", "is no Unicode text")
        remedy = "Correct the XML; Label Studio's Settings, Labeling Interface, Code shows a preview."
        raise ConfigError(f"{place}:{at}", what, remedy) from None


def read_labelling(config: str, place: str = "label_config") -> Labelling:
    """What the config says. Reads what is there; `labelling_lint.flaws` says what is wrong with it."""
    root = root_of(config, place)
    controls: dict[str, Control] = {}
    shown: dict[str, tuple[str, tuple[str, ...]]] = {}
    keys: set[str] = set()
    for element in root.iter():
        name, over = element.get("name"), element.get("toName")
        own = data_keys(element)
        keys.update(own)
        if name and over:
            controls[name] = _control(element, over)
        elif name and own:
            shown[name] = (element.tag, own)
    return Labelling(controls, shown, frozenset(keys), canonical(root))


def data_keys(element: "Element") -> tuple[str, ...]:
    """The keys of the task's data that an element's attributes name with `$`."""
    return tuple(dict.fromkeys(key for value in element.attrib.values() for key in _KEY.findall(value)))


def label_name(element: "Element") -> str:
    """What results hold for a `<Label>` or `<Choice>`: its alias, else its value."""
    return element.get("alias") or element.get("value") or ""


def canonical(element: "Element") -> str:
    """The XML without comments, without blanks between elements, attributes by name: equal where nothing differs."""
    attributes = "".join(f" {name}={value!r}" for name, value in sorted(element.attrib.items()))
    text = (element.text or "").strip()
    inside = "".join(canonical(child) + (child.tail or "").strip() for child in element)
    return f"<{element.tag}{attributes}>{text}{inside}</>"


def _control(element: "Element", over: str) -> Control:
    attributes = {name: value for name, value in element.attrib.items() if name not in ("name", "toName")}
    labels = {
        label_name(child): {
            name: value for name, value in child.attrib.items() if name != "value" or child.get("alias")
        }
        for child in element.iter()
        if child.tag.lower() in LABEL_TAGS
    }
    return Control(element.tag, tuple(part.strip() for part in over.split(",")), attributes, labels)

"""A YAML file that a person wrote, as plain values with the line of each: safe, and without its silent traps.

YAML 1.1 keeps the last of two equal keys, makes false of `off`, a date of `2024-01-01`, 15 of `017` and 90 of `1:30`,
and lets a short file name itself over and over until memory is full. Here yes, no, on and off are words, as in YAML
1.2; a key that is there twice or is no text is refused, also numbers that are others, or none, in YAML 1.2 (`017`,
`1:30`, `1_000`), `<<`, a tag that is none of YAML's own, nesting deeper than 20 and more than 100,000 values once all
`*names` are followed. Source: the YAML specifications 1.1 and 1.2; PyYAML's loaders.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..schemas.errors import ConfigError
from ..schemas.suggest import closest

if TYPE_CHECKING:
    import yaml

DEEPEST = 20
MOST_VALUES = 100_000
MOST_BYTES = 10_000_000

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_ANOTHER = re.compile(r"[:_]|\A[-+]?0[0-9]+\Z")
"""Numbers that are in base 60 or 8, or have signs between their digits, to YAML 1.1 alone."""

Place = tuple[str | int, ...]
"""Where a value stands: keys and numbers from the top."""


class Document(NamedTuple):
    """What a file says: its values, and by place the line of each, from 1; of what has a key, that of the key."""

    value: Any
    lines: dict[Place, int]


def read_yaml(path: Path) -> Document:
    """Read a file. Raises `ConfigError` with its name and line where it cannot be read or followed."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(str(path), f"has more than {MOST_BYTES:,} bytes", "Name the file that a person wrote.")
        text = path.read_bytes()
        if nesting(yaml.parse(text, Loader=loader)) > DEEPEST:
            raise ConfigError(str(path), f"is nested more than {DEEPEST} deep", "Write lists and mappings flatter.")
        top = yaml.compose(text, Loader=loader)
        return _Reader(path).document(top)
    except OSError as fault:
        raise ConfigError(str(path), f"cannot be read: {fault.strerror}", _meant(path)) from fault
    except yaml.MarkedYAMLError as fault:
        line = f":{fault.problem_mark.line + 1}" if fault.problem_mark else ""
        said = " ".join(filter(None, (fault.context, fault.problem)))
        raise ConfigError(f"{path}{line}", f"no YAML: {said}", "Correct the line, or the one before it.") from fault
    except (yaml.YAMLError, ValueError) as fault:
        raise ConfigError(str(path), f"no YAML: {' '.join(str(fault).split())}", "Correct the file.") from fault


def _meant(path: Path) -> str:
    """What to do where a file is not there: take the one that was probably meant."""
    try:
        near = closest(path.name, (each.name for each in path.parent.iterdir() if each.name != path.name))
    except OSError:
        near = None
    return f"Did you mean {path.parent / near}?" if near else "Check the name and the folder you are in."


def nesting(events: Iterable[Any]) -> int:
    """How deep a file's lists and mappings are nested, up to one more than is looked at.

    Asked before the file is loaded: the C loader ends the whole process where they are nested some ten thousand deep.
    """
    depth = deepest = 0
    for event in events:
        kind = type(event).__name__
        depth += kind in ("SequenceStartEvent", "MappingStartEvent")
        depth -= kind in ("SequenceEndEvent", "MappingEndEvent")
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            break
    return deepest


class _Reader:
    """Takes the nodes of one file apart."""

    def __init__(self, path: Path) -> None:
        import yaml

        self.path = path
        self.lines: dict[Place, int] = {}
        self.scalars = yaml.SafeLoader("")

    def document(self, top: "yaml.Node | None") -> Document:
        if top is None:
            raise ConfigError(str(self.path), "there is nothing in it", "Write something, or name another file.")
        self.lines[()] = top.start_mark.line + 1
        return Document(self._value(top, ()), self.lines)

    def _value(self, node: "yaml.Node", at: Place) -> Any:
        import yaml

        if len(self.lines) > MOST_VALUES or len(at) > DEEPEST:
            raise self._refused(node, "names itself, or too much", "Write out what *names stand for.")
        if isinstance(node, yaml.ScalarNode):
            return str(node.value) if _is_word(node) else self._scalar(node)
        if node.tag not in ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"):
            raise self._refused(node, f"has the tag {node.tag}", "Leave the tag out.")
        if isinstance(node, yaml.SequenceNode):
            return [self._at(each, each, (*at, number)) for number, each in enumerate(node.value)]
        held: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key)
            if name in held:
                first = self.lines[(*at, name)]
                raise self._refused(key, f"{name} is there already, in line {first}", "Keep one of the two.")
            held[name] = self._at(key, value, (*at, name))
        return held

    def _scalar(self, node: "yaml.ScalarNode") -> Any:
        value = self.scalars.construct_object(node)
        if node.tag in _NUMBERS and _ANOTHER.search(node.value):
            remedy = f'Write {value} if that is meant; what is a text stands in quotes: "{node.value}".'
            raise self._refused(node, f"YAML takes {node.value} for {value}", remedy)
        return value

    def _at(self, told: "yaml.Node", node: "yaml.Node", at: Place) -> Any:
        self.lines[at] = told.start_mark.line + 1
        return self._value(node, at)

    def _key(self, node: "yaml.Node") -> str:
        import yaml

        if not isinstance(node, yaml.ScalarNode):
            raise self._refused(node, "a key is no text", "Write a word before the colon.")
        if node.tag == "tag:yaml.org,2002:merge":
            raise self._refused(node, "<< is not followed", "Write out what it stands for.")
        if node.tag != "tag:yaml.org,2002:str" and not _is_word(node):
            fact = f"YAML takes the key {node.value} for no text"
            raise self._refused(node, fact, f'Write it in quotes: "{node.value}".')
        return str(node.value)

    def _refused(self, node: "yaml.Node", fact: str, remedy: str) -> ConfigError:
        return ConfigError(f"{self.path}:{node.start_mark.line + 1}", fact, remedy)


def _is_word(node: "yaml.ScalarNode") -> bool:
    """Whether YAML 1.1 takes for a truth what is a word since 1.2."""
    return node.tag == "tag:yaml.org,2002:bool" and node.value.lower() not in ("true", "false")

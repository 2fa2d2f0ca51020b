"""What does not fit in a recipe, said with its line, the value and what to write instead."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ...converters.yaml_reader import Place
from ...schemas.errors import ConfigError
from ...schemas.recipe import KeepPart, Recipe, SourcePart, TargetPart
from ...schemas.suggest import closest

_PARTS: dict[str, type[BaseModel]] = {"sources": SourcePart, "targets": TargetPart, "keep": KeepPart}
_MORE = "See docs/recipes.md."


class Lines(NamedTuple):
    """A recipe's file and the line of everything in it."""

    file: Path
    lines: dict[Place, int]

    def line(self, at: Place) -> int:
        """The line of a place, or of the nearest that it lies in."""
        while at not in self.lines and at:
            at = at[:-1]
        return self.lines.get(at, 1)

    def place(self, at: Place) -> str:
        """`recipe.yaml:7: sources[0].input`."""
        return f"{self.file}:{self.line(at)}" + (f": {dotted(at)}" if at else "")

    def error(self, at: Place, fact: str, remedy: str) -> ConfigError:
        """A fault at a place."""
        return ConfigError(self.place(at), fact, remedy)


def dotted(at: Place) -> str:
    """`sources[0].input`."""
    text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in at)
    return text.removeprefix(".")


def misfit(lines: Lines, value: Any, error: ValidationError) -> ConfigError:
    """The first thing, by its line, that is not as the model has it; the others are counted."""
    found = sorted(error.errors(), key=lambda each: lines.line(_there(value, each["loc"])))
    places = list(dict.fromkeys(_there(value, each["loc"]) for each in found))
    first = _said(lines, value, found[0])
    others = len(places) - 1
    more = f"\nThere {'is one more fault' if others == 1 else f'are {others} more faults'}." if others else ""
    return ConfigError(first.place, first.fact, first.remedy + more)


def _there(value: Any, loc: Sequence[str | int]) -> Place:
    """The part of a location that is in the file; what else pydantic puts there names its own types."""
    at: list[str | int] = []
    held: Any = value
    for step in loc:
        known: Any = held if isinstance(held, dict) else dict(enumerate(held)) if isinstance(held, list) else {}
        if step in known:
            held = known[step]
            at.append(step)
    return tuple(at)


def _said(lines: Lines, value: Any, found: ErrorDetails) -> ConfigError:
    at, kind = _there(value, found["loc"]), found["type"]
    given = found["input"]
    if kind == "extra_forbidden":
        return lines.error(at, f"there is no key {at[-1]!r}", _likely(at))
    if kind == "missing":
        name = str(found["loc"][-1])
        return lines.error(at, f"{name} is missing", _wanted(at, name))
    remedy = _wanted(at[: _of_field(at)], str(at[_of_field(at)])) if at else _MORE
    if kind == "literal_error":
        return lines.error(at, f"{_shown(given)} is not {found.get('ctx', {}).get('expected', 'known')}", remedy)
    if kind == "model_type" and at and isinstance(at[-1], int):
        shown = given if isinstance(given, str) else "..."
        return lines.error(at, f"{_shown(given)} is no mapping", f"Write {{{_first_key(at)}: {shown}}}. {_MORE}")
    if kind == "bool_type":
        remedy = f"Write true or false. {remedy}"
    return lines.error(at, f"{_shown(given)} does not fit: {found['msg'][:1].lower()}{found['msg'][1:]}", remedy)


def _first_key(at: Place) -> str:
    """What a part must say: `source` of a source, `to` of a target."""
    return next(name for name, field in _model(at).model_fields.items() if field.is_required())


def _likely(at: Place) -> str:
    """The key that was probably meant, here or in another part; else all that there are here."""
    known = list(_model(at[:-1]).model_fields)
    if meant := closest(str(at[-1]), known):
        return f"Did you mean {meant}?"
    parts: dict[str, type[BaseModel]] = {"": Recipe, **_PARTS}
    for name, part in parts.items():
        if meant := closest(str(at[-1]), part.model_fields):
            return f"Did you mean {meant}? It stands {f'under {name}' if name else 'at the top'}."
    return f"There are: {', '.join(known)}."


def _of_field(at: Place) -> int:
    """Where in a place the name of the innermost field stands."""
    for index in range(len(at) - 1, -1, -1):
        if isinstance(at[index], str) and at[index] in _model(at[:index]).model_fields:
            return index
    return 0


def _model(at: Place) -> type[BaseModel]:
    """The model of the mapping at a place."""
    model: type[BaseModel] = Recipe
    for step in at:
        model = _PARTS.get(str(step), model)
    return model


def _wanted(at: Place, name: str) -> str:
    """What the field is for, as its description says."""
    field = _model(at).model_fields.get(name)
    return f"{name}: {field.description}" if field and field.description else _MORE


def _shown(given: object) -> str:
    """A value as its writer sees it; what YAML made of text without quotes is said."""
    if given is None:
        return "nothing"
    if isinstance(given, (dict, list)):
        return "a mapping" if isinstance(given, dict) else "a list"
    return repr(given) if isinstance(given, (str, int, float)) else f"{given} (a {type(given).__name__} to YAML)"

"""A source's or target's own options: from what a recipe says to the dataclass that the module declares."""

from dataclasses import Field
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ...converters.options import option_fields
from ...converters.yaml_reader import Place
from ...schemas.suggest import closest
from .resolve import Resolver

_SUCH: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
}


def own_options(kind: type | None, given: dict[str, Any], at: Place, of: str, resolver: Resolver) -> Any:
    """The options of `of`, a source's or target's name; None where it declares none. Paths are resolved.

    Raises `ConfigError` with the line for a name or a value that the module does not declare.
    """
    known = {each.name: each for each in option_fields(kind)} if kind else {}
    hints = get_type_hints(kind) if kind else {}
    values: dict[str, Any] = {}
    for said, value in given.items():
        name = said.replace("-", "_")
        if name not in known:
            meant = closest(name, known)
            remedy = f"Did you mean {meant}?" if meant else f"It has: {', '.join(known) or 'none'}."
            raise resolver.lines.error((*at, said), f"{of} has no option {said!r}", remedy)
        values[name] = _typed(known[name], hints[name], value, (*at, said), resolver)
    return kind(**values) if kind else None


def _typed(each: "Field[Any]", hint: Any, value: Any, at: Place, resolver: Resolver) -> Any:
    origin, inside = get_origin(hint), get_args(hint)
    if origin is tuple:
        if not isinstance(value, list):
            return (_one(each, inside[0], value, at, resolver),)
        return tuple(_one(each, inside[0], part, (*at, number), resolver) for number, part in enumerate(value))
    if origin in (Union, UnionType):
        hint = next(part for part in inside if part is not type(None))
    return _one(each, hint, value, at, resolver)


def _one(each: "Field[Any]", hint: Any, value: Any, at: Place, resolver: Resolver) -> Any:
    choices = each.metadata["choices"] or (get_args(hint) if get_origin(hint) is Literal else ())
    if choices and value not in choices:
        raise resolver.lines.error(
            at, f"{value!r} is none of its values", f"Write one of: {', '.join(map(str, choices))}."
        )
    wanted: type = type(choices[0]) if choices else hint
    fits = isinstance(value, str) if wanted is Path else type(value) is wanted
    if wanted is float and type(value) is int:
        return float(value)
    if not fits:
        raise resolver.lines.error(
            at, f"{value!r} is not {_SUCH.get(wanted, 'such a value')}", str(each.metadata["help"])
        )
    return resolver.path(value, at) if wanted is Path else value

"""Reading project.yaml: the safe loader, every key once, and each fault with its place in the file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..schemas.errors import ConfigError

if TYPE_CHECKING:
    from yaml.nodes import Node

    from ..schemas.project import Project

_MOST = 1_000_000
"""Bytes of a project file; a config of a thousand labels has a tenth of that."""
_REMEDY = "Correct the file; mmdata annotate init writes one that is right."


def read_project(path: Path) -> "Project":
    """The project in that file. `ConfigError` naming key and value where it is none."""
    from pydantic import ValidationError

    from ..schemas.project import Project

    found = _yaml(path)
    if not isinstance(found, dict):
        raise ConfigError(str(path), "holds no mapping of keys", _REMEDY)
    try:
        return Project.model_validate(found)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        given = first.get("input")
        value = "" if first["type"] == "missing" else f" ({str(given)[:80]!r})"
        more = f"; and {fault.error_count() - 1} more" * (fault.error_count() > 1)
        raise ConfigError(f"{path}: {where}", f"{first['msg'].lower()}{value}{more}", _REMEDY) from None


def _yaml(path: Path) -> Any:
    import yaml

    try:
        with path.open("rb") as file:
            text = file.read(_MOST + 1)
    except OSError as fault:
        raise ConfigError(str(path), f"cannot be read: {fault.strerror}", "Name a project file.") from None
    if len(text) > _MOST:
        raise ConfigError(str(path), f"is longer than {_MOST:,} bytes", "Name a project file.")
    try:
        return _document(yaml.SafeLoader(text), path)  # not libyaml's: deep nesting ends the whole process there
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError(place, f"is no YAML: {fault.problem}", _REMEDY) from None
    except (yaml.YAMLError, ValueError) as fault:
        raise ConfigError(str(path), f"is no YAML: {' '.join(str(fault).split())[:200]}", _REMEDY) from None
    except RecursionError:
        raise ConfigError(str(path), "is nested too deep", _REMEDY) from None


def _document(loader: Any, path: Path) -> Any:
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_keys(node, path)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_keys(node: "Node", path: Path) -> None:
    """Refuse a key that stands twice, of which YAML keeps the last in silence, and aliases: nothing here needs them."""
    from yaml.nodes import MappingNode, SequenceNode

    seen: set[int] = set()
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        line = f"{path}:{each.start_mark.line + 1}"
        if id(each) in seen:
            raise ConfigError(line, "is used again by an alias (*)", "Write it out at both places.")
        seen.add(id(each))
        if isinstance(each, SequenceNode):
            waiting += each.value
        elif isinstance(each, MappingNode):
            names = [key.value for key, _ in each.value]
            twice = [str(name) for place, name in enumerate(names) if name in names[:place]]
            if twice:
                raise ConfigError(line, f"the key {twice[0]!r} stands there twice", "Keep one of them.")
            waiting += [value for _, value in each.value]

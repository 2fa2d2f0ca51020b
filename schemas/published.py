"""The published JSON Schemas (draft 2020-12): one file each beside this module, `<name>.schema.json`."""

from importlib.resources import files
from typing import Any

import msgspec

_SUFFIX = ".schema.json"


def schema_names() -> list[str]:
    """The names of all published schemas, sorted."""
    names = (entry.name for entry in files(__package__).iterdir())
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def published_schema(name: str) -> dict[str, Any]:
    """The schema of that name as JSON reads it; `KeyError` when there is none."""
    if name not in schema_names():
        raise KeyError(name)
    text = files(__package__).joinpath(name + _SUFFIX).read_bytes()
    schema: dict[str, Any] = msgspec.json.decode(text)
    return schema

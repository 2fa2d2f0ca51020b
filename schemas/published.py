"""The published JSON Schemas (draft 2020-12): one file each beside this module, `<name>.schema.json`."""

from pathlib import Path
from typing import Any

import msgspec

_FOLDER = Path(__file__).parent
_SUFFIX = ".schema.json"


def schema_names() -> list[str]:
    """The names of all published schemas, sorted."""
    return sorted(file.name.removesuffix(_SUFFIX) for file in _FOLDER.glob(f"*{_SUFFIX}"))


def published_schema(name: str) -> dict[str, Any]:
    """The schema of that name as JSON reads it; `KeyError` when there is none."""
    if name not in schema_names():
        raise KeyError(name)
    schema: dict[str, Any] = msgspec.json.decode((_FOLDER / f"{name}{_SUFFIX}").read_bytes())
    return schema

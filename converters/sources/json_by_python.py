"""A small JSON file as Python reads it, for what the fast decoder refuses: NaN, or the place of what is wrong."""

import json
from pathlib import Path

from ...schemas.errors import InputError


def json_by_python(path: Path, data: bytes, remedy: str) -> object:
    """The value of the file's bytes; `InputError` with line and column where they are no JSON."""
    try:
        return json.loads(data.decode())
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise InputError(place, f"no whole JSON: {error.msg}", remedy) from None
    except (ValueError, RecursionError) as error:
        said = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise InputError(str(path), f"no JSON in UTF-8: {said}", remedy) from None

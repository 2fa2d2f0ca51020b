"""Which project of the server is meant: by its number, or by the key under which mmdata made it."""

from typing import Any

from ..schemas.errors import ConfigError
from .server import Server

MARK = "mmdata:key="
"""What stands in a project's description before its key; titles are not unique."""

_PAGE = 100


def find_project(server: Server, name: str) -> int:
    """The number of the project that is meant; `ConfigError` where no project, or several, have that key."""
    if name.isascii() and name.isdigit():
        return int(name)
    found = [each["id"] for each in _projects(server) if f"{MARK}{name}" in str(each.get("description")).split()]
    if len(found) == 1:
        return int(found[0])
    fact = f"{len(found)} projects of {server.url} have this key" if found else f"no project of {server.url} has it"
    raise ConfigError(f"project {name!r}", fact, "Give the project's number, which stands in its address.")


def _projects(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = 1
    while True:
        asked = {"include": "id,description", "page": page, "page_size": _PAGE, "ordering": "id"}
        answer = server.get("/api/projects/", asked)
        found += answer["results"]
        if not answer.get("next"):
            return found
        page += 1

"""Projects on the server: found by their key, which stands in the description as `mmdata:key=…`, or by their id.

Titles cannot serve: Label Studio lets several projects have the same one.
"""

import re
from typing import Any

from ..schemas.errors import ConfigError
from .faults import ServerFault
from .server import Server

_KEY = re.compile(r"(?:^|\s)mmdata:key=([A-Za-z0-9][A-Za-z0-9._-]*)")
_PAGE = 1000


def key_of(description: str | None) -> str | None:
    """The key that a project's description holds."""
    found = _KEY.search(description or "")
    return found[1] if found else None


def with_key(description: str, key: str) -> str:
    """The description as the server is to have it: the words for people, then the key."""
    return f"{description.strip()}\n\nmmdata:key={key}".strip()


def listed(server: Server) -> list[dict[str, Any]]:
    """Every project that the token's user sees: id, title, description."""
    found: dict[int, dict[str, Any]] = {}
    page = 1
    while True:
        asked = {"include": "id,title,description", "page": page, "page_size": _PAGE, "ordering": "id"}
        answer = server.get("/api/projects/", asked)
        results: Any = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(results, list):
            remedy = "Look whether the address is that of Label Studio itself (mmdata annotate doctor)."
            raise ServerFault(f"{server.url}/api/projects/", "answered with no list of projects", remedy)
        found |= {int(each["id"]): each for each in results}
        if not answer.get("next"):
            return list(found.values())
        page += 1


def with_this_key(server: Server, key: str) -> dict[str, Any] | None:
    """The project with that key, id, title and description alone; `ConfigError` where there are several."""
    having = [each for each in listed(server) if key_of(each.get("description")) == key]
    if len(having) > 1:
        ids = ", ".join(str(each["id"]) for each in having)
        remedy = "Take the key out of the description of all but one (Settings, General)."
        raise ConfigError(server.url, f"the projects {ids} have the same key {key!r}", remedy)
    return having[0] if having else None


def project_at(server: Server, project: int) -> dict[str, Any]:
    """The whole project of that id, with its counts of tasks; `NotFound` where there is none."""
    answer = server.get(f"/api/projects/{project}/")
    if not isinstance(answer, dict) or answer.get("id") != project:
        remedy = "Look whether the address is that of Label Studio itself (mmdata annotate doctor)."
        raise ServerFault(f"{server.url}/api/projects/{project}/", "answered with no project", remedy)
    return answer

"""What a project has already, found by `mm_id`."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from ..schemas.errors import ConfigError
from .faults import ServerFault
from .filters import data_in, encoded, query
from .push_task import ID, META
from .server import Server

_ASKED = 4000
"""Bytes of ids in one look-up: addresses of 8 kB are what usual proxies take."""


class There(NamedTuple):
    """A task that the project has: its number, whole data and meta, its predictions where they were asked for."""

    task: int
    data: dict[str, Any]
    meta: dict[str, Any]
    predictions: list[dict[str, Any]]

    @property
    def pushed(self) -> dict[str, Any]:
        """What a push wrote into its meta; empty where none made it."""
        pushed = self.meta.get(META)
        return pushed if isinstance(pushed, dict) else {}


def look_up(server: Server, project: int, ids: Iterable[str], *, predictions: bool = False) -> dict[str, There]:
    """The tasks with these ids that the project has. `ConfigError` where two have the same."""
    found: dict[str, There] = {}
    for some in _portions(ids):
        for row in _rows(server, project, some, predictions=predictions):
            identity = str(row["data"].get(ID))
            task = There(int(row["id"]), row["data"], row.get("meta") or {}, row.get("predictions") or [])
            if identity in found:
                fact = f"has two tasks, {found[identity].task} and {task.task}, of one {ID} {identity!r}"
                remedy = "Delete the one that nobody worked on: which of them is meant cannot be told."
                raise ConfigError(f"{server.url} project {project}", fact, remedy)
            found[identity] = task
    return found


def _rows(server: Server, project: int, ids: list[str], *, predictions: bool) -> list[dict[str, Any]]:
    """The tasks in one page: at most a few hundred ids are asked for, and each is there once or is an error."""
    params = {"project": project, "page": 1, "page_size": 2 * len(ids) + 2, "include": "id,data,meta"}
    if predictions:
        params |= {"fields": "all", "include": "id,data,meta,predictions"}  # without `fields` it leaves them out
    answer = server.get("/api/tasks", {**params, "query": query([data_in(ID, ids)])})
    rows: Any = answer.get("tasks") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(each, dict) and "id" in each for each in rows):
        remedy = "Look whether the address is that of Label Studio itself (mmdata annotate doctor)."
        raise ServerFault(f"{server.url}/api/tasks", "answered with no list of tasks", remedy)
    return rows


def _portions(ids: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for each in ids:
        length = len(quote(encoded(each))) + 10
        if some and size + length > _ASKED:
            yield some
            some, size = [], 0
        some.append(each)
        size += length
    if some:
        yield some

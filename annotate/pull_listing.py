"""What there is on the server, told by ids and counts alone: tasks that changed, tasks that are gone.

Deleted tasks leave no trace, so they are found by counting: as many tasks must lie between the first and the last id
that are known as are known there. Where a count differs the range is halved, and a short range is listed. New tasks
get higher ids than all others, so they cannot make up for deleted ones. A task in such a range that is not known was
missed (its id was given before that of a task which was there earlier; a database was restored) and is found as well.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeGuard

from ..schemas.errors import InputError
from .filters import between, changed_since
from .server import Server, ServerFault

OVERLAP = timedelta(minutes=10)
"""`updated_at` is set before a change is committed: what is committed after a pull looked may bear an earlier time."""

_DENSE = 1.5
_REMEDY = "Look whether the address is that of Label Studio 1.20 or later (mmdata annotate doctor)."
_FEW = 400
"""Tasks that are listed rather than halved once more: a page costs little more than a count."""


class Listed(NamedTuple):
    """One task as the listing has it; `annotations` are those submitted, without skipped ones."""

    task: int
    updated_at: str
    annotations: int


def changed(server: Server, project: int, watermark: str | None) -> list[Listed]:
    """Tasks that changed since the watermark less the overlap, or all where there is none; by id."""
    filters = () if watermark is None else (changed_since(moment(watermark) - OVERLAP),)
    rows = server.rows(project, filters, "id,updated_at,total_annotations")
    place = f"{server.url}/api/tasks"
    return [_listed(row, place) for row in rows]


def _listed(row: dict[str, object], place: str) -> Listed:
    task, updated_at, annotations = row.get("id"), row.get("updated_at"), row.get("total_annotations")
    if not is_id(task) or not isinstance(updated_at, str) or not isinstance(annotations, int):
        raise ServerFault(place, f"listed a task without id, updated_at or total_annotations: {row}"[:300], _REMEDY)
    moment(updated_at)
    return Listed(task, updated_at, annotations)


def newest_change(server: Server, project: int) -> str | None:
    """The latest `updated_at` of all tasks; None where there are none.

    Asked for before all else, it is the watermark of a pull however long that takes: what changes meanwhile is later.
    """
    task = _first_by(server, project, "-tasks:updated_at")
    return str(task["updated_at"]) if task else None


def dense_range(server: Server, project: int) -> range | None:
    """The ids from the first task to the last where most of them are tasks of the project, so that nobody need list
    them; else None.
    """
    first, last = (_first_by(server, project, order) for order in ("tasks:id", "-tasks:id"))
    if not first or not last:
        return None
    ids = range(int(first["id"]), int(last["id"]) + 1)
    return ids if len(ids) <= _DENSE * int(first["total"]) else None


def _first_by(server: Server, project: int, order: str) -> dict[str, Any] | None:
    """The first task in that order, with the `total` of all."""
    asked = json.dumps({"filters": {"conjunction": "and", "items": []}, "ordering": [order]})
    params = {"project": project, "page": 1, "page_size": 1, "include": "id,updated_at", "query": asked}
    answer: Any = server.get("/api/tasks", params)
    found: Any = answer.get("tasks") if isinstance(answer, dict) else None
    place = f"{server.url}/api/tasks"
    if not isinstance(found, list) or not isinstance(answer.get("total"), int):
        raise ServerFault(place, "answered with no list of tasks", _REMEDY)
    if not found:
        return None
    row: Any = found[0]
    task = _listed({**row, "total_annotations": 0} if isinstance(row, dict) else {}, place)
    return {"id": task.task, "updated_at": task.updated_at, "total": answer["total"]}


def is_id(value: object) -> TypeGuard[int]:
    """Whether this can be the id of a task or annotation."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63


def moment(updated_at: str) -> datetime:
    """A time of the server's; `InputError` where it is none."""
    try:
        when = datetime.fromisoformat(updated_at)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise InputError("updated_at", f"{updated_at!r} is no time with its zone", "Look at the server's version.")
    return when


def newest(times: Sequence[str | None]) -> str | None:
    """The latest of these times; None where there is none."""
    return max((each for each in times if each), key=moment, default=None)


class Differences(NamedTuple):
    """Ids that are known and not on the server, and those on the server, among them, that are not known."""

    gone: list[int]
    missed: list[int]


def differences(server: Server, project: int, known: Sequence[int]) -> Differences:
    """Hold the known ids, ascending, against the server by counting; few small requests where little differs."""
    found = Differences([], [])
    if known:
        _compare(server, project, known, (known[0], known[-1]), found)
    return found


def _compare(server: Server, project: int, known: Sequence[int], ends: tuple[int, int], found: Differences) -> None:
    here = (between(*ends),)
    if server.count(project, here) == len(known):
        return
    if len(known) <= _FEW:
        there = set(server.ids(project, here))
        found.gone.extend(each for each in known if each not in there)
        found.missed.extend(sorted(there.difference(known)))
        return
    middle = len(known) // 2
    _compare(server, project, known[:middle], (ends[0], known[middle] - 1), found)
    _compare(server, project, known[middle:], (known[middle], ends[1]), found)


def still_there(server: Server, project: int, tasks: Sequence[int]) -> list[int]:
    """Those of the tasks, ascending, that the server still lists."""
    if not tasks:
        return []
    there = set(server.ids(project, (between(tasks[0], tasks[-1]),)))
    return [each for each in tasks if each in there]

"""The worst tasks as a tab of the project, so that somebody can look at them once more.

The tasks are on the server already, so nothing of them is changed: the tab filters them by their ids. It is written as
"id is this or that", which the data manager shows and lets a person change; `in_list`, which the server takes as well
(1.23.2), it does not know for ids. The tab has one title: the next review takes the place of the last.
"""

from collections.abc import Sequence
from typing import Any

from .agreement import Judged
from .server import Server

TITLE = "mm:review/agreement"
MOST = 100
"""Tasks in the tab."""


def worst_of(judged: Sequence[Judged], below: float) -> list[Judged]:
    """The tasks with a number on the server that agree less than `below`, the worst first, at most `MOST`."""
    return [each for each in judged if each.id is not None and each.score < below][:MOST]


def save_review(server: Server, project: int, tasks: Sequence[Judged]) -> str | None:
    """Make the tab, or make it anew; its title, or None where there are no such tasks and no tab to empty."""
    listed: list[dict[str, Any]] = server.get("/api/dm/views", {"project": project})
    there = next((each["id"] for each in listed if (each.get("data") or {}).get("title") == TITLE), None)
    if not tasks and there is None:
        return None
    told = {"project": project, "data": _tab([each.id for each in tasks if each.id is not None])}
    if there is None:
        server.post("/api/dm/views", json=told)
    else:
        server.patch(f"/api/dm/views/{there}/", told)
    return TITLE


def _tab(ids: list[int]) -> dict[str, Any]:
    chosen = ids or [-1]  # a tab without filters shows everything
    items = [{"filter": "filter:tasks:id", "operator": "equal", "type": "Number", "value": each} for each in chosen]
    return {
        "title": TITLE,
        "type": "list",
        "target": "tasks",
        "filters": {"conjunction": "or", "items": items},
        "ordering": ["tasks:id"],
    }

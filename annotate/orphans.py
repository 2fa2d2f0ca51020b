"""How many regions a change of the labelling config would leave behind, counted on the server.

Label Studio's own summary counts what people made in its interface and through its API, not what was imported
(1.23.2), so every result is looked at: annotations and drafts by export in chunks of ids, predictions by their list.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from .labelling_diff import Orphaned
from .server import Server

_CHUNK = 400
"""Ids of one export request; the server answers 400 to a thousand."""


def count_regions(server: Server, project: int, wanted: Iterable[Orphaned]) -> dict[Orphaned, int]:
    """How many results, in annotations, drafts and predictions, each change would leave behind."""
    asked = list(wanted)
    if not asked:
        return {}
    found = Counter[Orphaned]()
    for result in _results(server, project):
        held = set(_labels(result))
        found.update(
            each for each in asked if each.control == result.get("from_name") and (each.label in held or not each.label)
        )
    return {each: found[each] for each in asked}


def _results(server: Server, project: int) -> Iterator[dict[str, Any]]:
    ids: list[int] = []
    for task in server.ids(project):
        ids.append(task)
        if len(ids) == _CHUNK:
            yield from _exported(server, project, ids)
            ids = []
    if ids:
        yield from _exported(server, project, ids)
    predictions = server.get("/api/predictions/", {"project": project})
    for prediction in predictions if isinstance(predictions, list) else predictions["results"]:
        yield from _of(prediction)


def _exported(server: Server, project: int, ids: list[int]) -> Iterator[dict[str, Any]]:
    asked = [("exportType", "JSON"), ("download_all_tasks", "true"), *(("ids[]", str(each)) for each in ids)]
    for task in server.get(f"/api/projects/{project}/export", asked):
        for work in (*task.get("annotations", ()), *task.get("drafts", ())):
            yield from _of(work)


def _of(work: Any) -> Iterator[dict[str, Any]]:
    results = work.get("result") if isinstance(work, dict) else None
    yield from (each for each in results or () if isinstance(each, dict))


def _labels(result: dict[str, Any]) -> Iterator[str]:
    """What the result says: labels, choices, and every level of a taxonomy."""
    value, kind = result.get("value"), result.get("type")
    waiting: list[Any] = [value.get(kind)] if isinstance(value, dict) and isinstance(kind, str) else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            waiting += each

"""How many regions a change of the labelling config would leave behind, counted on the server.

Label Studio's own summary counts what people made in its interface and through its API, not what was imported
(1.23.2), so every result is looked at: annotations and drafts by export in chunks of ids, predictions by /api/tasks for
the tasks whose export names some. /api/predictions/ would send all of them in one answer.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ..pipelines.progress import SILENT, Progress
from .labelling_diff import Orphaned
from .pull_bodies import CHUNK, predictions_of
from .server import Server


def count_regions(
    server: Server, project: int, wanted: Iterable[Orphaned], progress: Progress = SILENT
) -> dict[Orphaned, int]:
    """How many results, in annotations, drafts and predictions, each change would leave behind."""
    asked = list(wanted)
    if not asked:
        return {}
    found = Counter[Orphaned]()
    progress.start("counting regions", server.count(project))
    for result in _results(server, project, progress):
        held, control = set(_labels(result)), result.get("from_name")
        found.update(each for each in asked if each.control == control and (each.label in held or not each.label))
    progress.done()
    return {each: found[each] for each in asked}


def _results(server: Server, project: int, progress: Progress) -> Iterator[dict[str, Any]]:
    ids = server.ids(project)
    while some := list(islice(ids, CHUNK)):
        asked = [("exportType", "JSON"), ("download_all_tasks", "true"), *(("ids[]", str(each)) for each in some)]
        exported: list[dict[str, Any]] = server.get(f"/api/projects/{project}/export", asked)
        for task in exported:
            for work in (*task.get("annotations", ()), *task.get("drafts", ())):
                yield from _of(work)
        for predictions in predictions_of(server, project, exported).values():
            for prediction in predictions:
                yield from _of(prediction)
        progress.advance(len(some))


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

"""The bodies of tasks, by the server's JSON export of given ids, as the store keeps them.

`GET /api/projects/ID/export?ids[]=…` takes 500 ids and answers 400 to 1,000, so at most 400 are asked for at once. An
answer is looked at before it is believed: a list of tasks, each asked for and none twice. A task that was asked for
and is not in it was deleted meanwhile, or the answer is short; the caller finds out which.

What changes without a trace in `updated_at` is left out, so that a store is the same whenever it was pulled: drafts,
predictions (ids in this export), and counts of these and of comments. Predictions are kept where that is asked for:
they come by /api/tasks, for the tasks whose export names some.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from .faults import ServerFault
from .filters import Filter, query
from .pull_export import exported, place_of
from .pull_listing import is_id
from .server import Server

if TYPE_CHECKING:
    from .pull_aside import Aside

CHUNK = 400
"""Ids a request at most."""

_UNTRACED = {
    "drafts",
    "predictions",
    "total_predictions",
    "comment_count",
    "unresolved_comment_count",
    "last_comment_updated_at",
    "comment_authors",
    "updated_at",
    "updated_by",
}
_REMEDY = "Pull again; if it stays so, look at the server's log and at what stands between it and you."


class Body(NamedTuple):
    """One task: when it was changed last, its text as the store keeps it with its sha256, ids of its annotations.

    `finished` is whether somebody submitted work for it that was not skipped.
    """

    task: int
    updated_at: str
    text: str
    hash: str
    annotations: tuple[int, ...]
    finished: bool


def bodies(
    server: Server,
    project: int,
    tasks: Sequence[int],
    refused: list[int],
    *,
    predictions: bool = False,
    aside: "Aside | None" = None,
) -> Iterator[list[Body]]:
    """The bodies of these tasks, some hundreds at a time, by id; those that the server does not give are left out, and
    those that it cannot export put into `refused` too. With `predictions` those of the tasks are in them. What is
    `aside` is not asked for, and what comes is put there.

    `ServerFault` for an answer that is not of these tasks.
    """
    ordered = sorted(tasks)
    for start in range(0, len(ordered), CHUNK):
        some = ordered[start : start + CHUNK]
        kept, answered = aside.found(some) if aside else ([], set[int]())
        if rest := [task for task in some if task not in answered]:
            lacking = len(refused)
            came = _asked(server, project, rest, refused, predictions=predictions)
            if aside:
                aside.keep([task for task in rest if task not in refused[lacking:]], came)
            kept += came
        yield sorted(kept, key=lambda body: body.task)


def _asked(server: Server, project: int, tasks: list[int], refused: list[int], *, predictions: bool) -> list[Body]:
    """The bodies of these tasks, in one request where nothing is wrong."""
    place = place_of(server, project)
    answer = exported(server, project, tasks, refused)
    predicted = predictions_of(server, project, answer) if predictions else None
    found: dict[int, Body] = {}
    due = set(tasks)
    for element in answer:
        body = _body(element, place, predicted)
        if body.task in found or body.task not in due:
            fact = f"sent task {body.task} " + ("twice" if body.task in found else "that was not asked for")
            raise ServerFault(place, fact, _REMEDY)
        found[body.task] = body
    return list(found.values())


def predictions_of(server: Server, project: int, exported: list[Any]) -> dict[int, list[Any]]:
    """By task the predictions of those whose export names some, without how long ago they were made. As many tasks at
    once as an export has.
    """
    asked = [each.get("id") for each in exported if isinstance(each, dict) and each.get("predictions")]
    if not asked:
        return {}
    params = {"project": project, "page": 1, "page_size": len(asked), "include": "id,predictions", "fields": "all"}
    answer: Any = server.get("/api/tasks", {**params, "query": query([Filter("id", "in_list", "Number", asked)])})
    tasks: Any = answer.get("tasks") if isinstance(answer, dict) else None
    if not isinstance(tasks, list) or not all(_has_predictions(each) for each in tasks):
        raise ServerFault(f"{server.url}/api/tasks", "answered with no list of tasks with predictions", _REMEDY)
    found: dict[int, list[Any]] = {}
    for task in tasks:
        given = sorted(task["predictions"], key=lambda each: int(each["id"]))
        found[task["id"]] = [{key: each[key] for key in each if key != "created_ago"} for each in given]
    return found


def _has_predictions(task: Any) -> bool:
    given = task.get("predictions") if isinstance(task, dict) else None
    return isinstance(given, list) and all(isinstance(each, dict) and is_id(each.get("id")) for each in given)


def _body(element: Any, place: str, predicted: dict[int, list[Any]] | None) -> Body:
    task = element if isinstance(element, dict) else {}
    number, changed, annotations = task.get("id"), task.get("updated_at"), task.get("annotations")
    whole = is_id(number) and isinstance(changed, str) and isinstance(task.get("data"), dict)
    if not whole or not isinstance(annotations, list) or not all(_is_annotation(each) for each in annotations):
        raise ServerFault(place, f"sent a task that is none: {json.dumps(element)[:200]}", _REMEDY)
    annotations = sorted(annotations, key=lambda each: int(each["id"]))
    kept = {key: value for key, value in task.items() if key not in _UNTRACED} | {"annotations": annotations}
    if predicted is not None:
        kept["predictions"] = predicted.get(task["id"], [])
    text = _text(kept)
    return Body(
        task=int(task["id"]),
        updated_at=str(changed),
        text=text,
        hash=sha256(text.encode()).hexdigest(),
        annotations=tuple(int(each["id"]) for each in annotations),
        finished=any(not each.get("was_cancelled") for each in annotations),
    )


def _is_annotation(element: Any) -> bool:
    return isinstance(element, dict) and is_id(element.get("id")) and "result" in element


def _text(task: dict[str, Any]) -> str:
    """JSON, the same for the same content; escapes alone where a text is no Unicode (half a surrogate pair)."""
    text = json.dumps(task, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(task, sort_keys=True, separators=(",", ":"))
    return text

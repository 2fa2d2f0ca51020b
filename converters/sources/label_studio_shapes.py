"""The shapes of an export: tasks, what was submitted for them, and result entries, whichever endpoint wrote them.

One annotation is written three ways (export: `completed_by: 1`, predictions as ids; snapshot: `completed_by: {…}`;
`/api/tasks`: both expanded, under `tasks`), a fourth in JSON_MIN (`label_studio_min.py`), and a target storage writes
one file an annotation with its task inside. From here on there is one.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeGuard

Kind = Literal["annotation", "draft", "skipped", "prediction"]
KINDS: tuple[Kind, ...] = ("annotation", "draft", "skipped", "prediction")
"""What a result can come from, the most trusted first."""

LARGEST_SIDE = 2**31 - 1
"""Pixels; what the table holds."""


@dataclass(slots=True)
class Entry:
    """One entry of a `result` list. `size` is the picture's declared size in pixels, None where it is not given.

    `page` is `item_index`, None where it is not said. `fault` says why it is no entry at all.
    """

    at: str
    raw: Any
    id: str | None = None
    kind: str = ""
    control: str = ""
    target: str = ""
    value: dict[str, Any] = field(default_factory=dict[str, Any])
    page: int | None = None
    parent: str | None = None
    size: tuple[int, int] | None = None
    fault: str | None = None


@dataclass(slots=True)
class Moment:
    """When something is in a film or sound, from `start` to `end` in seconds, and there where in percent, if anywhere.

    `step` is its pointer within the entry, "" for the entry itself; `said` is what else is known of it.
    """

    start: float
    end: float
    step: str = ""
    value: dict[str, Any] | None = None
    said: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Submission:
    """One person's (or model's) work on a task. `when` is seconds since 1970, 0 when it is not said."""

    kind: Kind
    at: str
    id: str
    by: str | None
    result: list[Entry]
    truth: bool = False
    when: float = 0.0


@dataclass(slots=True)
class Task:
    """One task: `data` holds its pictures and texts; `minimal` marks JSON_MIN, which tells neither page nor region.

    `data_at` is the pointer of `data`; `unseen` says what the export speaks of and does not hold, such as annotations
    left out of a listing; `bare_predictions` is how many predictions it gives as ids alone. `placed` is a task that has
    no id of its own and is called by its place, where another one may stand tomorrow.
    """

    at: str
    id: str
    data: dict[str, Any]
    submissions: list[Submission]
    data_at: str
    minimal: bool = False
    unseen: str | None = None
    bare_predictions: int = 0
    placed: bool = False


def looks_like_task(element: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is a task as export, snapshot and `/api/tasks` write it."""
    return isinstance(element, dict) and isinstance(element.get("data"), dict)


def looks_like_stored_annotation(element: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is an annotation as a target storage writes it."""
    return isinstance(element, dict) and "result" in element and looks_like_task(element.get("task"))


def read_task(at: str, element: dict[str, Any]) -> Task:
    """A task object; `at` is its pointer. Never raises: what cannot be read becomes an entry with its fault."""
    submissions = [
        *_listed(at, element, "annotations"),
        *_listed(at, element, "completions"),  # their name before version 1.0
        *_listed(at, element, "drafts"),
        *_listed(at, element, "predictions"),
    ]
    data = element.get("data")
    data = data if isinstance(data, dict) else {}
    placed = not _has_id(element)
    task = Task(at, task_id(at, element), data, submissions, f"{at}/data", unseen=_unseen(element), placed=placed)
    task.bare_predictions = sum(_is_id(each) for each in _list(element.get("predictions")))
    return task


def read_stored_annotation(at: str, element: dict[str, Any]) -> Task:
    """An annotation with its task inside, as a target storage writes it."""
    task = element["task"]
    given, placed = [_submission(at, element, "annotation")], not _has_id(task)
    return Task(at, task_id(at, task), task["data"], given, f"{at}/task/data", placed=placed)


def task_id(at: str, element: dict[str, Any]) -> str:
    """`task-` and the task's id; where it has none, its place in the file."""
    return f"task-{element['id']}" if _has_id(element) else "task-at" + (at.replace("/", "-") or "-top")


def _has_id(element: dict[str, Any]) -> bool:
    given = element.get("id")
    return isinstance(given, (int, str)) and not isinstance(given, bool) and given != ""


def _unseen(element: dict[str, Any]) -> str | None:
    total = element.get("total_annotations")
    if "annotations" not in element and isinstance(total, int) and total > 0:
        return f"the task has {total} annotations, and this listing holds none"
    if any(_is_id(each) for each in _list(element.get("annotations"))):
        return "annotations are given as ids only"
    return None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_id(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _listed(at: str, task: dict[str, Any], key: str) -> list[Submission]:
    """The submissions under one key. Bare ids, as an export lists predictions, hold nothing and are passed over."""
    given = task.get(key)
    if given is None:
        return []
    kind: Kind = "draft" if key == "drafts" else "prediction" if key == "predictions" else "annotation"
    if not isinstance(given, list):
        return [_broken(kind, f"{at}/{key}", given, f"{key!r} is no list")]
    return [
        _submission(f"{at}/{key}/{index}", each, kind)
        if isinstance(each, dict)
        else _broken(kind, f"{at}/{key}/{index}", each, f"an entry of {key!r} is no object")
        for index, each in enumerate(given)
        if not _is_id(each)
    ]


def _broken(kind: Kind, at: str, value: object, fault: str) -> Submission:
    return Submission(kind, at, "", None, [Entry(at, value, fault=fault)])


def _submission(at: str, given: dict[str, Any], kind: Kind) -> Submission:
    if kind == "annotation" and given.get("was_cancelled"):
        kind = "skipped"
    return Submission(
        kind,
        at,
        str(given.get("id", "")),
        author(given, kind),
        _entries(at, given.get("result")),
        truth=given.get("ground_truth") is True,
        when=seconds(given.get("updated_at"), given.get("created_at")),
    )


def author(given: dict[str, Any], kind: Kind) -> str | None:
    """Who did it, as one text: a user's id, or a model's version. None when it is not said."""
    who: object = given.get({"draft": "user", "prediction": "model_version"}.get(kind, "completed_by"))
    if isinstance(who, dict):
        who = who.get("id", who.get("email"))
    return None if who is None else str(who)


def seconds(*given: object) -> float:
    """The first of these that is a time: ISO 8601 (without a zone: UTC) or seconds; 0 when none is."""
    for each in given:
        if isinstance(each, (int, float)) and not isinstance(each, bool) and 0 <= each < 1e12:
            return float(each)
        if isinstance(each, str):
            try:
                when = datetime.fromisoformat(each)
                return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
            except (ValueError, OverflowError):
                continue
    return 0.0


def _entries(at: str, result: object) -> list[Entry]:
    if result is None:
        return []
    if not isinstance(result, list):
        return [Entry(f"{at}/result", result, fault="'result' is no list")]
    return [_entry(f"{at}/result/{index}", each) for index, each in enumerate(result)]


def _entry(at: str, given: object) -> Entry:
    if not isinstance(given, dict):
        return Entry(at, given, fault="an entry of 'result' is no object")
    value = given.get("value")
    kind = text_of(given.get("type")).lower()
    if not isinstance(value, dict) and kind != "relation":
        return Entry(at, given, fault="the entry has no 'value' object")
    return Entry(
        at,
        given,
        id=text_of(given.get("id")) or None,
        kind=kind,
        control=text_of(given.get("from_name")),
        target=text_of(given.get("to_name")),
        value=value if isinstance(value, dict) else {},
        page=page_of(given.get("item_index")),
        parent=text_of(given.get("parentID") or given.get("parent_id")) or None,
        size=size_of(given),
    )


def page_of(given: object) -> int | None:
    """`item_index` as a number of a page; -1 for what is none."""
    if given is None:
        return None
    return given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else -1


def size_of(given: dict[str, Any]) -> tuple[int, int] | None:
    """`original_width` and `original_height` in pixels, when both are there and possible."""
    width, height = _side(given.get("original_width")), _side(given.get("original_height"))
    return (width, height) if width and height else None


def _side(given: object) -> int | None:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 1 <= given <= LARGEST_SIDE:
        return None
    return int(given)


def text_of(given: object) -> str:
    """A name or id as text; "" for what is neither text nor number."""
    return str(given) if isinstance(given, (str, int)) and not isinstance(given, bool) else ""

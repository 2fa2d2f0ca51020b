"""JSON_MIN: one flat object an annotation, data keys beside answers, without types, region ids or page numbers.

`{"image": …, "id": 5, "box": [{x, y, width, height, rotation, rectanglelabels, original_width, original_height}],
"weather": "rain", "annotator": 1, "annotation_id": 9, "created_at": …, "updated_at": …, "lead_time": …}`

Known lies: a choice and a text of one value are both a bare string, which only the configuration tells apart; a text
that belonged to a region loses it when it becomes a bare string, and keeps the region's coordinates otherwise;
`item_index` is gone. Skipped work, drafts, predictions and relations were never written. The exporter puts answers
after `id` and before `annotator`, which tells them from data; where a file was reordered, only values that look like
answers are taken, or those that the configuration names.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from ..json_pointer import step
from .label_studio_config import Control, Labelling
from .label_studio_shapes import Entry, Submission, Task, author, page_of, seconds, size_of, text_of

PLACE_KEYS = ("x", "y", "width", "height", "rotation", "points", "radiusX", "radiusY", "rle", "start", "end")
"""What says where a region is; entries of one region repeat them."""

FIXED = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")
"""The keys that every row has."""

_ANSWERS = ("choices", "text", "number", "rating", "taxonomy", "datetime", "pairwise", "ranker", "chatmessage")
_PLACES = {"points": "polygon", "radiusX": "ellipse", "rle": "brush", "sequence": "videorectangle"}
_BARE = {"choices": "choices", "textarea": "text"}


def looks_minimal(element: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is a row of JSON_MIN."""
    return (
        isinstance(element, dict)
        and "annotator" in element
        and ("annotation_id" in element or "lead_time" in element)
        and not isinstance(element.get("annotations"), list)
    )


def read_row(at: str, row: dict[str, Any], labelling: Labelling, cells: Mapping[str, str] | None = None) -> Task:
    """One row as a task with one submission, or with none when nobody worked on it.

    `cells` are the places of its keys, where they are not steps of a JSON pointer.
    """
    keys = [key for key in _answer_keys(row, labelling) if not is_transcript(key, row)]
    answers = [key for key in keys if row[key] is not None]
    data = {key: value for key, value in row.items() if key not in keys and key not in FIXED}
    given = text_of(row.get("id"))
    name = f"task-{given}" if given else "task-at" + at.replace("/", "-").replace(":", "-")
    task = Task(at, name, data, [], at, minimal=True, placed=not given)
    if row.get("annotator") is not None or row.get("annotation_id") is not None or answers:
        entries = list(_entries(at, row, answers, labelling, cells or {}))
        _join_regions(entries, labelling)
        by = author({"completed_by": row.get("annotator")}, "annotation")
        when = seconds(row.get("updated_at"), row.get("created_at"))
        task.submissions.append(Submission("annotation", at, text_of(row.get("annotation_id")), by, entries, when=when))
    return task


def _is_dialogue(key: str, row: dict[str, Any]) -> bool:
    """A dialogue of the data looks like a chat, which comes with a transcript."""
    return f"{key}_transcript" not in row and _kind(row[key][0] if isinstance(row[key], list) else {}) == "chatmessage"


def is_transcript(key: str, row: dict[str, Any]) -> bool:
    """`chat_transcript` says once more in one text what `chat` holds."""
    held = row.get(key.removesuffix("_transcript")) if key.endswith("_transcript") else None
    return isinstance(held, list) and bool(held) and isinstance(held[0], dict) and _kind(held[0]) == "chatmessage"


def _answer_keys(row: dict[str, Any], labelling: Labelling) -> list[str]:
    keys = list(row)
    known = [key for key in keys if labelling.control(key) is not None]
    ordered = _between(keys)
    if ordered is None:
        looks = [key for key in keys if key not in FIXED and _looks_answered(row[key])]
        ordered = [] if labelling.controls else [key for key in looks if not _is_dialogue(key, row)]
    return [key for key in keys if key in known or key in ordered]


def _between(keys: list[str]) -> list[str] | None:
    """The keys after `id` and before `annotator`; None when the row is not in the exporter's order."""
    if "id" not in keys or "annotation_id" not in keys:
        return None
    first, last = keys.index("id"), keys.index("annotator")
    return keys[first + 1 : last] if first < last and keys[last + 1] == "annotation_id" else None


def _looks_answered(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, dict) and _kind(item) for item in items)


def _kind(value: dict[str, Any]) -> str:
    """The type that JSON would have given, from what the value holds; "" when nothing tells."""
    for key, held in value.items():
        if key.endswith("labels") and isinstance(held, list):
            return "videorectangle" if "sequence" in value else key
    for key in _ANSWERS:
        if key in value and ("start" not in value or isinstance(value[key], list)):
            return "textarea" if key == "text" else key
    if {"role", "content"} <= value.keys():
        return "chatmessage"
    for key, kind in _PLACES.items():
        if key in value:
            return kind
    return "rectangle" if {"x", "y", "width", "height"} <= value.keys() else ""


def _entries(
    at: str, row: dict[str, Any], answers: list[str], labelling: Labelling, cells: Mapping[str, str]
) -> Iterator[Entry]:
    for key in answers:
        given, control = row[key], labelling.control(key)
        place = cells.get(key) or at + step(key)
        if isinstance(given, list):
            for index, item in enumerate(given):
                yield _entry(f"{place}/{index}", key, item, control)
        else:
            yield _entry(place, key, given, control)


def _entry(at: str, key: str, item: object, control: Control | None) -> Entry:
    entry = _read_entry(at, key, item, control)
    entry.target = control.target if control else ""
    return entry


def _read_entry(at: str, key: str, item: object, control: Control | None) -> Entry:
    if isinstance(item, dict):
        kind = control.kind if control and control.kind in _BARE else _kind(item)
        if not kind and control:
            kind = control.kind
        page = page_of(item.get("item_index"))
        value = {kind: item} if kind == "chatmessage" else item
        return Entry(at, item, kind=kind, control=key, value=value, page=page, size=size_of(item))
    if isinstance(item, str) and control and control.kind in _BARE:
        return Entry(at, item, kind=control.kind, control=key, value={_BARE[control.kind]: [item]})
    if isinstance(item, str):
        return Entry(at, item, kind="bare", control=key)
    return Entry(at, item, control=key, fault="an answer is neither an object nor a text")


def _join_regions(entries: list[Entry], labelling: Labelling) -> None:
    """Give entries of one region one id: the n-th of its place in each control. A bare answer joins a lone region."""
    seen: Counter[str] = Counter()
    regions: set[str] = set()
    for entry in entries:
        if place := _place(entry):
            key = f"{entry.control} {place}"
            entry.id = f"{seen[key]} {place}"
            seen[key] += 1
            regions.add(entry.id)
    for entry in entries:
        control = labelling.control(entry.control)
        if entry.id is None and control and control.per_region and len(regions) == 1:
            entry.id = next(iter(regions))


def _place(entry: Entry) -> str:
    held = {key: entry.value[key] for key in PLACE_KEYS if key in entry.value}
    return json.dumps(held) if held else ""

"""`mmdata annotate status project.yaml`: how far a project on the server is."""

from typing import Any

from .projects import key_of, project_at
from .pull_listing import newest_change
from .server import Server

_COUNTS = {
    "tasks": "task_number",
    "tasks_begun": "num_tasks_with_annotations",
    "annotations": "total_annotations_number",
    "skipped": "skipped_annotations_number",
    "ground_truth": "ground_truth_number",
    "predictions": "total_predictions_number",
}
"""Our names of the server's counts (1.23.2); its `finished_task_number` also counts tasks that were only skipped."""


def project_status(server: Server, project: int) -> dict[str, Any]:
    """Number, key, title, the newest change and the counts of a project; a count that the server lacks is null."""
    said = project_at(server, project)
    told = {"project": project, "key": key_of(said.get("description")), "title": said.get("title")}
    counts = {name: said.get(theirs) for name, theirs in _COUNTS.items()}
    return told | {"newest_change": newest_change(server, project)} | counts


def project_lines(found: dict[str, Any]) -> list[str]:
    """The same for a person."""
    key = f" (key {found['key']})" if found["key"] else ""
    counts = ", ".join(f"{name.replace('_', ' ')} {found[name]:,}" for name in _COUNTS if found[name] is not None)
    return [
        f"project {found['project']} {found['title']!r}{key}: {counts}",
        f"  newest change {found['newest_change']}",
    ]

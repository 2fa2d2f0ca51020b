"""What one pull found and did: the same facts as JSON for programs and as a line for people."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["new", "unchanged", "drift"]

EXIT_CODES: dict[Status, int] = {"unchanged": 0, "new": 10, "drift": 3}
"""What `mmdata annotate pull` returns; 2 and 130 are as everywhere."""


@dataclass(slots=True)
class Report:
    """One pull. `new` as status means that the set changed, so that a data set built of it would be another.

    `listed` tasks were said to have changed, `fetched` bodies were read. `touched` tasks were changed in nothing that
    is kept. `unseen` changes had left `updated_at` as it was and were found by `--full` or by counting.
    `watermark` is the newest `updated_at` on the server, `part` the file that was added, None where none was.
    """

    project: int
    title: str
    store: str
    status: Status = "unchanged"
    first: bool = False
    full: bool = False
    listed: int = 0
    fetched: int = 0
    new: int = 0
    updated: int = 0
    touched: int = 0
    unfinished: int = 0
    tasks_gone: int = 0
    annotations_gone: int = 0
    unseen: int = 0
    drift: bool = False
    tasks: int = 0
    annotations: int = 0
    watermark: str | None = None
    part: str | None = None
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """What was brought, for the part; zeros are left out, and all that the day or the way there decides."""
        names = ("new", "updated", "touched", "unfinished", "tasks_gone", "annotations_gone", "unseen", "drift")
        return {name: count for name in names if (count := int(getattr(self, name)))}

    def as_json(self) -> dict[str, Any]:
        """All of it under the names above."""
        return asdict(self)

    def line(self) -> str:
        """One line for a person."""
        said = {
            "new": self.new,
            "changed": self.updated,
            "deleted": self.tasks_gone,
            "no longer finished": self.unfinished,
        }
        parts = [f"{count:,} {what}" for what, count in said.items() if count]
        parts = parts or ["nothing new"]
        if self.annotations_gone:
            parts.append(f"{self.annotations_gone:,} annotations deleted")
        if self.drift:
            parts.append("another label config")
        held = f"{self.tasks:,} tasks with {self.annotations:,} annotations"
        where = f"{self.store} (+ {self.part})" if self.part else self.store
        return f"{self.title!r} (project {self.project}): {', '.join(parts)}; {held} in {where}"

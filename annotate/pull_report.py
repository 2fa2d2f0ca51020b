"""What one pull found and did: the same facts as JSON for programs and as a line for people."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["new", "unchanged", "drift"]

EXIT_CODES: dict[Status, int] = {"unchanged": 0, "new": 10, "drift": 3}
"""What `mmdata annotate pull` returns; 2 and 130 are as everywhere."""

LACKING = 4
"""What it returns where the server could not export some tasks, whatever else it brought."""


@dataclass(slots=True)
class Report:
    """One pull. `new` as status means that the set changed, so that a data set built of it would be another.

    `listed` tasks were said to have changed, `fetched` bodies were read. `touched` tasks were changed in nothing that
    is kept. `unseen` changes had left `updated_at` as it was and were found by `--full` or by counting. `resumed`
    bodies were there from a first pull that died. `unexported` are tasks that the server could not export.
    `watermark` is the newest `updated_at` on the server, or that of the oldest of these; `part` the file that was
    added, None where none was.
    """

    project: int
    title: str
    store: str
    status: Status = "unchanged"
    first: bool = False
    full: bool = False
    listed: int = 0
    fetched: int = 0
    resumed: int = 0
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
    unexported: list[int] = field(default_factory=list[int])
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """What was brought, for the part; zeros are left out, and all that the day or the way there decides."""
        names = ("new", "updated", "touched", "unfinished", "tasks_gone", "annotations_gone", "unseen", "drift")
        return {name: count for name in names if (count := int(getattr(self, name)))}

    @property
    def exit_code(self) -> int:
        """What the command returns."""
        return LACKING if self.unexported else EXIT_CODES[self.status]

    def lacking(self, server: str) -> str:
        """What to say where tasks could not be exported; "" where all could."""
        if not self.unexported:
            return ""
        shown = ", ".join(map(str, self.unexported[:5])) + ", …" * (len(self.unexported) > 5)
        tasks = f"{len(self.unexported):,} tasks" if len(self.unexported) > 1 else "a task"
        place = f"{server}/projects/{self.project}/data?task={self.unexported[0]}"
        return (
            f"Error: {place}: the server answers 500 to the export of {tasks} ({shown}): not in the store as now\n"
            "  Look at the server's log, correct or delete them; every pull asks for them again and says so."
        )

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

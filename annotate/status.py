"""`mmdata annotate status`: what a store holds, what its last pulls brought, and how its schedule fares.

Read off the store alone: no server is asked.
"""

from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from ..converters.sources.label_studio_store import Part, known, read_state
from .run_log import Run, last_runs


@dataclass(frozen=True, slots=True)
class Status:
    """One store. `tasks` and `annotations` are those of the set now, `unfinished` tasks known that are not in it;
    `bytes` is what all parts take on the disk; `pulls` and `runs` are the last ones, the latest last.
    """

    store: str
    project: int
    title: str
    take: str
    watermark: str | None
    tasks: int
    annotations: int
    unfinished: int
    parts: int
    bytes: int
    config: str | None
    pulls: list[Part]
    runs: list[Run]

    def as_json(self) -> dict[str, Any]:
        """All of it under the names above; moments as ISO times."""
        told = {name: getattr(self, name) for name in self.__slots__}
        pulls = [{name: getattr(part, name) for name in part.__struct_fields__} for part in self.pulls]
        runs = [asdict(run) | {"at": run.at.astimezone(UTC).isoformat()} for run in self.runs]
        return told | {"pulls": pulls, "runs": runs}

    def lines(self) -> list[str]:
        """For a person, the store first, then its pulls and runs."""
        what = "tasks that somebody submitted" if self.take == "finished" else "all tasks"
        said = [
            f"{self.store}: project {self.project} {self.title!r}, {what}",
            f"  {self.tasks:,} tasks, {self.annotations:,} annotations; {self.unfinished:,} more tasks are known",
            f"  newest change {self.watermark or 'none'}; parts {self.parts:,}, {self.bytes:,} bytes, hashes hold",
        ]
        said += [f"  pulled {part.pulled}: {_brought(part)} -> {part.tasks:,} tasks" for part in self.pulls]
        return said + [f"  ran {_run(run)}" for run in self.runs]


def status(folder: Path, last: int = 5) -> Status:
    """The status of a store, with its `last` pulls and runs; every part is held against its hash.

    `InputError` where it is no store, or damaged.
    """
    state = read_state(folder)
    there = known(folder, state.parts)
    held = [each for each in there.values() if each.held]
    newest = state.parts[-1] if state.parts else None
    return Status(
        store=str(folder),
        project=state.project.id,
        title=state.project.title,
        take=state.take,
        watermark=newest.watermark if newest else None,
        tasks=len(held),
        annotations=sum(len(each.annotations) for each in held),
        unfinished=len(there) - len(held),
        parts=len(state.parts),
        bytes=sum(part.bytes for part in state.parts),
        config=newest.config if newest else None,
        pulls=state.parts[-last:],
        runs=last_runs(folder, last),
    )


def _brought(part: Part) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in part.brought.items()) or "nothing new"


def _run(run: Run) -> str:
    at = run.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    said = f": {run.said.splitlines()[0]}" if run.said else ""
    return f"{at}Z ({run.why}): {run.outcome}, {run.seconds:.1f} s{said}"

"""`mmdata annotate status`: what a store holds, what its last pulls brought, and how its schedule fares.

Read off the store alone: no server is asked. Of a folder whose first pull never ended there is its schedule to show,
and how much is kept for the pull that will end.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from ..converters.sources.label_studio_store import STATE, Part, known, read_state
from .pull_aside import kept_aside
from .run_log import Run, last_runs


@dataclass(frozen=True, slots=True)
class Status:
    """One store. `tasks` and `annotations` are those of the set now, `unfinished` tasks known that are not in it;
    `bytes` is what all parts take on the disk; `pulls` and `runs` are the last ones, the latest last. Before the first
    pull has ended `project` is None, and `aside` says how many bodies are kept for it.
    """

    store: str
    project: int | None
    title: str = ""
    take: str = ""
    watermark: str | None = None
    tasks: int = 0
    annotations: int = 0
    unfinished: int = 0
    parts: int = 0
    bytes: int = 0
    config: str | None = None
    pulls: list[Part] = field(default_factory=list[Part])
    runs: list[Run] = field(default_factory=list[Run])
    aside: int = 0

    def as_json(self) -> dict[str, Any]:
        """All of it under the names above; moments as ISO times."""
        told = {name: getattr(self, name) for name in self.__slots__}
        pulls = [{name: getattr(part, name) for name in part.__struct_fields__} for part in self.pulls]
        runs = [asdict(run) | {"at": run.at.astimezone(UTC).isoformat()} for run in self.runs]
        return told | {"pulls": pulls, "runs": runs}

    def lines(self) -> list[str]:
        """For a person, the store first, then its pulls and runs."""
        if self.project is None:
            said = [f"{self.store}: no pull has ended yet"]
            if self.aside:
                said.append(f"  {self.aside:,} tasks are read already and kept: the next pull goes on from there")
            return said + [f"  ran {_run(run)}" for run in self.runs]
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

    `InputError` where it is no store and none was begun, or damaged.
    """
    if not (folder / STATE).exists() and not (folder / "parts" / "000002.parquet").exists():
        begun, runs = kept_aside(folder), last_runs(folder, last)
        if begun or runs:
            return Status(str(folder), None, runs=runs, aside=begun)
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

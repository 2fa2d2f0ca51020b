"""`mmdata annotate pull`: what changed in a Label Studio project since the last pull, into a store with history.

    the project      the same as before (its created_at)? its label config too? else nothing is pulled
    the watermark    the newest updated_at of all, before anything else is read
    what changed     ids and times of tasks with updated_at >= last watermark - 10 min, less those that are held so;
                     the first time not even that, where ids lie close: their range is asked for
    their bodies     by the export of given ids, a chunk at a time, into the part
    what is gone     annotations by comparing ids, tasks by counting
    the part         published whole, or nothing is

`updated_at` is the server's: no clock of ours has a say. What changes without it is not part of the store (drafts), is
looked at separately (the label config), or is as old as its task (predictions imported in bulk, where predictions are
kept); `full` reads everything once more and finds whatever else differs. Source: the server 1.23.2, what bumps
`updated_at` tried one by one.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ..converters.sources.label_studio_store import Known, Project, config_path
from ..schemas.errors import ConfigError
from .filters import Filter
from .pull_aside import Aside, Of
from .pull_bodies import Body, bodies
from .pull_drift import check_drift
from .pull_listing import Listed, changed, dense_range, differences, moment, newest, newest_change, still_there
from .pull_report import Report
from .server import Server, ServerFault
from .store import Appending, Brought, Kept, Row

Take = Literal["finished", "all"]


def pull(
    server: Server,
    project: int,
    out: Path,
    *,
    full: bool = False,
    take: Take | None = None,
    predictions: bool | None = None,
    accept_drift: bool = False,
    now: datetime | None = None,
) -> Report:
    """Bring the store at `out` up to date with a project; what was found.

    `take` is "finished" for tasks that somebody submitted, "all" for all; `predictions` whether those of the tasks are
    kept with them. None: as the store has it, at first finished tasks without.
    `now` is the moment that the history notes, for those who want the same bytes twice.

    Raises `DriftError` where the label config is another one, unless that is accepted; `ConfigError` where the store
    is of another project; `InputError` where the server gives no whole answer; `OutputError` where the disk refuses.
    After any of them the store is as it was; a first pull leaves aside what it has read, and the next goes on there.
    Tasks that the server cannot export are left out and named in the report; the next pull asks for them again.
    """
    begin = time.monotonic()
    said = _Project(server, project)
    with Appending(out) as store:
        report = Report(project, said.title, str(out), first=store.state is None, full=full)
        if store.state is not None:
            said.check_same(store.state.project, out)
        last = store.last
        if last is not None:
            report.drift = check_drift(config_path(out, last), last.config, said.config, out, accept=accept_drift)
        before = Kept(store.state.take, store.state.predictions) if store.state else Kept()
        wanted = Kept(take or before.take, before.predictions if predictions is None else predictions)
        run = _Run(server, project, store, wanted, report)
        run.verifies = full and before == wanted
        try:
            run.everything(said, last.watermark if last else None, anew=full or before != wanted)
        except ServerFault as fault:
            raise run.interrupted(fault) from None
        if store.rows or last is None or report.drift:
            counts, at = report.counts(), now or datetime.now(UTC)
            brought = Brought(at, report.watermark, report.tasks, counts)
            report.part = store.publish(brought, said.as_kept(), wanted, said.config).path
    set_changed = report.new or report.updated or report.unfinished or report.tasks_gone or report.drift
    report.status = "new" if set_changed else "unchanged"
    report.seconds = round(time.monotonic() - begin, 3)
    return report


class _Project:
    """What the server says of the project itself."""

    def __init__(self, server: Server, project: int) -> None:
        path = f"/api/projects/{project}/"
        answer: Any = server.get(path)
        fields: dict[str, Any] = answer if isinstance(answer, dict) else {}
        created, config = fields.get("created_at"), fields.get("label_config")
        if fields.get("id") != project or not isinstance(created, str) or not isinstance(config, str):
            remedy = "Look whether the address is that of Label Studio itself (mmdata annotate doctor)."
            raise ServerFault(server.url + path, "answered with something that is no project", remedy)
        self.id = project
        self.created_at = created
        self.title = str(fields.get("title") or "")
        self.config = config.strip()
        tasks, begun = fields.get("task_number"), fields.get("num_tasks_with_annotations")
        self.mostly_finished = isinstance(tasks, int) and isinstance(begun, int) and begun * 2 > tasks

    def as_kept(self) -> Project:
        """As the store's state names it."""
        return Project(self.id, self.created_at, self.title)

    def check_same(self, kept: Project, out: Path) -> None:
        """Raise where the store is of another project."""
        if (kept.id, kept.created_at) != (self.id, self.created_at):
            fact = f"is of project {kept.id} {kept.title!r} made at {kept.created_at}, and this is project {self.id}"
            fact += f" {self.title!r} made at {self.created_at}"
            raise ConfigError(str(out), fact, "Give every project its own store with -o.")


class _Run:
    """One pull into an open store."""

    def __init__(self, server: Server, project: int, store: Appending, kept: Kept, report: Report) -> None:
        self.server, self.project, self.store, self.kept, self.report = server, project, store, kept, report
        self.now_known: dict[int, Known] = dict(store.known)
        self.verifies = False
        self.aside: Aside | None = None

    def everything(self, said: "_Project", watermark: str | None, *, anew: bool) -> None:
        """All that changed; `anew` compares every task, whatever its `updated_at` says."""
        self.report.watermark = newest([watermark, newest_change(self.server, self.project)])
        if self.store.state is None and self.report.watermark is not None:
            of = Of(self.project, said.created_at, self.kept.predictions, self.report.watermark)
            self.aside = self.resumed(Aside(self.store.folder, of))
        first = self.store.state is None and (self.kept.take == "all" or said.mostly_finished)
        ids = dense_range(self.server, self.project) if first else None
        if ids is not None:
            self.fetch(ids, {})  # what is not there is no loss: there are gaps in every row of ids
        else:
            listed = changed(self.server, self.project, None if anew else watermark)
            self.report.listed = len(listed)
            self.take_in(listed if anew else [each for each in listed if self.is_news(each)])
            if anew:
                there = {each.task for each in listed}
                gone = [task for task in sorted(self.store.known) if task not in there]
                self.end(still_gone(self.server, self.project, gone))
        found = differences(self.server, self.project, sorted(self.now_known))
        self.end(found.gone)
        self.catch_up([task for task in found.missed if task not in self.report.unexported])
        if self.report.unexported:
            self.hold_back()
        held = [each for each in self.now_known.values() if each.held]
        self.report.tasks, self.report.annotations = len(held), sum(len(each.annotations) for each in held)

    def resumed(self, aside: Aside) -> Aside:
        """What a pull that died left, without what changed since."""
        if not aside.empty:
            there = aside.tasks
            moved = changed(self.server, self.project, aside.since)
            aside.forget(each.task for each in moved if there.get(each.task) != each.updated_at)
            found = differences(self.server, self.project, sorted(aside.tasks))
            aside.forget([*found.gone, *found.missed])
        return aside

    def interrupted(self, fault: ServerFault) -> ServerFault:
        """The fault, with what of the pull is not lost."""
        count = self.aside.count if self.aside else 0
        if not count:
            return fault
        remedy = f"{fault.remedy}\n  {count:,} tasks are read already and kept; the same pull again goes on from there."
        return ServerFault(fault.place, fault.fact, remedy)

    def hold_back(self) -> None:
        """Let the next pull ask again for what could not be exported: to it nothing later is known."""
        rows = self.server.rows(self.project, [Filter("id", "in_list", "Number", self.report.unexported)])
        times = [str(row["updated_at"]) for row in rows] + [each for each in [self.report.watermark] if each]
        self.report.watermark = min(times, key=moment, default=None)

    def is_news(self, listed: Listed) -> bool:
        """Whether a task is not known as it is now."""
        before = self.store.known.get(listed.task)
        return before is None or before.updated_at != listed.updated_at

    def take_in(self, listed: Iterable[Listed]) -> None:
        """Put what these tasks are now into the part."""
        unfinished = {each.task for each in listed if self.kept.take == "finished" and each.annotations == 0}
        self.put([self.unfinished(each.task, each.updated_at) for each in listed if each.task in unfinished])
        asked = {each.task: each.updated_at for each in listed if each.task not in unfinished}
        self.fetch(list(asked), asked)

    def fetch(self, asked: Sequence[int], listed: dict[int, str]) -> None:
        """Read the bodies of these tasks; one that is listed and not given is an error."""
        absent = set(listed)
        refused = self.report.unexported
        kept, aside = self.kept.predictions, self.aside
        for some in bodies(self.server, self.project, asked, refused, predictions=kept, aside=aside):
            self.report.fetched += len(some)
            absent.difference_update(body.task for body in some)
            self.put([self.of_body(body, listed.get(body.task)) for body in some])
        if aside:
            self.report.fetched -= aside.taken - self.report.resumed
            self.report.resumed = aside.taken
        absent.difference_update(refused)
        if there := still_there(self.server, self.project, sorted(absent)):
            fact = f"lists task {there[0]} and does not export it ({len(there)} of {len(asked)} such tasks)"
            remedy = "Pull again; if it stays so, look at the server's log."
            raise ServerFault(f"{self.server.url}/api/projects/{self.project}/export", fact, remedy)

    def put(self, rows: list[Row | None]) -> None:
        """Add rows that say something, and remember what they say."""
        told = [row for row in rows if row is not None]
        self.store.add(told)
        for row in told:
            before = self.now_known.get(row.task)
            if row.row == "gone":
                self.now_known.pop(row.task, None)
            elif row.row == "same" and before is not None:
                self.now_known[row.task] = before._replace(updated_at=row.updated_at or "")
            else:
                self.now_known[row.task] = Known(row.updated_at or "", row.hash, row.annotations, -1, -1)

    def of_body(self, body: Body, listed_at: str | None) -> Row | None:
        """What a task's body says; None where all of it is known."""
        before = self.store.known.get(body.task)
        if self.kept.take == "finished" and not body.finished:
            return self.unfinished(body.task, body.updated_at)
        if before is not None and before.hash == body.hash:
            if before.updated_at == body.updated_at:
                return None
            self.report.touched += 1
            return Row(body.task, "same", body.updated_at, body.hash, body.annotations)
        if self.verifies and before is not None and before.held and before.updated_at == listed_at:
            self.report.unseen += 1
        gone = tuple(sorted(set(before.annotations) - set(body.annotations))) if before else ()
        self.report.annotations_gone += len(gone)
        self.report.updated += before is not None and before.held
        self.report.new += before is None or not before.held
        return Row(body.task, "held", body.updated_at, body.hash, body.annotations, gone, body.text)

    def unfinished(self, task: int, updated_at: str) -> Row | None:
        """A task that has no work submitted; None where that is known."""
        before = self.store.known.get(task)
        if before is not None and not before.held and before.updated_at == updated_at:
            return None
        gone = before.annotations if before is not None else ()
        self.report.unfinished += before is not None and before.held
        self.report.annotations_gone += len(gone)
        return Row(task, "unfinished", updated_at, annotations_gone=gone)

    def end(self, gone: Iterable[int]) -> None:
        """Tasks that were deleted."""
        rows: list[Row | None] = []
        for task in gone:
            before = self.now_known[task]
            self.report.tasks_gone += before.held
            self.report.annotations_gone += len(before.annotations)
            rows.append(Row(task, "gone", annotations_gone=before.annotations))
        for start in range(0, len(rows), 400):
            self.put(rows[start : start + 400])

    def catch_up(self, missed: list[int]) -> None:
        """Tasks that no `updated_at` led to."""
        self.report.unseen += len(missed)
        self.fetch(missed, {})


def still_gone(server: Server, project: int, tasks: list[int]) -> list[int]:
    """Those of the tasks that are indeed not there: each is looked for once more."""
    there = set(still_there(server, project, tasks))
    return [task for task in tasks if task not in there]

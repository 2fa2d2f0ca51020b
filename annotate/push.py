"""`mmdata annotate push`: any source's labels as tasks of a project, with annotations or predictions on them.

Two passes. First everything is read, checked, made into tasks and held against the project's label config, on the disk
here; if too much is wrong, nothing has left. Then the tasks are sent (`push_send`), their pictures with them or by
address (`push_serve`).
"""

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from ..pipelines.job import Job
from ..pipelines.limit import check_limit
from ..pipelines.progress import SILENT, Progress
from ..schemas.accounting import Accounting
from ..schemas.errors import ConfigError
from .faults import ServerFault
from .projects import project_at
from .pull_project import project_number
from .push_change import Annotated, Predicted
from .push_records import Reader, reading, records
from .push_regions import read_interface
from .push_review import Review
from .push_send import BATCH, Change, Sender, Sent
from .push_serve import Addresses, LocalFiles, Serve, Serving, Uploads
from .push_task import Kind, Made, Task, leave_out, reject_twice, tasks_of
from .push_validate import Validator
from .server import Server


@dataclass(frozen=True)
class Push:
    """What is pushed where. `job` says what is read; `document_root` is the server's for `local`, `url_prefix` what
    stands before pictures' names for `url`. `update` exchanges what was pushed before and nobody touched since.
    """

    job: Job
    project: str
    kind: Kind = "annotations"
    model_version: str = ""
    serve: Serve = "local"
    document_root: Path | None = None
    url_prefix: str = ""
    update: bool = False
    batch: int = BATCH
    findings: Path | None = None


@dataclass
class Pushed:
    """What a push came to."""

    server: str
    project: int
    title: str
    accounting: Accounting
    sent: Sent = field(default_factory=Sent)
    tabs: list[str] = field(default_factory=list[str])

    @property
    def address(self) -> str:
        """The project's page."""
        return f"{self.server}/projects/{self.project}/data"

    def as_json(self) -> dict[str, Any]:
        """The report."""
        sent = self.sent
        return {
            "server": self.server,
            "project": self.project,
            "tasks": {
                "created": len(sent.created),
                "unchanged": len(sent.unchanged),
                "updated": len(sent.updated),
                "held": len(sent.held),
                "predicted": len(sent.predicted),
                "worked_on": len(sent.worked_on),
            },
            "found": sent.found,
            "tabs": self.tabs,
            "remarks": dict(sorted(self.accounting.remarks.items())),
            "accounting": self.accounting.balance(),
        }


def push(server: Server, what: Push, accounting: Accounting, progress: Progress = SILENT) -> Pushed:
    """Push it.

    Raises `InputError`, `ConfigError` and `LimitError` before anything has left, `ServerFault` also midway: then the
    same push again goes on from there.
    """
    project = project_at(server, project_number(server, what.project))
    number, place = int(project["id"]), f"{server.url} project {project['id']}"
    interface = read_interface(str(project["label_config"]), place)
    validator = Validator(str(project["label_config"]), place)
    version = what.model_version or what.job.source
    with reading(what.job, accounting) as reader, _spool() as spool:
        made = Made(interface, what.kind, validator, reader.root, version)
        review = Review(what.findings, what.job) if what.findings else None
        progress.start("reading labels", None)
        count = _prepare(reader, made, review, spool)
        accounting.check()
        check_limit(what.job, accounting)
        serving = _serving(server, number, what, reader)
        _try(serving, spool)
        progress.start("sending tasks", count)
        sender = Sender(server, number, serving, _change(server, number, what, review), what.batch)
        try:
            sent = sender.send(_tasks(spool), progress.advance)
        except ServerFault as fault:
            there = sender.sent.there
            remedy = f"{fault.remedy}\n  {there:,} of {count:,} tasks are surely there; the same push again goes on."
            raise ServerFault(fault.place, fault.fact, remedy) from None
        progress.done()
        tabs = review.save_tabs(server, number) if review else []
    return Pushed(server.url, number, str(project["title"]), accounting, sent, tabs)


def _prepare(reader: Reader, made: Made, review: Review | None, spool: IO[bytes]) -> int:
    """Every task into the spool; how many."""
    seen: set[str] = set()
    encode = msgspec.msgpack.Encoder().encode
    count = 0
    for settled, batch in reader.batches():
        chosen = review.findings_of(settled) if review else {}
        for row, found in enumerate(records(batch)):
            identity = str(found.said["id"])
            if review and row not in chosen:
                leave_out(found, reader.accounting)
                continue
            if identity in seen:
                reject_twice(found, reader.accounting)
                continue
            seen.add(identity)
            for task in tasks_of(found, made, reader.accounting):
                if review:
                    review.mark(task, chosen[row])
                line = encode(task)
                spool.write(len(line).to_bytes(4, "big") + line)
                count += 1
    return count


def _tasks(spool: IO[bytes]) -> Iterator[Task]:
    decode = msgspec.msgpack.Decoder(Task).decode
    spool.seek(0)
    while head := spool.read(4):
        yield decode(spool.read(int.from_bytes(head, "big")))


def _try(serving: Serving, spool: IO[bytes]) -> None:
    first = next(_tasks(spool), None)
    if first is not None:
        serving.try_one(Path(first.pictures[0]))


def _serving(server: Server, number: int, what: Push, reader: Reader) -> Serving:
    if what.serve == "upload":
        return Uploads(server, number)
    if what.serve == "url":
        if not what.url_prefix:
            raise ConfigError("--serve url", "has no address to begin with", "Give --url-prefix https://host/folder/.")
        return Addresses(what.url_prefix, reader.root)
    if what.document_root is None:
        remedy = "Give the server's LOCAL_FILES_DOCUMENT_ROOT as --document-root DIR, or use --serve upload."
        raise ConfigError("--serve local", "does not know which folder here is the server's document root", remedy)
    return LocalFiles(server, what.document_root)


def _change(server: Server, number: int, what: Push, review: Review | None) -> Change:
    if review:
        return review.onto(server)
    if what.kind == "predictions":
        return Predicted(server, number, what.update)
    return Annotated(server, what.update)


@contextmanager
def _spool() -> Generator[IO[bytes]]:
    with tempfile.TemporaryFile(prefix="mmdata-push-") as file:
        yield file

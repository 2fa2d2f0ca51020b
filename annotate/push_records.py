"""What a source says, ready to be pushed: settled and checked as for a conversion, with every picture where it is.

A conversion rewrites pictures that EXIF turns; here nothing is written, since Label Studio shows them upright itself
and has its percent of what it shows.
"""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from ..converters.pictures.embedded import Embedded
from ..converters.pictures.find import Pictures
from ..converters.pictures.header import PictureFacts
from ..converters.sources.protocol import default_images
from ..converters.table import counts, places
from ..pipelines.check import Reserved, check
from ..pipelines.commit.staging import StagingFolder
from ..pipelines.job import Job
from ..pipelines.pictures import Settler
from ..schemas.accounting import Accounting
from ..schemas.annotation import ITEMS
from .push_decoded import source_of

_PART = 512
"""Records that are Python objects at once."""


class Item(NamedTuple):
    """One annotation: the column it stands in, its file and place there, and what the table says of it."""

    column: str
    file: str
    at: str
    said: dict[str, Any]


@dataclass
class Found:
    """One record: what the table says of it, and its annotations in the order of the table."""

    said: dict[str, Any]
    items: list[Item] = field(default_factory=list[Item])

    @property
    def media(self) -> list[dict[str, Any]]:
        """The record's pictures, by absolute paths."""
        media: list[dict[str, Any]] = self.said["media"]
        return media

    def of(self, column: str) -> list[Item]:
        """The annotations of one column."""
        return [item for item in self.items if item.column == column]


class InPlace(Settler):
    """Settles pictures where they are."""

    def _home(self, path: Path, facts: PictureFacts, name: str) -> str:
        return str(path)


class Reader:
    """Reads one job, its pictures settled in place."""

    def __init__(self, job: Job, accounting: Accounting, folder: Path) -> None:
        self.source = source_of(job.source)
        self.job = replace(job, crowd="keep", wrong_extension="keep", upright=False, out=folder)
        self.accounting = accounting
        self.pictures = Pictures(job.images or default_images(self.source, job.input), check=job.check_images)
        self.pictures.embedded = Embedded(folder / "embedded")
        self._settler = InPlace(self.job, self.pictures, StagingFolder(folder, folder, folder), accounting)

    @property
    def root(self) -> Path:
        """The folder that pictures' names are relative to."""
        return self.pictures.root

    def batches(self) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Batches as they were settled, and with sound annotations alone, record by record the same.

        Raises as the source does.
        """
        job = self.job
        options = job.source_options if job.source_options is not None else self.source.Options()
        nothing = Reserved(_nothing, str)
        for batch in self.source.read(job.input, options, self.pictures, self.accounting):
            settled = self._settler.settle(batch)
            yield settled, check(settled, job, nothing, self.accounting, flat=False)


@contextmanager
def reading(job: Job, accounting: Accounting) -> Generator[Reader]:
    """A reader, with a folder for pictures whose bytes stand in the labels while the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="mmdata-push-"))
    try:
        yield Reader(job, accounting, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def records(batch: pa.RecordBatch) -> Iterator[Found]:
    """The records of a batch, one after another."""
    for begin in range(0, len(batch), _PART):
        part = batch.slice(begin, _PART)
        found = [Found(said) for said in part.to_pylist()]
        for column in ITEMS:
            number = int(counts(part, column).sum())
            where = iter(places(part, column, range(number)) if number else ())
            for each in found:
                each.items += [Item(column, *next(where), said) for said in each.said[column]]
        yield from found


def _nothing(_text: str) -> str | None:
    """No text is reserved: nothing here is read by a model."""
    return None

"""How far the reading is: kilobytes of a file of labels, files of a folder, pictures once all labels are read."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..schemas.accounting import Accounting
from .job import Job

if TYPE_CHECKING:
    from .progress import Progress

KB = 1024
_SUFFIXES = (".xml", ".json", ".jsonl", ".txt", ".csv", ".tsv")


class ReadingProgress:
    """Tells `progress` what `accounting` hears."""

    def __init__(self, job: Job, accounting: Accounting, progress: "Progress") -> None:
        self.accounting = accounting
        self.progress = progress
        self.folder = job.input.is_dir()
        self.total = _label_files(job.input) if self.folder else _size(job) // KB
        self.bytes = self.told = 0
        self.pictures = False
        progress.start("reading labels, files" if self.folder else "reading labels, kB", self.total or None)
        accounting.heard = self.hear

    def hear(self, size: int, files: int) -> None:
        """More bytes, and files that are whole now, were read."""
        self.bytes += size
        now = self.told + files if self.folder else self.bytes // KB
        if not self.pictures:
            self.progress.advance(now - self.told)
        self.told = now

    def batch(self, images: int) -> None:
        """A batch was settled and checked. A source that reads all labels first is done with them by then."""
        if not self.pictures and not self.folder and self.told >= self.total:
            self.pictures = True
            self.progress.start("checking pictures", self.accounting.read_counts["images"])
        if self.pictures:
            self.progress.advance(images)

    def done(self) -> None:
        """Everything was read."""
        self.progress.done()


def _size(job: Job) -> int:
    options = asdict(job.source_options) if job.source_options is not None else {}
    extra = [value for value in options.values() if isinstance(value, Path)]
    return sum(path.stat().st_size for path in (job.input, *extra) if path.is_file())


def _label_files(folder: Path) -> int:
    return sum(name.endswith(_SUFFIXES) for _, _, names in os.walk(folder) for name in names)

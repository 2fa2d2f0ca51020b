"""Reading: one part's labels, their pictures settled, checked, and kept on disk batch by batch with the keys."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...converters.pictures.embedded import Embedded
from ...converters.pictures.find import Pictures
from ...converters.sources import load_source
from ...converters.sources.protocol import default_images
from ...converters.table import counts
from ...converters.targets import load_target
from ...schemas.accounting import Accounting
from ..check import check, reserved_by
from ..faulty import faulty_places
from ..job import Job
from ..keep import keep_annotations, keep_records
from ..keys import Keys
from ..pictures import Settler
from ..reading import Reading
from ..spool import Spool
from ..stage import Receipt, Stage
from .account import Account, account_of
from .named import named

if TYPE_CHECKING:
    from ..progress import Progress


@dataclass(frozen=True)
class ReadPart:
    """What is to be read: a job, the place of its data set, and a folder for what is only needed meanwhile.

    `home` begins the names that the ledger has for its pictures: nothing, or the part that first named their folder.
    """

    job: Job
    place: Stage
    work: Path
    home: str = ""

    @property
    def spool(self) -> Path:
        """The annotation batches."""
        return self.work / "batches"

    @property
    def rejected(self) -> Path:
        """What was left out, a line each."""
        return self.work / "rejected.jsonl"


@dataclass(frozen=True)
class PartRead:
    """What reading came to. `batches` are their places in the spool and their numbers of records; `files` were put
    into OUT; `images` is the folder of the pictures.
    """

    part: ReadPart
    keys: Keys
    account: Account
    batches: tuple[tuple[int, int], ...]
    files: tuple[Receipt, ...]
    images: Path


def read(part: ReadPart, progress: "Progress") -> PartRead:
    """Read, settle and check one part. Raises `InputError`, `OutputError` and `ConfigError` as its source does."""
    job = part.job
    source, target = load_source(job.source), load_target(job.target)
    pictures = Pictures(job.images or default_images(source, job.input), check=job.check_images)
    part.work.mkdir(parents=True, exist_ok=True)
    pictures.embedded = Embedded(part.work / "embedded")
    options = job.source_options if job.source_options is not None else source.Options()
    flat = job.rotated == "hull" or not target.CARRIES_QUADS
    place = part.place.alone()
    faulty = faulty_places(job, job.keep.lint) if job.keep.lint else None
    with part.rejected.open("wb") as rejected, Spool(part.spool) as spool:
        accounting = Accounting(rejected.write)
        reading = Reading(job, accounting, progress)
        settler = Settler(job, pictures, place, accounting)
        keys = Keys(home=part.home)
        for batch in source.read(job.input, options, pictures, accounting):
            images = int(counts(batch, "media").sum())
            settled = keep_records(settler.settle(named(batch, job.name)), job.keep, accounting, faulty)
            wanted = keep_annotations(settled, job.keep, accounting, faulty)
            checked = check(wanted, job, reserved_by(target), accounting, flat=flat)
            spool.write(checked)
            keys.remember(settled, checked, job, settler)
            reading.batch(images)
        reading.done()
        batches = tuple(spool.written)
    pictures.embedded.remove()
    return PartRead(part, keys, account_of(accounting), batches, tuple(place.receipts), pictures.root)

"""Reading: one part's labels, their pictures settled, checked, and kept on disk batch by batch with the keys."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import __version__
from ...converters.pictures.embedded import Embedded
from ...converters.pictures.find import Pictures
from ...converters.pictures.names import LITERAL
from ...converters.sources import load_source
from ...converters.sources.protocol import Source, default_images
from ...converters.table import counts
from ...converters.targets import load_target
from ...schemas.accounting import Accounting
from ..check import check, reserved_by
from ..commit.staging import Receipt, StagingFolder
from ..digest import digest
from ..filter.criteria import EVERYTHING
from ..filter.keep import keep_annotations, keep_records, labels_of, remark_absent, without_emptied
from ..filter.lint_findings import faulty_places
from ..filter.originals import Originals
from ..job import Job
from ..keys import Keys
from ..keys_on_disk import KeysOnDisk
from ..out_pictures import OutPicture
from ..pictures import Settler
from ..reading_progress import ReadingProgress
from ..splits.homes import ALONE, Home
from ..spool import Spool, Written
from ..store import Kept, Store, decoded, encoded
from .account import Account, account_of
from .named import named
from .stamps import digest_besides, hashes_now, label_files, read_besides, stamp, tree_of

if TYPE_CHECKING:
    from ..progress import Progress

LOOKED = 2
"""Which of the files of a result in a store has the pictures that were opened."""


@dataclass(frozen=True)
class PartRead:
    """What reading came to. `spool` has the annotation batches, at the places that `batches` says with their numbers of
    records; `rejected` what was left out, a line each; `looked` the pictures that were opened, as they were; `files`
    were put into OUT; `images` is the folder of the pictures, `tree` its digest where the result hangs on all of it.
    `out_pictures` says of the files that are pictures where they came from, where that was asked for; `besides` are
    files that were read and that the job does not name, with their hashes, `beside` the digest of these and of their
    folders.
    """

    spool: Path
    rejected: Path
    looked: Path
    keys: Keys
    account: Account
    batches: tuple[Written, ...]
    files: tuple[Receipt, ...]
    images: Path
    tree: str
    out_pictures: tuple[OutPicture, ...] = ()
    besides: tuple[tuple[str, str], ...] = ()
    beside: str = ""


@dataclass(frozen=True)
class ReadPart:
    """What is to be read: a job, the place of its data set, and a folder for what is only needed meanwhile.

    `home` begins the names of its pictures and records where they need one; `kept_in` is the folder of a store, where
    there is one.
    """

    job: Job
    place: StagingFolder
    work: Path
    home: Home = ALONE
    kept_in: Path | None = None

    def key(self) -> str:
        """What the result depends on, but for the pictures: all options, and the files of labels, by their content."""
        return digest("read", __version__, self.job, self.home, self.place.shown, list(label_files(self.job)))

    def kept(self, result: PartRead) -> Kept:
        """The result for a store."""
        files = [result.spool, result.rejected, result.looked, *result.keys.on_disk[0].files()]
        return Kept(encoded(result), [*files, *(self.place.folder / each.path for each in result.files)])

    def found(self, content: bytes, files: Sequence[Path]) -> tuple[PartRead, list[Path]] | None:
        """A result of a store, and where its files have to be; None where what was read is no longer as it was."""
        result = decoded(content, PartRead)
        if not _as_they_were(files[LOOKED]):
            return None
        if result.tree and result.tree != tree_of(result.images):
            return None
        if result.beside and result.beside != digest_besides(hashes_now(dict(result.besides))):
            return None
        work = self.work / secrets.token_hex(4)
        mine = replace(result, spool=work / "batches", rejected=work / "rejected", looked=work / "looked")
        mine = replace(mine, keys=replace(result.keys, on_disk=(replace(result.keys.on_disk[0], folder=work),)))
        own = [mine.spool, mine.rejected, mine.looked, *mine.keys.on_disk[0].files()]
        return mine, [*own, *(self.place.folder / one.path for one in mine.files)]


def read(part: ReadPart, progress: "Progress") -> PartRead:
    """Read, settle and check one part. Raises `InputError`, `OutputError` and `ConfigError` as its source does."""
    job = part.job
    source, target = load_source(job.source), load_target(job.target)
    pictures = Pictures(job.images or default_images(source, job.input), check=job.check_images)
    work = part.work / secrets.token_hex(4)  # a name of its own: another may still be at the same part
    part.work.mkdir(exist_ok=True)  # not those above it: where they are gone nobody waits for this part any more
    work.mkdir()
    pictures.embedded, pictures.meanwhile = Embedded(work / "embedded"), work
    flat = job.rotated == "hull" or not target.CARRIES_QUADS
    place, keys = part.place.alone(), Keys(home=part.home, on_disk=(KeysOnDisk(work),))
    faulty = faulty_places(job, job.keep.lint) if job.keep.lint else None
    with (work / "rejected").open("wb") as rejected, (work / "looked").open("wb") as looked, _spool(work) as spool:
        accounting = Accounting(rejected.write, names=job.shown)
        reading = ReadingProgress(job, accounting, progress)
        own = f"{work}/"  # of these pictures the bytes stand in the labels, whose hash is known
        pictures.looked = lambda path: path.startswith(own) or looked.write(stamp(os.fsencode(path)) + b"\0")
        store = Store(part.kept_in) if part.kept_in else None
        settler = Settler(job, pictures, place, accounting, part.home.images, store)
        originals = Originals(settler.out)
        seen: frozenset[str] = frozenset()
        for batch in source.read(job.input, _options(job, source), pictures, accounting):
            images = int(counts(batch, "media").sum())
            found = settler.settle(named(batch, job.name))
            originals.learn(settler.provenance if job.max_side and job.keep != EVERYTHING else ())
            settled = keep_records(found, job.keep, accounting, faulty, originals)
            if job.keep.labels or job.keep.drop_labels:
                seen |= labels_of(settled)
            wanted = keep_annotations(settled, job.keep, accounting, faulty, originals)
            checked = check(wanted, job, reserved_by(target), accounting, flat=flat)
            if job.keep != EVERYTHING and not job.negatives:
                settled, checked = without_emptied(settled, checked, accounting)
            spool.write(checked)
            keys.remember(settled, checked, job, settler)
            reading.batch(images)
        reading.done()
        remark_absent(job.keep, seen, str(job.input), accounting)
    pictures.embedded.remove()
    whole = pictures.missed or any(pictures.used[rule] for rule in pictures.used if rule != LITERAL)
    besides = read_besides(job, accounting.inputs)
    return PartRead(
        spool=work / "batches",
        rejected=work / "rejected",
        looked=work / "looked",
        keys=replace(keys, on_disk=(keys.on_disk[0].finished(),)),
        account=account_of(accounting),
        batches=tuple(spool.written),
        files=tuple(place.receipts),
        images=pictures.root,
        tree=tree_of(pictures.root) if whole and part.job.check_images else "",
        out_pictures=tuple(settler.provenance),
        besides=tuple(besides.items()),
        beside=digest_besides(besides),
    )


def _as_they_were(looked: Path) -> bool:
    """Whether the pictures that were opened are still what they were."""
    return all(stamp(line.rsplit(b"\t", 1)[0]) == line for line in looked.read_bytes().split(b"\0")[:-1])


def _spool(work: Path) -> Spool:
    return Spool(work / "batches")


def _options(job: Job, source: Source) -> Any:
    return job.source_options if job.source_options is not None else source.Options()

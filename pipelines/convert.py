"""The main job: a source's labels to a target's rows, split, accounted for, committed or absent.

source ─▶ settle pictures ─▶ check ─▶ spool        first pass, batch by batch
keys ─▶ duplicates, splits                         what is global, on keys alone
spool ─▶ tasks ─▶ target ─▶ one file a split       second pass
accounting ─▶ limit ─▶ manifest ─▶ publish
"""

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .. import __version__
from ..converters.pictures.embedded import Embedded
from ..converters.pictures.find import Pictures
from ..converters.sources import load_source
from ..converters.sources.protocol import default_images
from ..converters.table import counts
from ..converters.targets import load_target
from ..converters.targets.protocol import Target
from ..converters.templates.scene import Asking
from ..converters.templates.wordings import load_wordings
from ..schemas.accounting import Accounting, InputFile
from .card import card
from .check import Reserved, check
from .commit import Staging
from .job import Job
from .keys import Keys
from .limit import check_limit
from .pictures import Settler
from .place import check_names
from .placing import Placed, check_dedup, placed
from .reading import Reading
from .rendering import open_splits, picture_roots, remark_on_whole, render_options, write_beside
from .samples import Maker, Rendered
from .shards.protocol import Cut, Rows
from .spool import Spool
from .token_tally import TokenTally

if TYPE_CHECKING:
    from .progress import Progress

FOLDED_INPUTS = 1000
"""More input files than this are one line of the manifest: their number of bytes, and a hash of their hashes."""


@dataclass(frozen=True)
class Summary:
    """What a finished conversion did: where it is, its manifest, and the accounting behind it."""

    out: Path
    manifest: dict[str, Any]
    accounting: Accounting


def convert(job: Job, progress: "Progress") -> Summary:
    """Run one conversion. OUT is the new whole version afterwards, or untouched when anything is raised.

    Raises `InputError`, `ConfigError`, `OutputError`; `LimitError` when more was rejected than `job.max_rejected`.
    """
    source, target = load_source(job.source), load_target(job.target)
    check_names(job.out, _named_files(job))
    check_dedup(job)
    wordings = load_wordings(job.lang, job.templates)
    render = render_options(job, target)
    _check_wordings(wordings.lists, target, job)
    pictures = Pictures(job.images or default_images(source, job.input), check=job.check_images)
    inputs = [job.input] + ([job.images] if job.images else [])
    with _no_cyclic_garbage(), Staging(job.out, inputs) as staging, Spool(staging.folder / ".spool") as spool:
        pictures.embedded = Embedded(staging.folder / ".embedded")
        rejected = staging.open("rejected.jsonl")
        accounting = Accounting(rejected.write)
        options = job.source_options if job.source_options is not None else source.Options()
        batches = source.read(job.input, options, pictures, accounting)
        keys = _first_pass(job, target, batches, Settler(job, pictures, staging, accounting), spool, progress)
        tasks = keys.tasks(job, accounting)
        labels = sorted(keys.labels)
        asking = Asking(wordings, job.order, job.max_objects, job.negatives, job.seed, labels, keys.hidden, job.answers)
        asking = replace(asking, texts=keys.written.in_order())
        roots = picture_roots(job, pictures.root)
        render = replace(render, labels=tuple(labels), roots=roots, readable=staging.staged_source)
        split_long = job.over_length == "split"
        maker = Maker(target, tasks, asking, render, accounting, job.max_length, split_long, job.count_tokens)
        splits = _second_pass(job, placed(job, keys, progress), maker, spool, staging, progress)
        spool.remove()
        pictures.embedded.remove()
        accounting.check()
        check_limit(job, accounting)
        rejected.close()
        manifest = _manifest(job, tasks, accounting, splits)
        remark_on_whole(target, manifest, accounting)
        _write_remarks(staging, accounting, manifest)
        write_beside(staging, target, manifest)
        return Summary(job.out, staging.publish(manifest), accounting)


def _named_files(job: Job) -> list[Path]:
    """The paths that the manifest or the rows will hold, but for folders that are read."""
    own = [vars(each).values() for each in (job.source_options, job.target_options) if each is not None]
    given = [job.input, job.image_root, job.against, *chain.from_iterable(own)]
    return [each for each in given if isinstance(each, Path) and (each == job.image_root or not each.is_dir())]


@contextmanager
def _no_cyclic_garbage() -> Iterator[None]:
    """No cycles are made on the way, and looking for them in a million lists costs more than the conversion."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check_wordings(lists: Any, target: Target, job: Job) -> None:
    """A control token in a wording of the user's own would be one in every sample."""
    from ..schemas.errors import ConfigError

    reserved = _reserved(target)
    for task, named in lists.items():
        for name, wordings in named.items():
            for number, wording in enumerate(wordings):
                if tag := reserved.find(wording):
                    raise ConfigError(
                        f"{job.templates}: {job.lang}.{task}.{name}[{number}]",
                        f"{tag} in {wording!r} is a control token to {target.NAME}",
                        "Write words and slots such as {label}; mmdata puts the tags.",
                    )


def _reserved(target: Target) -> Reserved:
    return Reserved(target.reserved_in, target.blunt)


def _first_pass(
    job: Job,
    target: Target,
    batches: Iterator[pa.RecordBatch],
    settler: Settler,
    spool: Spool,
    progress: "Progress",
) -> Keys:
    keys = Keys()
    reading = Reading(job, settler.accounting, progress)
    for read in batches:
        settled = settler.settle(read)
        flat = job.rotated == "hull" or not target.CARRIES_QUADS
        batch = check(settled, job, _reserved(target), settler.accounting, flat=flat)
        spool.write(batch)
        keys.remember(settled, batch, job, settler)
        reading.batch(int(counts(read, "media").sum()))
    reading.done()
    return keys


def _second_pass(
    job: Job, place: Placed, maker: Maker, spool: Spool, staging: Staging, progress: "Progress"
) -> dict[str, dict[str, Any]]:
    cut = Cut(job.max_shard_size, job.max_shard_samples)
    files = open_splits(staging, maker.target, place.names, cut, maker.options)
    tallies = [TokenTally() for _ in files]
    progress.start("writing samples", len(place.split))
    done = 0
    for batch in spool.batches():
        unique, places = place.kept(batch, done, maker.accounting)
        for made in maker.make(unique):
            _distribute(files, made.rows, places[made.record])
            _tally(tallies, made, places)
        done += len(batch)
        progress.advance(len(batch))
    progress.done()
    shards = [file.close() for file in files]
    place.write_ledger(staging)
    told = place.told()
    counted = job.max_length is not None or job.count_tokens
    basis = maker.target.token_basis() if counted else ""
    return {
        each: {"samples": sum(one.samples for one in made), "shards": [one._asdict() for one in made], **told[each]}
        | ({"lengths": tally.told(basis)} if counted else {})
        for each, made, tally in zip(place.names, shards, tallies, strict=True)
    }


def _tally(tallies: list[TokenTally], made: Rendered, places: NDArray[np.int8]) -> None:
    """The tokens of rows, where they were counted, to their splits."""
    if made.lengths is None:
        return
    for number, tally in enumerate(tallies):
        over = np.count_nonzero(places[made.over] == number)
        tally.add(made.lengths[places[made.record] == number], int(over))


def _distribute(files: list[Rows], rows: list[bytes], place: NDArray[np.int8]) -> None:
    if len(files) == 1:
        files[0].write(rows)
        return
    for number, file in enumerate(files):
        file.write([rows[at] for at in np.flatnonzero(place == number).tolist()])


def _manifest(
    job: Job, tasks: tuple[str, ...], accounting: Accounting, splits: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    import msgspec
    import PIL

    options = {name: _plain(value) for name, value in asdict(job).items() if name not in _UNPLAIN}
    own = {name: _own(getattr(job, name)) for name in _UNPLAIN[1:]}
    return {
        "mmdata": __version__,
        "format": 1,
        "accounting": accounting.balance(),
        "splits": splits,
        "inputs": [
            {"path": each.path, "bytes": each.bytes, "sha256": each.sha256} for each in _folded(job, accounting.inputs)
        ],
        "options": options | {"tasks": list(tasks)} | own,
        "versions": {
            "mmdata": __version__,
            "msgspec": msgspec.__version__,
            "numpy": np.__version__,
            "pillow": PIL.__version__,
            "pyarrow": pa.__version__,
        },
    }


_UNPLAIN = ("out", "source_options", "target_options")


def _own(options: Any) -> dict[str, Any]:
    """A source's or target's own options as JSON has them."""
    return {} if options is None else {name: _plain(value) for name, value in asdict(options).items()}


def _plain(value: Any) -> Any:
    """An option as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _folded(job: Job, inputs: list[InputFile]) -> list[InputFile]:
    if len(inputs) <= FOLDED_INPUTS:
        return inputs
    from hashlib import sha256

    digest = sha256()
    for each in inputs:
        digest.update(f"{each.sha256}  {each.path}\n".encode("utf-8", "surrogatepass"))
    return [InputFile(str(job.input), sum(each.bytes for each in inputs), digest.hexdigest())]


def _write_remarks(staging: Staging, accounting: Accounting, manifest: dict[str, Any]) -> None:
    findings = [
        {
            "code": each.code,
            "name": each.name,
            "severity": each.severity,
            "file": each.file,
            "at": each.at,
            "value": each.value,
            "message": each.message,
            "fix": None,
        }
        for each in accounting.findings
    ]
    text = json.dumps({"findings": findings, "counts": dict(sorted(accounting.remarks.items()))}, indent=1, default=str)
    with staging.open("lint.json") as writer:
        writer.write(text.encode() + b"\n")
    with staging.open("README.md") as writer:
        writer.write(card(manifest).encode())

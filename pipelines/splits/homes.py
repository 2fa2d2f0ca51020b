"""Homes: what begins the names that the ledger has for the pictures and records of each part of a data set.

Several folders may each have a `1.jpg`, so a picture is called after its folder; but neither the order of a recipe's
parts nor their number may change that name, else everything would move when a source is added. So the ledger remembers
what it called each folder: that of one part alone has no home, the next ones that of the part that first named them.
Records without pictures are called after the file of labels they stand in, in the same way.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from ...converters.sources import load_source
from ...converters.sources.protocol import default_images
from ...schemas.shown import shown
from ..commit.destination import listed
from ..job import Job
from ..plan import Output
from .ledger import NAME, Called, Ledger, hash_of, read_ledger


class Home(NamedTuple):
    """What begins the names of one part's own: `images` those of pictures that are put into OUT, `pictures` and
    `records` those that the ledger has. `among` is whether there are other parts, which may show the same pictures.
    """

    images: str = ""
    pictures: str = ""
    records: str = ""
    among: bool = False


ALONE = Home()
"""The home of the only part, whose names need no beginning."""


def ledger_before(output: Output) -> Ledger:
    """What was decided before: the ledger of the version that is replaced, or the one that was named; none where there
    are no splits to decide. Where the version before had other data sets than this one, all had the same splits.

    Raises `InputError` for a file that is no ledger.
    """
    job = output.job
    if job.ledger == "new" or len(job.split) == 1:
        return Ledger(())
    if job.ledger != "auto":
        return read_ledger(Path(job.ledger))
    whole = job.out.parent if output.name else job.out
    beside = sorted(each for each in listed(whole) if each.endswith(f"/{NAME}"))
    places = [job.out / NAME, whole / NAME, *(whole / each for each in beside)]
    return read_ledger(next((each for each in places if each.exists()), places[0]))


def homed(output: Output, before: Ledger) -> tuple[list[Home], Ledger]:
    """The homes of the parts, in their order, and the ledger that knows them."""
    folders = [_path(job.images or default_images(load_source(job.source), job.input), job) for job in output.jobs]
    inputs = [_path(job.input, job) for job in output.jobs]
    names = [job.name for job in output.jobs]
    pictures = _called("pictures", folders, names, before.called)
    records = _called("records", inputs, names, before.called)
    first: dict[str, str] = {}
    images = [first.setdefault(folder, name) for folder, name in zip(folders, names, strict=True)]
    among = len(output.jobs) > 1
    homes = [
        Home(image, pictures[hash_of(folder)], records[hash_of(each)], among)
        for image, folder, each in zip(images, folders, inputs, strict=True)
    ]
    kinds = (("pictures", pictures), ("records", records))
    called = sorted((kind, *each) for kind, held in kinds for each in held.items())
    return homes, replace(before, called=tuple(called))


def _path(path: Path, job: Job) -> str:
    """Where something is, were it a copy: its address, which is the same on every machine."""
    return shown(str(path.resolve()), job.shown)


def _called(kind: str, paths: Sequence[str], names: Sequence[str], before: Sequence[Called]) -> dict[int, str]:
    """What each path of that kind is called, by its hash; those that are not read today keep theirs.

    A path that is known keeps its name. One that is not is called as its part is, also where a path was called so that
    is not read today, since it was probably moved; numbered where another path of today has that name.
    """
    found = {path: name for each, path, name in before if each == kind}
    first: dict[int, str] = {}
    for path, name in zip(map(hash_of, paths), names, strict=True):
        first.setdefault(path, name)
    for path, name in first.items():
        if path not in found:
            taken = {found[other] for other in first if other in found}
            numbered = (f"{name}~{number}" for number in count(2))
            found[path] = next(each for each in chain([name], numbered) if each not in taken)
    return found

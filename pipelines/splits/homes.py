"""Homes: what begins the names that the ledger has for the pictures and records of each part of a data set.

Several folders may each have a `1.jpg`, so a picture is called after its folder; but neither the order of a recipe's
parts nor their number may change that name, else everything would move when a source is added. So the ledger remembers
what it called each folder: that of one part alone has no home, the next ones that of the part that first named them.
Records without pictures are called after the file of labels they stand in, in the same way.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...converters.sources import load_source
from ...converters.sources.protocol import default_images
from ...schemas.errors import ConfigError, InputError
from ...schemas.shown import shown
from ..commit.destination import MANIFEST, listed, read_manifest
from ..job import Job
from ..plan import Output
from .ledger import NAME, NOTHING, Called, Ledger, hash_of, read_ledger


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
    """What was decided before: the ledger of the version that is replaced, or the one that was named. Where the version
    before had other data sets than this one, all had the same splits.

    Raises `InputError` for a file that is no ledger, or not the one that its manifest names; `ConfigError` where it has
    a split that is not asked for any more: what was held back in it would be trained on.
    """
    job = output.job
    if job.ledger == "new":
        return NOTHING
    path = Path(job.ledger) if job.ledger != "auto" else _ledger_in(job.out.parent if output.name else job.out, job.out)
    if path is None:
        return NOTHING
    if job.ledger == "auto":
        _check_as_listed(path)
    before = read_ledger(path)
    gone = [name for name in before.splits if len(job.split) > 1 and name not in dict(job.split)]
    if gone and (held := int(np.isin(before.places, [before.splits.index(name) for name in gone]).sum())):
        fact = f"leaves out {', '.join(gone)}, where {path} has {held:,} pictures or groups: they would change splits"
        raise ConfigError("--split", fact, "Name all of its splits, or divide everything anew with --ledger new.")
    return before


def _ledger_in(whole: Path, out: Path) -> Path | None:
    """The ledger of the version that OUT has, be it of this data set or of another that had the same splits."""
    beside = sorted(each for each in listed(whole) if each.endswith(f"/{NAME}"))
    places = [out / NAME, whole / NAME, *(whole / each for each in beside)]
    return next((each for each in places if each.exists()), None)


def _check_as_listed(path: Path) -> None:
    """Raise `InputError` where the manifest beside a ledger is of another one: one that was changed moves pictures."""
    files = (read_manifest(path.parent) or {"files": []})["files"]
    listed_as = next((each for each in files if isinstance(each, dict) and each.get("path") == NAME), None)
    if listed_as is not None and sha256(path.read_bytes()).hexdigest() != listed_as.get("sha256"):
        remedy = "Take it from another copy of this data set, or divide everything anew with --ledger new."
        raise InputError(str(path), f"was changed: it has not the sha256 that {MANIFEST} beside it says", remedy)


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

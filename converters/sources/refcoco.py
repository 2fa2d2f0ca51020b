"""Referring expressions: phrases that mean one thing in a picture, several, or none.

Read: RefCOCO, RefCOCO+, RefCOCOg and gRefCOCO as JSON, refs `{ref_id, image_id, ann_id, split, sentences: [{raw,
sent}]}` beside COCO's `instances.json`; and RefCOCOs' rows `{image, normal_caption, solution: [x1, y1, x2, y2] | null,
normalized_solution, width, height}`. Lists or JSON Lines. Source: lichengunc/refer (refer.py), henghuiding/gRefCOCO,
the files of refcocos-annotator.

Known lies, and what is done about them:

- Refs are commonly given as a Python pickle (`refs(unc).p`). A pickle can run any code when it is read: it is refused.
- A ref's `file_name` ends in the number of its annotation and names no file: the name is that of the instances' image.
- gRefCOCO says "nothing" as `ann_id` -1, as an empty list, or by `no_target`: all three are read.
- The 0–1000 boxes of RefCOCOs were rounded up, down and to the nearest; the pixels beside them are taken. Where the two
  lie more than two steps apart it is remarked (GE012): one of them is of another picture.
- `raw` is what people typed, `sent` is it in lower case without marks: `raw` is taken where it is there.

A record is a picture; annotations are its phrases and the boxes they mean, each box once. Instances that no ref means
are not read. Boxes without a category bear the first phrase that means them as their label.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import text
from ..options import option
from ..pictures.find import Pictures
from ..records import Media, Object, Phrase, Record, batches
from .beside import PicturesBeside
from .json_rows import JsonRow, first_row, json_rows
from .object_error import ObjectError
from .refcoco_forms import Reference, Target, disagreement, is_ref, is_row, read_ref, read_row
from .refcoco_instances import Instances, read_instances
from .text_lines import shortened

NAME = "refcoco"
SUMMARY = "Referring expressions: RefCOCO, RefCOCO+, RefCOCOg, gRefCOCO as JSON with COCO instances; RefCOCOs"
FRAME = "pixels: x, y, width, height of the instances; x1, y1, x2, y2 of `solution`"

_PICKLES = (".p", ".pkl", ".pickle")
_APART = 2.0
"""Thousandths: two boxes that lie further apart than any rounding puts them."""


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading referring expressions."""

    instances: Path | None = option(None, "The COCO instances.  [default: instances.json beside the refs]")
    ref_split: str = option("", "Read the refs of this split alone, such as train or testA.", metavar="NAME")


def sniff(path: Path) -> str | None:
    """Why this looks like referring expressions: refs with sentences, or rows with a phrase and a box."""
    if path.is_dir():
        file = _refs_in(path)
        return f"{file.name} has refs" if file and (path / "instances.json").is_file() else None
    if path.name.lower().startswith(("refs", "grefs")) and path.suffix.lower() in _PICKLES:
        return "refs as a Python pickle, which mmdata does not read"
    row = first_row(path) if path.is_file() else None
    if is_ref(row):
        return "a list of refs with 'sentences' and 'ann_id'"
    return "a phrase and its 'solution' in every row" if is_row(row) else None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture, in the order of the first phrases; boxes in pixels.

    All phrases are held until the file ends. Raises `InputError` for a pickle, for a file that is not whole, and where
    the instances are not to be found.
    """
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    file = _file(path)
    reader = _Reader(file, options.ref_split, accounting)
    for row in json_rows(file, accounting):
        reader.take(row)
    if not reader.count:
        had = ", ".join(sorted(reader.splits)) or "none"
        fact = f"no ref of the split {options.ref_split!r}; there are {had}" if options.ref_split else "holds no refs"
        raise InputError(str(file), fact, "Name a file of refs, or another --ref-split.")
    ids = {each for reference in reader.references for each in reference.ids}
    images = {reference.image for reference in reader.references if isinstance(reference.image, int)}
    instances, source = Instances(), file
    if images:
        source = _instances(file, options)
        instances = read_instances(source, images, ids, accounting)
    gathered = _Gathered(file, source, instances, PicturesBeside(pictures), accounting)
    for reference in reader.references:
        gathered.add(reference)
    for record in gathered.records.values():
        accounting.read("images")
        yield record


def _file(path: Path) -> Path:
    file = path
    if path.is_dir():
        file = _refs_in(path) or path
    if file.is_dir() or not file.exists():
        names = ", ".join(sorted(each.name for each in path.iterdir())[:8]) if path.is_dir() else ""
        fact = f"is a folder; in it: {names or 'nothing'}" if path.is_dir() else "there is no such file or folder"
        raise InputError(str(path), fact, "Name the one JSON file of the refs.")
    if file.suffix.lower() in _PICKLES or _head(file)[:1] == b"\x80":
        remedy = "Where you trust the file, write it as JSON yourself: json.dump(pickle.load(open(FILE, 'rb')), …)."
        raise InputError(str(file), "is a Python pickle, which can run code when it is read", remedy)
    return file


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(2)
    except OSError as error:
        raise InputError(str(file), f"cannot be read: {error.strerror}", "Check the file's permissions.") from None


def _refs_in(folder: Path) -> Path | None:
    """The one file of refs in a folder; a pickle where there is no other. None where there is none or a choice."""
    files = sorted(each for each in folder.iterdir() if each.is_file())
    known = [each for each in files if each.suffix.lower() in (".json", ".jsonl") and is_ref(first_row(each))]
    refs = [each for each in files if each.name.lower().startswith(("refs", "grefs"))]
    known = known or [each for each in refs if each.suffix.lower() in _PICKLES]
    return known[0] if len(known) == 1 else None


def _instances(file: Path, options: Options) -> Path:
    instances = options.instances or file.with_name("instances.json")
    if not instances.is_file():
        remedy = "Name COCO's instances that the refs belong to with --instances, such as instances_train2014.json."
        raise InputError(str(instances), "there is no such file, and refs without it have no boxes", remedy)
    return instances


class _Reader:
    """Reads rows to references; `count` is how many entries there were, `splits` those they name."""

    def __init__(self, file: Path, split: str, accounting: Accounting) -> None:
        self.file = file
        self.split = split
        self.accounting = accounting
        self.references: list[Reference] = []
        self.splits: set[str] = set()
        self.count = 0

    def take(self, row: JsonRow) -> None:
        """One entry: its references, or a rejection."""
        if isinstance(row.value, dict) and self.split:
            own = str(row.value.get("split"))
            self.splits.add(own[:40])
            if own != self.split:
                return
        self.count += 1
        if row.fault:
            _reject(row.fault, self.file, self.accounting)
            return
        try:
            self.references.append(self._reference(row))
        except ObjectError as fault:
            _reject(fault, self.file, self.accounting)

    def _reference(self, row: JsonRow) -> Reference:
        if is_ref(row.value):
            return read_ref(row.value, row.at)
        if not isinstance(row.value, dict):
            raise ObjectError("AN004", row.at, shortened(row.value), "the entry is no object")
        reference = read_row(row.value, row.at)
        self._compare(row.value, reference)
        return reference

    def _compare(self, entry: dict[str, Any], reference: Reference) -> None:
        apart = disagreement(entry, reference.size)
        if apart > _APART:
            fact = f"'solution' and 'normalized_solution' lie {apart:.0f} thousandths apart; the pixels were taken"
            at = f"{reference.at}/normalized_solution"
            value = entry["normalized_solution"]
            self.accounting.remark("GE012", file=text(str(self.file)), at=at, value=value, message=fact)


@dataclass(slots=True)
class _Gathered:
    """Records by picture, grown reference by reference; `objects` are the numbers of each record's boxes by key."""

    file: Path
    source: Path
    instances: Instances
    beside: PicturesBeside
    accounting: Accounting
    records: dict[str | int, Record] = field(default_factory=dict[str | int, Record])
    objects: dict[str | int, dict[str, int]] = field(default_factory=dict[str | int, dict[str, int]])

    def add(self, reference: Reference) -> None:
        """The phrases of a reference and what they mean; each phrase rejected where that cannot be found."""
        for fault in reference.faults:
            _reject(fault, self.file, self.accounting)
        if not reference.said:
            return
        try:
            targets = list(self._targets(reference)) if isinstance(reference.image, int) else reference.targets
            record = self._record(reference)
        except ObjectError as fault:
            for said in reference.said:
                fault.at = said.at
                _reject(fault, self.file, self.accounting)
            return
        meant = list(dict.fromkeys(self._object(record, reference, target) for target in targets))
        self.accounting.read("annotations", len(reference.said))
        record.phrases += [Phrase(said.at, said.text, meant) for said in reference.said]

    def _targets(self, reference: Reference) -> Iterator[Target]:
        for number in reference.ids:
            instance = self.instances.annotations.get(number)
            if instance is None:
                fact = f"annotation {number} is not among the instances, or has no box there"
                raise ObjectError("AN009", reference.at, number, fact)
            if instance.image != reference.image:
                fact = f"annotation {number} is in image {instance.image}, the ref in {reference.image}"
                raise ObjectError("AN009", reference.at, number, fact)
            label = instance.label or reference.said[0].text
            yield Target(instance.at, label, instance.box, instance.crowd)

    def _record(self, reference: Reference) -> Record:
        record = self.records.get(reference.image)
        if record is None:
            record = Record(str(reference.image), text(str(self.file)), reference.at, [self._media(reference)])
            self.records[reference.image] = record
            self.objects[reference.image] = {}
        return record

    def _media(self, reference: Reference) -> Media:
        if isinstance(reference.image, str):
            return Media(self.beside.name(self.file, [reference.image]), *reference.size)
        picture = self.instances.pictures.get(reference.image)
        if picture is None:
            fact = f"image {reference.image} is not among the instances"
            raise ObjectError("AN009", reference.at, reference.image, fact)
        return Media(self.beside.name(self.source, [picture.name]), picture.width, picture.height)

    def _object(self, record: Record, reference: Reference, target: Target) -> int:
        """The number of the box in its record; a box that is meant twice is there once."""
        known = self.objects[reference.image]
        if target.key not in known:
            known[target.key] = len(record.objects)
            self.accounting.read("annotations")
            at = f"{text(str(self.source))}#{target.key}" if isinstance(reference.image, int) else reference.at
            record.objects.append(Object(at, target.label, target.box, crowd=target.crowd))
        return known[target.key]


def _reject(fault: ObjectError, file: Path, accounting: Accounting) -> None:
    accounting.read("annotations")
    fault.reject(accounting, text(str(file)))

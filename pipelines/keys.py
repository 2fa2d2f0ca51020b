"""Keys: what the first pass keeps of every record, so that what is global can be decided without the records."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters.pictures.embedded import content_of
from ..converters.table import counts, entries, objects_meant, rows, starts
from ..converters.templates.absent_texts import WrittenTexts
from ..schemas.annotation import ITEMS, TEXT_LABEL
from ..schemas.errors import ConfigError
from .dedup.paths import block
from .job import Job
from .keys_on_disk import KeysOnDisk, NamesOnDisk, StrataOnDisk, column_of
from .pictures import Settler
from .same_file import SameFile
from .splits.group_by import shared
from .splits.homes import ALONE, Home
from .splits.ledger import by_first_bits
from .splits.names import NO_NAMES, Named, Names, names_of

TASK_OF = {
    "phrases": "phrase",
    "objects": "detect",
    "questions": "vqa",
    "conversations": "chat",
    "captions": "caption",
}
"""What is asked about each kind of annotation when nobody says; objects of phrases are there for their sake, unless
most of them are meant by none.

Objects that are nothing but text are read: to find "text" ten times over teaches little, and their words would be lost.
"""

_OBJECTS = dict.fromkeys(("detect", "ground", "refer", "count", "keypoints"), "objects")
_TEXTS = dict.fromkeys(("read", "read-region", "locate"), "texts")
NEEDS = {
    **_OBJECTS,
    **_TEXTS,
    "caption": "captions",
    "grounded": "captions or objects",
    "vqa": "questions",
    "phrase": "phrases",
    "describe": "phrases or objects",
    "compare": "record of several pictures with objects",
    "chat": "conversations",
    **dict.fromkeys(("transcribe", "hear"), "texts"),
    "when": "objects",
}
"""What there must be for a task to ask about."""

WHOLE = frozenset({"count", "read", "grounded", "compare"})
"""Tasks whose answers are about all there is, so that what was left out must be known."""


@dataclass
class Keys:
    """What is kept of the records, in order; lists are empty where nothing will ask for them.

    `pages` is how many pictures a record has, `pictures` the paths of these, a block a batch (`dedup/paths.py`),
    `weight` how many annotations it has, for duplicates. `labels` are all labels, `items` how many annotations of each
    kind there are, `texts` how many objects bear one, `timed` how many are in a film or sound, `meant` how many a
    phrase means, `several` how many records have objects and more than one picture; `hidden` the labels of each
    record's objects that were left out, for questions that must not pretend that there is no such thing; `written` some
    texts to ask for where they are not; `home` begins the names of pictures and records, where other parts may have the
    same ones; `times` is how often each record is given, empty where all are once. `on_disk` says where the names
    and labels of records are, for the split. The names are what must not be torn apart, the record's group and its
    pictures, with what the disk knows a picture by where pictures are opened or other parts may show the same ones, and
    0 for other names; `more_names` are further ones. `grouped` is in how many names of pictures `--group-by` found
    something, `ungrouped` the first in which it did not.
    """

    home: Home = ALONE
    records: int = 0
    items: Counter[str] = field(default_factory=Counter[str])
    texts: int = 0
    timed: int = 0
    meant: int = 0
    several: int = 0
    labels: set[str] = field(default_factory=set[str])
    on_disk: tuple[KeysOnDisk, ...] = ()
    more_names: Names = NO_NAMES
    pages: list[int] = field(default_factory=list[int])
    pictures: list[bytes] = field(default_factory=list[bytes])
    weight: list[int] = field(default_factory=list[int])
    hidden: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    written: WrittenTexts = field(default_factory=WrittenTexts)
    label_numbers: dict[str, int] = field(default_factory=dict[str, int])
    times: list[int] = field(default_factory=list[int])
    grouped: int = 0
    ungrouped: str = ""

    def remember(self, settled: pa.RecordBatch, checked: pa.RecordBatch, job: Job, settler: Settler) -> None:
        """Keep what will be asked for of a batch, before and after its check; both have the same records."""
        labels = entries(checked, "objects", "label")
        names = labels.dictionary
        used = np.flatnonzero(np.bincount(labels.indices.to_numpy())).tolist()
        self.labels.update(names[code].as_py() for code in used)
        self.records += len(checked)
        self.items.update({column: int(counts(checked, column).sum()) for column in ITEMS})
        self.texts += texts_in(checked)
        self.timed += timed_in(checked)
        self.meant += len(np.unique(objects_meant(checked, "phrases")[1]))
        self.several += int(np.sum((counts(checked, "media") > 1) & (counts(checked, "objects") > 0)))
        if job.negatives or WHOLE & set(job.tasks) or (not job.tasks and texts_in(settled)):
            self._remember_hidden(settled, checked)
        if job.negatives and "locate" in job.tasks:
            self.written.add(entries(checked, "objects", "text").to_pylist())
        if job.weight != 1:
            self.times.extend(times_given(checked.column("id").to_pylist(), job.weight, job.seed))
        if len(job.split) > 1:
            self._remember_labels(checked)
        if len(job.split) > 1:
            self._remember_names(checked, settler, job)
        if job.dedup != "off" or job.against:
            self.pages.extend(counts(checked, "media").tolist())
            paths = entries(checked, "media", "path").to_pylist()
            self.pictures.append(block(paths if job.check_images else [""] * len(paths)))
        if job.dedup != "off":
            self.weight.extend(np.sum([counts(checked, column) for column in ITEMS], axis=0).tolist())

    def fitting_task(self) -> str:
        """The task that fits what there is: the first of `TASK_OF` of which there are annotations, else detect.

        Questions come before objects where there are more of them: a box or two were drawn beside the answers.
        """
        if self.timed and self.timed == self.items["objects"]:
            return "transcribe" if self.texts else "when"
        unmeant = self.items["objects"] - self.meant
        by_the_way = unmeant > self.items["phrases"] + self.meant  # as a relation or two among many boxes
        columns = (column for column in TASK_OF if self.items[column] and not (column == "phrases" and by_the_way))
        task = TASK_OF[next(columns, "objects")]
        if task == "detect" and self.items["questions"] > self.items["objects"]:
            return "vqa"
        return "read" if task == "detect" and self.texts and self.labels == {TEXT_LABEL} else task

    def tasks(self, job: Job, *, rejected: bool) -> tuple[str, ...]:
        """The tasks of a job; `ConfigError` where none of those it names has anything to ask about.

        Not where annotations were `rejected`: what became of them says more.
        """
        if not job.tasks:
            return (self.fitting_task(),)
        able = [task for task in job.tasks if self._able(task)]
        if not able and any(self.items.values()) and not rejected:
            wanted = [NEEDS.get(task, "objects") for task in job.tasks]
            there = [f"{count} {column}" for column, count in self.items.items() if count]
            raise ConfigError(
                f"--task {','.join(job.tasks)}",
                f"{job.input} has no {' and no '.join(dict.fromkeys(wanted))}, only {', '.join(there)}",
                f"Ask what is there, such as --task {self.fitting_task()}, or name the file that has the others.",
            )
        return job.tasks

    def _able(self, task: str) -> bool:
        """Whether there is anything that a task asks about."""
        needs = {"texts": self.texts, "record of several pictures with objects": self.several}
        return any(needs.get(each, self.items[each]) for each in NEEDS.get(task, "objects").split(" or "))

    def _remember_hidden(self, settled: pa.RecordBatch, checked: pa.RecordBatch) -> None:
        before, after = counts(settled, "objects"), counts(checked, "objects")
        for row in np.flatnonzero(before != after).tolist():
            name = checked.column("id")[row].as_py()
            lost = _labels_of(settled, row) - _labels_of(checked, row)
            self.hidden[name] = self.hidden.get(name, frozenset()) | frozenset(lost)

    def strata(self) -> StrataOnDisk:
        """Which labels the records have, each once a record; numbers as in `label_numbers`."""
        return StrataOnDisk(self.on_disk)

    def names(self) -> Named:
        """The names of all records."""
        return NamesOnDisk(self.records, self.on_disk, self.more_names)

    def _remember_labels(self, batch: pa.RecordBatch) -> None:
        labels = entries(batch, "objects", "label")
        numbers = self.label_numbers
        told = np.array([numbers.setdefault(name, len(numbers)) for name in labels.dictionary.to_pylist()], np.int64)
        if len(labels):
            record, code = rows(batch, "objects"), labels.indices.to_numpy().astype(np.int64)
            pairs = np.unique(record * len(told) + code)
            first = self.records - len(batch)
            self.on_disk[0].keep("record", first + pairs // len(told))
            self.on_disk[0].keep("label", told[pairs % len(told)])

    def _remember_names(self, batch: pa.RecordBatch, settler: Settler, job: Job) -> None:
        pattern = re.compile(job.group_by) if job.group_by else None
        part = f"{job.name}/" if job.name else ""
        first = starts(batch, "media").tolist()
        paths = entries(batch, "media", "path").to_pylist()
        names = batch.column("id").to_pylist()
        stable = _stable(paths, settler)
        known = _known(paths, stable, settler, self.home)
        looked = job.check_images or self.home.among
        numbers = _files(paths, settler) if looked else []
        mine: list[tuple[str, ...]] = []
        files: list[int] = []
        for row, group in enumerate(batch.column("group").to_pylist()):
            pages = slice(first[row], first[row + 1])
            own = [f"group {group}"] if group else []
            alike = {page: shared(pattern, page) for page in stable[pages]} if pattern else {}
            if alike:
                own += [f"like {found}" for found in alike.values() if found]
                self.grouped += sum(map(bool, alike.values()))
                self.ungrouped = self.ungrouped or next((page for page, found in alike.items() if not found), "")
            mine.append((*own, *known[pages]) or (_begun(self.home.records, names[row].removeprefix(part)),))
            if looked:
                files += [0] * (len(mine[-1]) - (pages.stop - pages.start))
                files += numbers[pages]
        names = names_of(mine, job.seed)
        self.on_disk[0].keep("owner", names.owner + np.int32(self.records - len(batch)))
        self.on_disk[0].keep("hash", names.hash)
        self.on_disk[0].keep("rank", names.rank)
        self.on_disk[0].keep("file", np.array(files, np.uint64))


def together(parts: Sequence[Keys]) -> Keys:
    """The keys of all parts as those of one, for what is decided over all: groups, pictures, labels by number."""
    if len(parts) == 1:
        return replace(parts[0], more_names=_by_file(parts[0])) if parts[0].on_disk else parts[0]
    whole = Keys()
    weighed = any(part.times for part in parts)
    for part in parts:
        first = whole.records
        whole.records += part.records
        whole.items.update(part.items)
        whole.grouped += part.grouped
        whole.ungrouped = whole.ungrouped or part.ungrouped
        whole.labels |= part.labels
        for name in ("pages", "pictures", "weight"):
            getattr(whole, name).extend(getattr(part, name))
        numbers = [whole.label_numbers.setdefault(label, len(whole.label_numbers)) for label in part.label_numbers]
        whole.on_disk += tuple(replace(each, first=first, labels=tuple(numbers)) for each in part.on_disk)
        whole.times.extend(part.times or ([1] * part.records if weighed else []))
    return replace(whole, more_names=_by_file(whole)) if whole.on_disk else whole


def _by_file(keys: Keys) -> Names:
    """More names: a picture that shows a file which another picture shows by another name, through a link or in another
    part, also has the name that the file had first. The names, and not the files' places, are what the ledger keeps.
    """
    files = column_of(keys.on_disk, "file")
    if not len(files):  # nobody looked at the disk
        return NO_NAMES
    names = keys.names()
    hashes = names.hash
    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for mine in by_first_bits(files):
        pictures = np.flatnonzero(mine & (files != 0))
        _, first, file = np.unique(files[pictures], return_index=True, return_inverse=True)
        known = pictures[first][file]
        apart = hashes[known] != hashes[pictures]
        found.append((pictures[apart], known[apart]))
    pictures, known = (np.concatenate(each) for each in zip(*found, strict=True))
    if not len(pictures):
        return NO_NAMES
    return Names(keys.records, names.owner[pictures], hashes[known], names.rank[known])


def times_given(names: Sequence[str], weight: float, seed: int) -> list[int]:
    """How often each record is given so that all of them together have the weight: its whole part, and once more for
    the share that is left, chosen by the hash of seed and name.
    """
    whole, rest = divmod(weight, 1.0)
    head = crc32(f"{seed}:weight:".encode())
    return [int(whole) + (crc32(name.encode("utf-8", "surrogatepass"), head) < rest * 2**32) for name in names]


def timed_in(batch: pa.RecordBatch) -> int:
    """How many objects are in a film or sound for some time."""
    held = entries(batch, "objects", "start")
    return len(held) - int(held.null_count)


def texts_in(batch: pa.RecordBatch) -> int:
    """How many objects of a batch bear a text."""
    texts = entries(batch, "objects", "text")
    return len(texts) - int(texts.null_count)


def _labels_of(batch: pa.RecordBatch, row: int) -> Counter[str]:
    return Counter(thing["label"].as_py() for thing in batch.column("objects")[row])


def _stable(paths: Sequence[str], settler: Settler) -> list[str]:
    """The pictures' names: relative to the root, so that a move of the data moves nothing; those that they came under,
    were they turned or copied since.
    """
    root, out, origin = f"{settler.pictures.root}/", f"{settler.out}/", settler.origin
    came = [origin.get(path, path) for path in paths] if origin else paths
    return [path.removeprefix(root if path.startswith(root) else out) for path in came]


def _known(paths: Sequence[str], stable: list[str], settler: Settler, home: Home) -> list[str]:
    """What the split knows the pictures by: their names, or the bytes of those that stood in the labels themselves,
    since rows of a table come to stand elsewhere.
    """
    known = [f"{home.pictures}/{name}" for name in stable] if home.pictures else stable
    if not settler.unpacked:
        return known
    inside = (_content(path, settler) for path in paths)
    return [f"bytes {content}" if content else name for content, name in zip(inside, known, strict=True)]


def _content(path: str, settler: Settler) -> str | None:
    """The hash of a picture's bytes, where these stood in the labels."""
    housed = path.startswith(f"{settler.out}/images/") and path not in settler.origin
    return content_of(path) if housed else None


def _files(paths: Sequence[str], settler: Settler) -> list[int]:
    """The number of each picture's file; 0 where it was none, but stood in the labels."""
    same_file, origin = SameFile(), settler.origin
    return [0 if _content(path, settler) else same_file.number(origin.get(path, path)) for path in paths]


def _begun(home: str, name: str) -> str:
    return f"{home}/{name}" if home else name

"""Keys: what the first pass keeps of every record, so that what is global can be decided without the records."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

from ..converters.table import counts, entries, numbers, objects_meant, rows, starts
from ..converters.templates.absent_texts import WrittenTexts
from ..schemas.annotation import ITEMS, TEXT_LABEL
from ..schemas.errors import ConfigError
from .dedup.contradict import Drawn, drawn
from .homes import ALONE, Home
from .job import Job
from .ledger import Hashes, hash_of
from .names import Names, names_of, one_after_the_other
from .pictures import Settler
from .stratify import NONE, Strata

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


_STRATUM = ("record", "label")


@dataclass
class Keys:
    """What is kept of the records, in order; lists are empty where nothing will ask for them.

    `names` are what must not be torn apart, for the split: the record's group and its pictures; `pages` is how many
    pictures it has, `picture` where each of them is now, one record's behind the other's, `shown` where its first will
    be, `said` what it says of them, `drawn` the same for pictures that are only nearly the same, `weight` how many
    annotations it has, for duplicates. `labels` are all
    labels, `items` how many annotations of each kind there are, `texts` how many objects bear one, `timed` how many
    are in a film or sound, `meant` how many a phrase means, `several` how many
    records have objects and more than one picture; `hidden` the labels of each record's objects that were left out, for
    questions that must not pretend that there is no such thing; `written` some texts to ask for where they are not;
    `home` begins the names of pictures and records, where other parts may have the same ones; `times` is how often each
    record is given, empty where all are once; `files` is, for each name of a picture, what the disk knows it by, where
    there are other parts that may show the same ones, and 0 for other names. Names and files are a batch each.
    """

    home: Home = ALONE
    records: int = 0
    items: Counter[str] = field(default_factory=Counter[str])
    texts: int = 0
    timed: int = 0
    meant: int = 0
    several: int = 0
    labels: set[str] = field(default_factory=set[str])
    names: list[Names] = field(default_factory=list[Names])
    pages: list[int] = field(default_factory=list[int])
    picture: list[Path | None] = field(default_factory=list[Path | None])
    shown: list[str] = field(default_factory=list[str])
    said: list[bytes] = field(default_factory=list[bytes])
    drawn: list[Drawn] = field(default_factory=list[Drawn])
    weight: list[int] = field(default_factory=list[int])
    hidden: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    written: WrittenTexts = field(default_factory=WrittenTexts)
    label_numbers: dict[str, int] = field(default_factory=dict[str, int])
    times: list[int] = field(default_factory=list[int])
    files: list[Hashes] = field(default_factory=list[Hashes])
    strata_held: list[Strata] = field(default_factory=list[Strata])

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
            self._remember_pictures(checked, settler)
        if job.dedup != "off":
            self.said.extend(signatures(checked))
            self.weight.extend(np.sum([counts(checked, column) for column in ITEMS], axis=0).tolist())
        if job.dedup == "near":
            self.drawn.extend(drawn(checked, signatures(checked, boxes=False)))

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

    def strata(self) -> Strata:
        """Which labels the records have, each once a record; numbers as in `label_numbers`."""
        if len(self.strata_held) > 1:
            held = self.strata_held
            self.strata_held = [Strata(*(np.concatenate([getattr(e, name) for e in held]) for name in _STRATUM))]
        return self.strata_held[0] if self.strata_held else NONE

    def _remember_labels(self, batch: pa.RecordBatch) -> None:
        labels = entries(batch, "objects", "label")
        numbers = self.label_numbers
        told = np.array([numbers.setdefault(name, len(numbers)) for name in labels.dictionary.to_pylist()], np.int64)
        if len(labels):
            record, code = rows(batch, "objects"), labels.indices.to_numpy().astype(np.int64)
            pairs = np.unique(record * len(told) + code)
            first = self.records - len(batch)
            record = (first + pairs // len(told)).astype(np.int32)
            self.strata_held.append(Strata(record, told[pairs % len(told)].astype(np.int32)))

    def taken_names(self) -> Names:
        """The names of all records, which are not held here any more."""
        whole = one_after_the_other(self.names)
        self.names = []
        return whole

    def _remember_names(self, batch: pa.RecordBatch, settler: Settler, job: Job) -> None:
        pattern = re.compile(job.group_by) if job.group_by else None
        part = f"{job.name}/" if job.name else ""
        first = starts(batch, "media")
        paths = entries(batch, "media", "path").to_pylist()
        names = batch.column("id").to_pylist()
        mine: list[tuple[str, ...]] = []
        files: list[int] = []
        for row, group in enumerate(batch.column("group").to_pylist()):
            pages = paths[first[row] : first[row + 1]]
            own = [f"group {group}"] if group else []
            stable = [_stable(page, settler) for page in pages]
            own += [f"like {found}" for page in stable if (found := _shared(pattern, page))]
            known = (_begun(self.home.pictures, page) for page in stable)
            mine.append((*own, *known) or (_begun(self.home.records, names[row].removeprefix(part)),))
            if self.home.among:
                files += [0] * (len(mine[-1]) - len(pages))
                files += [hash_of(os.path.realpath(settler.origin.get(page) or page)) for page in pages]
        self.names.append(names_of(mine, job.seed))
        self.files.append(np.array(files, np.uint64))

    def _remember_pictures(self, batch: pa.RecordBatch, settler: Settler) -> None:
        first = starts(batch, "media")
        paths = entries(batch, "media", "path").to_pylist()
        for row in range(len(batch)):
            pages = paths[first[row] : first[row + 1]]
            self.pages.append(len(pages))
            self.picture.extend(_on_disk(page, settler) for page in pages)
            self.shown.append(pages[0] if pages else "")


def together(parts: Sequence[Keys]) -> Keys:
    """The keys of all parts as those of one, for what is decided over all: groups, pictures, labels by number."""
    if len(parts) == 1:
        return parts[0]
    whole = Keys()
    weighed = any(part.times for part in parts)
    for part in parts:
        first = whole.records
        whole.records += part.records
        whole.items.update(part.items)
        whole.labels |= part.labels
        for name in ("pages", "picture", "shown", "said", "drawn", "weight"):
            getattr(whole, name).extend(getattr(part, name))
        whole.names.append(part.taken_names())
        whole.files.extend(part.files)
        numbers = [whole.label_numbers.setdefault(label, len(whole.label_numbers)) for label in part.label_numbers]
        strata = part.strata()
        whole.times.extend(part.times or ([1] * part.records if weighed else []))
        told = np.array([*numbers, 0], np.int64)
        label = told[strata.label].astype(np.int32)
        whole.strata_held.append(Strata((first + strata.record).astype(np.int32), label))
    files = np.concatenate([np.zeros(0, np.uint64), *whole.files])
    if len(files):
        whole.names = [_by_file(whole.taken_names(), files)]
    return whole


def _by_file(names: Names, files: Hashes) -> Names:
    """With more names: a picture that has another name where another part shows the same file also has the one that
    the file had first. The names, and not the files' places, are what the ledger keeps.
    """
    pictures = np.flatnonzero(files)
    _, first, file = np.unique(files[pictures], return_index=True, return_inverse=True)
    known = pictures[first][file]
    apart = names.hash[known] != names.hash[pictures]
    pictures, known = pictures[apart], known[apart]
    owner = np.concatenate([names.owner, names.owner[pictures]])
    rank = np.concatenate([names.rank, names.rank[known]])
    return Names(names.records, owner, np.concatenate([names.hash, names.hash[known]]), rank)


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


def _stable(path: str, settler: Settler) -> str:
    """The picture's name for the split: relative to the root, so that a move of the data moves nothing; that which it
    came under, were it turned or copied since.
    """
    path = settler.origin.get(path, path)
    for root in (f"{settler.pictures.root}/", f"{settler.out}/"):
        if path.startswith(root):
            return path[len(root) :]
    return path


def _begun(home: str, name: str) -> str:
    return f"{home}/{name}" if home else name


def _shared(pattern: re.Pattern[str] | None, name: str) -> str:
    """What `--group-by` finds in a picture's name: its first group, or all that it matches; empty where it does not."""
    found = pattern.search(name) if pattern else None
    return (found[1 if found.re.groups else 0] or "") if found else ""


def _on_disk(path: str, settler: Settler) -> Path | None:
    """Where the picture is now: those that were rewritten are still in the staging folder."""
    if not settler.pictures.check:
        return None
    housed = f"{settler.out}/images/"
    return settler.staging.folder / "images" / path[len(housed) :] if path.startswith(housed) else Path(path)


def signatures(batch: pa.RecordBatch, *, boxes: bool = True) -> list[bytes]:
    """What each record says of its pictures, as one hash: labels, texts, boxes to 0.01 px, which picture they are on,
    captions and the rest, in any order; or all but the boxes.
    """
    labels = entries(batch, "objects", "label").to_pylist()
    written = entries(batch, "objects", "text").to_pylist()
    sides = ("x1", "y1", "x2", "y2") if boxes else ()
    corners = [entries(batch, "objects", name).to_numpy().round(2).tolist() for name in sides]
    corners.append(numbers(batch, "objects", "media").tolist())
    said: list[list[str]] = [[] for _ in range(len(batch))]
    for row, thing in zip(rows(batch, "objects").tolist(), zip(labels, written, *corners, strict=True), strict=True):
        said[row].append(repr(thing))
    for row, text in zip(rows(batch, "captions").tolist(), entries(batch, "captions", "text").to_pylist(), strict=True):
        said[row].append(repr(text))
    for column in ("questions", "phrases", "conversations"):
        for row, entry in zip(rows(batch, column).tolist(), batch.column(column).flatten().to_pylist(), strict=True):
            said[row].append(repr({name: value for name, value in entry.items() if name != "at"}))
    return [blake2b("\n".join(sorted(each)).encode("utf-8", "surrogatepass"), digest_size=16).digest() for each in said]

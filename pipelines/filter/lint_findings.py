"""What lint finds fault with, so that a recipe can leave it out.

Lint runs over a part's input by the chosen rules before the part is read. Each finding is about the annotation at its
place, or whose place its own lies in (`/annotations/3/bbox/2` is in `/annotations/3`); else about the record at just
that place, or that shows the picture it names. What a finding says of pictures (IM, DU) is about the record. A finding
about a whole file or set, or about what its reader leaves out itself, points at nothing more that could be left out.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ...converters.table import counts, entries, places, rows, starts
from ...schemas.annotation import ITEMS
from ...schemas.errors import ConfigError
from ...schemas.finding import Finding
from ..lint.hearing import FileNames
from ..rejecting import Fault

if TYPE_CHECKING:
    from ..job import Job

_OF_RECORDS = ("IM", "DU")
_LINE = re.compile(r"(\d+):\d+\Z")


@dataclass(frozen=True)
class Places:
    """Where lint found faults in one input: findings by file and by every place that theirs lie in."""

    named: FileNames
    by_place: dict[tuple[str, str], list[Finding]] = field(default_factory=lambda: defaultdict[Any, Any](list))
    by_file: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict[Any, Any](list))

    def add(self, found: Finding) -> None:
        """One more finding."""
        for at in _around(found.at):
            self.by_place[found.file, at].append(found)
        self.by_file[os.path.abspath(found.file)].append(found)  # noqa: PTH100  links stay as they are

    def records(self, batch: pa.RecordBatch) -> dict[int, Fault]:
        """The records that a finding is about, and not one of their annotations."""
        if not self.by_place:
            return {}
        own = {id(found) for found, _ in self._in_annotations(batch) if not found.code.startswith(_OF_RECORDS)}
        faults: dict[int, Fault] = {}
        for row, found in self._of_records(batch):
            if id(found) not in own:
                faults.setdefault(row, _fault(found))
        return faults

    def about(self, batch: pa.RecordBatch) -> dict[int, list[Finding]]:
        """By row all that was found about a record, its annotations or its pictures; each finding once."""
        found: dict[int, dict[int, Finding]] = defaultdict(dict)
        if self.by_place:
            edges = {column: rows(batch, column) for column in ITEMS}
            for each, (column, place) in self._in_annotations(batch):
                found[int(edges[column][place])][id(each)] = each
            for row, each in self._of_records(batch):
                found[row][id(each)] = each
        return {row: list(each.values()) for row, each in found.items()}

    def _of_records(self, batch: pa.RecordBatch) -> Iterator[tuple[int, Finding]]:
        files, ats = batch.column("file").to_pylist(), batch.column("at").to_pylist()
        paths = entries(batch, "media", "path").to_pylist()
        edges = starts(batch, "media").tolist()
        for row, (file, at) in enumerate(zip(files, ats, strict=True)):
            for each in self.by_place.get((self.named(file), at), ()):
                if each.at == at or each.code.startswith(_OF_RECORDS):
                    yield row, each
            for path in paths[edges[row] : edges[row + 1]]:
                yield from ((row, each) for each in self.by_file.get(os.path.abspath(path), ()))  # noqa: PTH100

    def annotations(self, batch: pa.RecordBatch) -> dict[str, dict[int, Fault]]:
        """By list column the annotations that findings are about; objects last, since others may mean them."""
        faults: dict[str, dict[int, Fault]] = {}
        for found, (column, place) in self._in_annotations(batch):
            if not found.code.startswith(_OF_RECORDS):
                faults.setdefault(column, {}).setdefault(place, _fault(found))
        return dict(sorted(faults.items(), key=lambda each: each[0] == "objects"))

    def _in_annotations(self, batch: pa.RecordBatch) -> Iterator[tuple[Finding, tuple[str, int]]]:
        if not self.by_place:
            return
        for column in ITEMS:
            number = int(counts(batch, column).sum())
            for place, (file, at) in enumerate(places(batch, column, range(number)) if number else ()):
                for found in self.by_place.get((self.named(file), at), ()):
                    yield found, (column, place)


def faulty_places(job: "Job", codes: Sequence[str]) -> Places:
    """Lint the input of a part by the rules of these words. Raises as lint does."""
    from ..lint.rules import chosen, load_rule
    from ..lint.run import lint
    from ..lint.settings import Settings

    settings = Settings(
        source=job.source if job.source != "chat" else "",  # lint reads rows in the dialect that they show
        source_options=job.source_options,
        images=job.images,
        check_images=job.check_images,
        deep=any(getattr(load_rule(rule.code), "DEEP", False) for rule in chosen(codes, (), ())),
        target=job.target,
        max_length=job.max_length,
        min_pixels=job.min_pixels,
        max_pixels=job.max_pixels,
        select=tuple(codes),
        shown=None,
    )
    found = Places(FileNames(job.input))
    lint(job.input, settings, found.add)
    return found


def check_codes(words: Iterable[str]) -> None:
    """Raise `ConfigError` for a word that means no rule, or only rules about training files and data sets."""
    from ..lint.config import check_words
    from ..lint.rules import chosen, load_rule

    for word in words:
        check_words((word,), "lint")
        if not any(_of_labels(load_rule(rule.code)) for rule in chosen((word,), (), ())):
            fact = f"{word} is about training files and data sets, and never about labels"
            raise ConfigError("lint", fact, "List the rules with: mmdata explain")


def _of_labels(module: object) -> bool:
    """Whether a rule looks at labels or pictures; one that looks at nothing is said by readers."""
    looks = [name for name in vars(module) if name.startswith(("check_", "start", "STORE"))]
    return not looks or any(name in looks for name in ("check_labels", "check_media", "check_raw", "start", "STORE"))


def _around(at: str) -> Iterator[str]:
    """A place and all that it lies in, without the whole file: of a line's column, the line's first too."""
    while at:
        yield at
        if (line := _LINE.match(at)) and at != f"{line[1]}:1":
            yield f"{line[1]}:1"
        at = at.rpartition("/")[0]


def _fault(found: Finding) -> Fault:
    return Fault("AN038", found.value, f"lint says {found.code} {found.name}: {found.message}")

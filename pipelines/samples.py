"""Samples: one checked annotation batch to rendered rows, task by task, every annotation's fate known at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters.table import counts, entries, keep_records, rows
from ..converters.targets.protocol import RenderOptions, Target
from ..converters.templates.exchanges import Exchanges, caption_base, select, to_conversations
from ..converters.templates.scene import Asking, Scene
from ..converters.templates.tasks import MAKERS, detect_labels
from ..schemas.accounting import Accounting
from .rejecting import Fault, reject_entries, reject_records

Ints = NDArray[np.int64]


class Rendered(NamedTuple):
    """Rows of the output and the record (row of the batch) that each was made from."""

    rows: list[bytes]
    record: Ints


@dataclass
class _Fates:
    """What became of a batch's annotations and records: `used` and `written`, or the fault that kept them out."""

    used: NDArray[np.bool_]
    written: NDArray[np.bool_]
    of_annotation: dict[int, Fault] = field(default_factory=dict[int, Fault])
    of_record: dict[int, Fault] = field(default_factory=dict[int, Fault])


@dataclass(frozen=True)
class Maker:
    """Makes rows for one target. `max_length` in the target's tokens, None = no limit."""

    target: Target
    tasks: Sequence[str]
    asking: Asking
    options: RenderOptions
    accounting: Accounting
    max_length: int | None = None
    split_long: bool = True

    def make(self, batch: pa.RecordBatch) -> Iterator[Rendered]:
        """The rows of a checked batch; counts samples, images and annotations, written and rejected."""
        scene = Scene(batch, self.asking)
        annotations = caption_base(batch) + int(counts(batch, "captions").sum())
        fates = _Fates(np.zeros(annotations, np.bool_), np.zeros(len(batch), np.bool_))
        for task in self.tasks:
            made = MAKERS[task](scene)
            for place in made.capped.tolist():
                said = f"the answer of {task} has more than {self.asking.max_objects} objects; the largest were kept"
                fates.of_annotation.setdefault(place, Fault("AN024", None, said))
            yield from self._rendered(scene, made, fates)
        self._account(batch, fates)

    def _rendered(self, scene: Scene, made: Exchanges, fates: _Fates) -> Iterator[Rendered]:
        batch = to_conversations(made, scene.batch)
        self.accounting.read("samples", len(batch))
        batch = self._without_refused(scene, batch, fates)
        lines = self.target.render(batch, self.options)
        if self.max_length is None:
            yield self._written(batch, lines, fates)
            return
        lengths = np.array(self.target.count_tokens(lines), np.int64)
        fits = lengths <= self.max_length
        yield self._written(batch.filter(pa.array(fits)), [lines[at] for at in np.flatnonzero(fits)], fates)
        for at in np.flatnonzero(~fits).tolist():
            yield from self._shortened(scene, made, batch.slice(at, 1), int(lengths[at]), fates)

    def _without_refused(self, scene: Scene, batch: pa.RecordBatch, fates: _Fates) -> pa.RecordBatch:
        refusals = self.target.refuse(batch, self.options)
        if not refusals:
            return batch
        keep = np.ones(len(batch), np.bool_)
        for row, code, value, message in refusals:
            if keep[row]:
                self._reject(scene, batch.slice(row, 1), Fault(code, value, message), fates)
            keep[row] = False
        return batch.filter(pa.array(keep))

    def _reject(self, scene: Scene, sample: pa.RecordBatch, fault: Fault, fates: _Fates) -> None:
        record = sample.column("record")[0].as_py()
        for place in sample.column("uses")[0].as_py():
            fates.of_annotation[place] = fault
        fates.of_record[record] = fault
        self.accounting.reject(
            "samples",
            fault.code,
            file=scene.batch.column("file")[record].as_py(),
            at=scene.batch.column("at")[record].as_py(),
            value=fault.value,
            message=f"sample {sample.column('id')[0].as_py()}: {fault.message}",
        )

    def _written(self, batch: pa.RecordBatch, lines: list[bytes], fates: _Fates) -> Rendered:
        record = batch.column("record").to_numpy().astype(np.int64)
        fates.used[batch.column("uses").flatten().to_numpy()] = True
        fates.written[record] = True
        self.accounting.write("samples", len(lines))
        return Rendered(lines, record)

    def _shortened(
        self, scene: Scene, made: Exchanges, sample: pa.RecordBatch, length: int, fates: _Fates
    ) -> Iterator[Rendered]:
        """One sample that is too long, as several that are not: halved by its questions or labels until they fit."""
        units = _units(scene, made, sample) if self.split_long else []
        if len(units) < 2:
            self._reject(scene, sample, self._too_long(length), fates)
            return
        self.accounting.read("samples", -1)  # it is replaced by what follows
        pieces = [units]
        fitting: list[list[int]] = []
        while pieces:
            piece = pieces.pop(0)
            part = self._part(scene, made, sample, [piece])
            lengths = self.target.count_tokens(self.target.render(part, self.options))
            if lengths[0] <= (self.max_length or 0):
                fitting.append(piece)
            elif len(piece) > 1:
                pieces[:0] = [piece[: len(piece) // 2], piece[len(piece) // 2 :]]
            else:
                self.accounting.read("samples")
                self._reject(scene, part, self._too_long(lengths[0]), fates)
        if fitting:
            parts = self._part(scene, made, sample, fitting)
            self.accounting.read("samples", len(parts))
            yield self._written(parts, self.target.render(parts, self.options), fates)

    def _part(self, scene: Scene, made: Exchanges, sample: pa.RecordBatch, groups: list[list[int]]) -> pa.RecordBatch:
        if made.task == "detect":
            chosen = detect_labels(scene, sample.column("record")[0].as_py(), groups)
        else:
            chosen = select(made, [np.array(group, np.int64) for group in groups])
        return to_conversations(chosen, scene.batch)

    def _too_long(self, length: int) -> Fault:
        said = f"{length} tokens ({self.target.token_basis()}), more than --max-length {self.max_length}"
        return Fault("TK001", length, said)

    def _account(self, batch: pa.RecordBatch, fates: _Fates) -> None:
        """Count what was written; reject what no sample speaks of, with the reason that is known."""
        objects = caption_base(batch)
        self.accounting.write("annotations", int(fates.used.sum()))
        self.accounting.write("images", int(counts(batch, "media")[fates.written].sum()))
        unused = Fault("AN022", None, f"no sample of the tasks {', '.join(self.tasks)} speaks of it")

        def reason(first: int, place: int) -> Fault:
            return fates.of_annotation.get(first + place, unused)

        for column, first, last in (("objects", 0, objects), ("captions", objects, len(fates.used))):
            batch = reject_entries(
                batch,
                column,
                ~fates.used[first:last],
                partial(reason, first),
                self.accounting,
            )
        rest = keep_records(batch, ~fates.written)
        bare = Fault("AN015", None, "no annotation of it is left to make a sample of")
        at = np.flatnonzero(~fates.written).tolist()
        reject_records(rest, {row: fates.of_record.get(record, bare) for row, record in enumerate(at)}, self.accounting)


def _units(scene: Scene, made: Exchanges, sample: pa.RecordBatch) -> list[int]:
    """What a sample can be divided by: its exchanges; a detection, its labels in the order of the answer."""
    record = sample.column("record")[0].as_py()
    if made.task == "detect":
        mine = scene.order[scene.row[scene.order] == record]
        return list(dict.fromkeys(scene.label[mine].tolist()))
    name = sample.column("id")[0].as_py()
    return np.flatnonzero(made.sample == made.ids.index(name)).tolist()


def signatures(batch: pa.RecordBatch) -> list[bytes]:
    """What each record says of its pictures, as one hash: labels and boxes to 0.01 px, captions, in any order."""
    from hashlib import blake2b

    labels = entries(batch, "objects", "label").to_pylist()
    corners = [entries(batch, "objects", name).to_numpy().round(2).tolist() for name in ("x1", "y1", "x2", "y2")]
    said: list[list[str]] = [[] for _ in range(len(batch))]
    for row, thing in zip(rows(batch, "objects").tolist(), zip(labels, *corners, strict=True), strict=True):
        said[row].append(repr(thing))
    for row, text in zip(rows(batch, "captions").tolist(), entries(batch, "captions", "text").to_pylist(), strict=True):
        said[row].append(text)
    return [blake2b("\n".join(sorted(each)).encode("utf-8", "surrogatepass"), digest_size=16).digest() for each in said]

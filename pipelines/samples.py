"""Samples: one checked annotation batch to rendered rows, task by task, every annotation's fate known at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..converters.table import counts, entries, item_starts, keep_records, objects_meant
from ..converters.targets.answers import one_answer_each
from ..converters.targets.protocol import RenderOptions, Target
from ..converters.templates.exchanges import NOTHING, Exchanges, one_by_one, select, to_conversations
from ..converters.templates.ready import Ready
from ..converters.templates.scene import Asking, Scene
from ..converters.templates.tasks import MAKERS, detect_labels
from ..schemas.accounting import Accounting
from ..schemas.annotation import ITEMS
from .keys import TASK_OF
from .lengths import pixels_of
from .rejecting import NOTHING_LEFT, Fault, reject_entries, reject_records

Ints = NDArray[np.int64]
NONE: Ints = np.zeros(0, np.int64)


class Rendered(NamedTuple):
    """Rows of the output and the record (row of the batch) that each was made from.

    Where tokens are counted, those of each row in `lengths`, the pixels of its pictures in `pixels`, and in `over` the
    records of samples that were too long, one each. `shown` are the paths of the pictures in the rows.
    """

    rows: list[bytes]
    record: Ints
    lengths: Ints | None = None
    over: Ints = NONE
    pixels: Ints = NONE
    shown: pa.Array | None = None


@dataclass
class _Fates:
    """What became of a batch's annotations and records: `used` and `written`, or the fault that kept them out."""

    used: NDArray[np.bool_]
    written: NDArray[np.bool_]
    of_annotation: dict[int, Fault] = field(default_factory=dict[int, Fault])
    of_record: dict[int, Fault] = field(default_factory=dict[int, Fault])


@dataclass(frozen=True)
class Maker:
    """Makes rows for one target. `max_length` in the target's tokens, None = no limit; `count`: tokens are counted
    without one too.
    """

    target: Target
    tasks: Sequence[str]
    asking: Asking
    options: RenderOptions
    accounting: Accounting
    max_length: int | None = None
    split_long: bool = True
    count: bool = False

    def make(self, batch: pa.RecordBatch) -> Iterator[Rendered]:
        """The rows of a checked batch; counts samples, images and annotations, written and rejected."""
        scene = Scene(batch, self.asking)
        fates = _Fates(np.zeros(item_starts(batch)[""], np.bool_), np.zeros(len(batch), np.bool_))
        for task in self.tasks:
            made = MAKERS[task](scene)
            for place in made.capped.tolist():
                said = f"the answer of {task} has more than {self.asking.max_objects} objects; the largest were kept"
                fates.of_annotation.setdefault(place, Fault("AN024", None, said))
            for place, (code, said) in made.unfit.items():
                fates.of_annotation.setdefault(place, Fault(code, None, said))
            yield from self._rendered(scene, made, fates)
        self._account(batch, fates)

    def _rendered(self, scene: Scene, made: Exchanges | Ready, fates: _Fates) -> Iterator[Rendered]:
        if isinstance(made, Exchanges) and getattr(self.target, "ONE_ROUND", False):
            made = one_by_one(made)
        batch = made.batch if isinstance(made, Ready) else to_conversations(made, scene.batch)
        origin: Ints = np.arange(len(batch))
        if getattr(self.target, "ONE_ANSWER", False):
            batch, origin = one_answer_each(batch)
        self.accounting.read("samples", len(batch))
        sample = self._unrefused(scene, batch, fates)
        batch = batch.take(pa.array(sample)) if len(sample) < len(batch) else batch
        lines = self.target.render(batch, self.options)
        if self.max_length is None and not self.count:
            self._remark_cut(scene, batch, lines)
            yield self._written(batch, lines, fates)
            return
        lengths = self._lengths(lines, batch)
        fits = np.ones(len(lines), np.bool_) if self.max_length is None else lengths <= self.max_length
        record = batch.column("record").to_numpy().astype(np.int64)
        written = self._written(batch.filter(pa.array(fits)), [lines[at] for at in np.flatnonzero(fits)], fates)
        yield written._replace(lengths=lengths[fits], over=record[~fits])
        for at in np.flatnonzero(~fits).tolist():
            first = int(origin[sample[at]])
            alone = np.count_nonzero(origin == first) == 1  # else its answers were parted already
            units = _units(scene, made, first) if self.split_long and alone else _Units([])
            yield from self._shortened(scene, made, batch.slice(at, 1), units, int(lengths[at]), fates)

    def _remark_cut(self, scene: Scene, batch: pa.RecordBatch, lines: list[bytes]) -> None:
        """Say which samples the trainer may cut unless it is told their length: a row has no more tokens than bytes
        and pictures together, so only rows of some length are counted.
        """
        limit: int | None = getattr(self.target, "CUTS_AT", None)
        if limit is None or not lines:
            return
        bare = int(self._lengths([lines[0]], batch.slice(0, 1))[0]) - len(lines[0])  # what stands around the words
        long = [at for at, line in enumerate(lines) if len(line) + max(bare, 0) > limit]
        if not long:
            return
        lengths = self._lengths([lines[at] for at in long], batch.take(pa.array(long, pa.int64())))
        for at, length in zip(long, lengths.tolist(), strict=True):
            if length > limit:
                record = batch.column("record")[at].as_py()
                said = (
                    f"sample {batch.column('id')[at].as_py()} has {length} tokens ({self.target.token_basis()}); the "
                    f"trainer cuts at {limit} unless it is told more, or mmdata --max-length {limit}"
                )
                file, place = (scene.batch.column(name)[record].as_py() for name in ("file", "at"))
                self.accounting.remark("TK001", file=file, at=place, value=int(length), message=said)

    def _lengths(self, lines: list[bytes], batch: pa.RecordBatch) -> Ints:
        return np.array(self.target.count_tokens(lines, batch, self.options), np.int64)

    def _unrefused(self, scene: Scene, batch: pa.RecordBatch, fates: _Fates) -> Ints:
        """The samples that the target takes; the others are rejected, each for the first thing that is wrong."""
        keep = np.ones(len(batch), np.bool_)
        for row, code, value, message in self.target.refuse(batch, self.options):
            if keep[row]:
                self._reject(scene, batch.slice(row, 1), Fault(code, value, message), fates)
            keep[row] = False
        return np.flatnonzero(keep)

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
        counted = self.count or self.max_length is not None
        pixels = pixels_of(self.target, batch, self.options) if counted else NONE
        return Rendered(lines, record, pixels=pixels, shown=entries(batch, "media", "path"))

    def _shortened(
        self, scene: Scene, made: Exchanges | Ready, sample: pa.RecordBatch, units: "_Units", length: int, fates: _Fates
    ) -> Iterator[Rendered]:
        """One sample that is too long, as several that are not: halved by its questions or labels until they fit."""
        if isinstance(made, Ready) or len(units.all) < 2:  # a conversation hangs together
            self._reject(scene, sample, self._too_long(length), fates)
            return
        self.accounting.read("samples", -1)  # it is replaced by what follows
        pieces = [units.all]
        fitting: list[list[int]] = []
        while pieces:
            piece = pieces.pop(0)
            part = units.samples(scene, made, [piece])
            lengths = self.target.count_tokens(self.target.render(part, self.options), part, self.options)
            if lengths[0] <= (self.max_length or 0):
                fitting.append(piece)
            elif len(piece) > 1:
                pieces[:0] = [piece[: len(piece) // 2], piece[len(piece) // 2 :]]
            else:
                self.accounting.read("samples")
                self._reject(scene, part, self._too_long(lengths[0]), fates)
        if fitting:
            parts = units.samples(scene, made, fitting)
            self.accounting.read("samples", len(parts))
            parts = parts.take(pa.array(self._unrefused(scene, parts, fates)))
            lines = self.target.render(parts, self.options)
            yield self._written(parts, lines, fates)._replace(lengths=self._lengths(lines, parts))

    def _too_long(self, length: int) -> Fault:
        said = f"{length} tokens ({self.target.token_basis()}), more than --max-length {self.max_length}"
        return Fault("TK001", length, said)

    def _account(self, batch: pa.RecordBatch, fates: _Fates) -> None:
        """Count what was written; reject what no sample speaks of, with the reason that is known."""
        first_of = item_starts(batch)
        for column in ("questions", "phrases"):
            entry, meant = objects_meant(batch, column)
            fates.used[meant[fates.used[first_of[column] + entry]]] = True  # who is spoken of is used
        self.accounting.write("annotations", int(fates.used.sum()))
        self.accounting.write("images", int(counts(batch, "media")[fates.written].sum()))

        def reason(first: int, unused: Fault, place: int) -> Fault:
            return fates.of_annotation.get(first + place, unused)

        for column, last in zip(reversed(ITEMS), reversed([*first_of.values()][1:]), strict=True):
            first = first_of[column]
            unsaid = ~fates.used[first:last]
            batch = reject_entries(batch, column, unsaid, partial(reason, first, self._unused(column)), self.accounting)
        rest = keep_records(batch, ~fates.written)
        at = np.flatnonzero(~fates.written).tolist()
        reject_records(
            rest, {row: fates.of_record.get(record, NOTHING_LEFT) for row, record in enumerate(at)}, self.accounting
        )

    def _unused(self, column: str) -> Fault:
        """Why annotations of that kind are in no sample, and the task that would have asked about them."""
        other = f"; --task {TASK_OF[column]} asks about {column}" if TASK_OF[column] not in self.tasks else ""
        return Fault("AN022", None, f"no sample of the tasks {', '.join(self.tasks)} speaks of it{other}")


@dataclass(frozen=True)
class _Units:
    """What a sample can be divided by: places of its exchanges; of a detection (`record`), the labels of its answer."""

    all: list[int]
    record: int | None = None

    def samples(self, scene: Scene, made: Exchanges, groups: list[list[int]]) -> pa.RecordBatch:
        """A sample for each group of units."""
        if self.record is not None:
            return to_conversations(detect_labels(scene, self.record, groups), scene.batch)
        return to_conversations(select(made, [np.array(group, np.int64) for group in groups]), scene.batch)


def _units(scene: Scene, made: Exchanges | Ready, sample: int) -> _Units:
    if isinstance(made, Ready):
        return _Units([])
    exchanges = np.flatnonzero(made.sample == sample)
    if made.task != "detect" or made.answer[exchanges[0]] != NOTHING:
        return _Units(exchanges.tolist())
    first = int(made.answer_counts[: exchanges[0]].sum())
    answer = made.objects[first : first + int(made.answer_counts[exchanges[0]])]
    return _Units(list(dict.fromkeys(scene.label[answer].tolist())), int(made.record[sample]))

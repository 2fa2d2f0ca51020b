"""Exchanges: questions and answers as columns, and how they become a conversation batch.

Everything is numpy: an exchange is one question and its answer; a sample is one or more exchanges about one record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...schemas.conversation import (
    ASSISTANT,
    BOX,
    CONVERSATIONS,
    IMAGE,
    KINDS,
    PART,
    POINT,
    QUAD,
    ROLES,
    TEXT,
    TURN,
    USER,
)
from ..table import boxes, counts, entries, numbers, starts
from .scene import NOTHING as NOTHING  # noqa: PLC0414  makers of exchanges look for it here

Ints = NDArray[np.int64]

_NONE = np.empty(0, np.int64)


@dataclass(slots=True)
class Exchanges:
    """m exchanges of s samples, in order.

    `record` and `ids` are per sample; the rest per exchange: `sample` ascending; a question is `before`, a box, `after`
    (codes of `texts`, and an object; NOTHING where there is none); an answer is either the text `answer` or
    `answer_counts` boxes, the objects of all answers one after the other in `objects`. Under `label_once` only the
    first box of an answer bears its label. `uses` are the objects or captions (counted on from the objects) that an
    exchange speaks of, `use_counts` of them for each exchange. `capped` are objects that an answer's cap left out.
    `called`, where it is not empty, is the text that an answer's first box bears instead of its label. `unfit` are
    annotations of which nothing could be made, each with its rule and why. Where `points` (as many as `objects`, x and
    y in pixels) is not empty, the answers are points of the objects, called by `point_names` (codes of `texts`).
    """

    task: str
    texts: list[str]
    record: Ints
    ids: list[str]
    sample: Ints
    before: Ints
    box: Ints
    after: Ints
    answer: Ints
    answer_counts: Ints
    objects: Ints
    uses: Ints
    use_counts: Ints
    label_once: bool = False
    capped: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    called: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    unfit: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    points: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    point_names: Ints = field(default_factory=lambda: np.empty(0, np.int64))


def dialogue(
    task: str,
    ids: Sequence[str],
    texts: list[str],
    exchange_record: Ints,
    before: Sequence[int],
    answer: Sequence[int],
    objects: Ints = _NONE,
    sizes: Ints = _NONE,
) -> Exchanges:
    """One sample a record that has exchanges; `exchange_record` ascending, `ids` those of all records.

    An exchange asks `before` and answers with the text `answer`, or with `sizes` of the `objects`, which it uses.
    """
    record, sample = np.unique(exchange_record, return_inverse=True)
    sizes = sizes if len(sizes) else np.zeros(len(exchange_record), np.int64)
    nothing = np.full(len(exchange_record), NOTHING)
    return Exchanges(
        task=task,
        texts=texts,
        record=record,
        ids=[f"{ids[row]}-{task}" for row in record.tolist()],
        sample=sample,
        before=np.array(before, np.int64),
        box=nothing,
        after=nothing,
        answer=np.array(answer, np.int64),
        answer_counts=np.asarray(sizes, np.int64),
        objects=objects,
        uses=objects,
        use_counts=np.asarray(sizes, np.int64),
    )


def to_conversations(exchanges: Exchanges, batch: pa.RecordBatch) -> pa.RecordBatch:
    """The conversation batch that these exchanges about the records of `batch` make."""
    layout = _Layout(exchanges, counts(batch, "media"))
    kind = np.full(layout.parts, TEXT, np.int8)
    text = np.full(layout.parts, NOTHING, np.int64)
    thing = np.full(layout.parts, NOTHING, np.int64)
    medium = np.zeros(layout.parts, np.int32)
    _place_media(layout, exchanges, batch, kind, medium)
    for codes, at in ((exchanges.before, layout.before), (exchanges.after, layout.after)):
        there = codes != NOTHING
        text[at[there]] = codes[there]
    asked = exchanges.box != NOTHING
    thing[layout.box[asked]] = exchanges.box[asked]
    said = exchanges.answer != NOTHING
    text[layout.answer[said]] = exchanges.answer[said]
    thing[layout.objects] = exchanges.objects
    labels = _label_codes(batch)
    shown = layout.first_objects if exchanges.label_once else slice(None)
    text[layout.objects[shown]] = labels[exchanges.objects[shown]] + len(exchanges.texts)
    if len(exchanges.called):
        text[layout.objects[layout.first_objects]] = exchanges.called[exchanges.answer_counts > 0]
    if len(exchanges.points):
        text[layout.objects] = exchanges.point_names
    return _batch(exchanges, batch, layout, kind, text, thing, medium)


class _Layout:
    """Where every part of every exchange stands: positions in the flat list of parts."""

    def __init__(self, exchanges: Exchanges, pages: Ints) -> None:
        sample = exchanges.sample
        opens = np.ones(len(sample), np.bool_)
        opens[1:] = sample[1:] != sample[:-1]
        self.opens = opens
        self.pages = np.where(opens, pages[exchanges.record[sample]], 0)
        question = self.pages + sum(np.asarray(c != NOTHING, np.int64) for c in self._question(exchanges))
        reply = (exchanges.answer != NOTHING) + exchanges.answer_counts
        self.turn_sizes = np.stack([question, reply], axis=1).reshape(-1)
        ends = np.cumsum(self.turn_sizes)
        self.parts = int(ends[-1]) if len(ends) else 0
        self.question = ends[0::2] - question
        self.before = self.question + self.pages
        self.box = self.before + (exchanges.before != NOTHING)
        self.after = self.box + (exchanges.box != NOTHING)
        self.answer = ends[1::2] - reply
        first = np.cumsum(exchanges.answer_counts) - exchanges.answer_counts
        shift = self.answer + (exchanges.answer != NOTHING) - first
        self.objects = np.arange(len(exchanges.objects)) + np.repeat(shift, exchanges.answer_counts)
        self.first_objects = first[exchanges.answer_counts > 0]

    @staticmethod
    def _question(exchanges: Exchanges) -> tuple[Ints, Ints, Ints]:
        return exchanges.before, exchanges.box, exchanges.after


def _place_media(
    layout: _Layout, exchanges: Exchanges, batch: pa.RecordBatch, kind: NDArray[np.int8], medium: NDArray[np.int32]
) -> None:
    """All pictures, films and sounds of a record at the head of its first question."""
    pages = layout.pages[layout.opens]
    first = np.cumsum(pages) - pages
    page = np.arange(int(pages.sum())) - np.repeat(first, pages)
    at = np.repeat(layout.question[layout.opens], pages) + page
    kinds = entries(batch, "media", "kind")
    code = np.array([KINDS.index(name) for name in kinds.dictionary.to_pylist()], np.int8)
    of_record = starts(batch, "media")[exchanges.record[exchanges.sample[layout.opens]]]
    kind[at] = code[kinds.indices.to_numpy()[np.repeat(of_record, pages) + page]] if len(at) else IMAGE
    medium[at] = page


def _label_codes(batch: pa.RecordBatch) -> Ints:
    return np.asarray(entries(batch, "objects", "label").indices.to_numpy().astype(np.int64))


def _batch(
    exchanges: Exchanges,
    batch: pa.RecordBatch,
    layout: _Layout,
    kind: NDArray[np.int8],
    text: Ints,
    thing: Ints,
    medium: NDArray[np.int32],
) -> pa.RecordBatch:
    there = thing != NOTHING
    things = thing[there]
    corners = np.zeros((layout.parts, 4))
    corners[there] = boxes(batch)[things]
    medium[there] = numbers(batch, "objects", "media")[things]
    quads = entries(batch, "objects", "quad")
    kind[there] = BOX
    quad = pa.nulls(layout.parts, pa.list_(pa.float64()))
    if quads.null_count < len(quads):
        has_quad = np.asarray(quads.is_valid().to_numpy(zero_copy_only=False))
        kind[there] = np.where(has_quad[things], QUAD, BOX)
        quad = quads.take(pa.array(thing, mask=~there))
    if len(exchanges.points):
        kind[layout.objects] = POINT
        corners[layout.objects] = np.pad(exchanges.points, ((0, 0), (0, 2)))
        quad = quad.take(pa.array(np.arange(len(kind)), mask=kind != QUAD))
    labels = entries(batch, "objects", "label").dictionary
    dictionary = pa.concat_arrays([pa.array(exchanges.texts, pa.string()), labels.cast(pa.string())])
    parts = pa.StructArray.from_arrays(
        [
            pa.DictionaryArray.from_arrays(pa.array(kind), pa.array(KINDS)),
            pa.DictionaryArray.from_arrays(pa.array(text.astype(np.int32), mask=text == NOTHING), dictionary),
            pa.array(medium),
            *(pa.array(np.ascontiguousarray(corners[:, axis])) for axis in range(4)),
            quad,
        ],
        fields=list(PART),
    )
    return _rows(exchanges, batch, layout, parts)


def _rows(exchanges: Exchanges, batch: pa.RecordBatch, layout: _Layout, parts: pa.StructArray) -> pa.RecordBatch:
    samples = len(exchanges.record)
    roles = np.tile(np.array([USER, ASSISTANT], np.int8), len(exchanges.sample))
    turns = pa.StructArray.from_arrays(
        [
            pa.DictionaryArray.from_arrays(pa.array(roles), pa.array(ROLES)),
            pa.ListArray.from_arrays(_offsets(layout.turn_sizes), parts),
        ],
        fields=list(TURN),
    )
    turn_counts = 2 * np.bincount(exchanges.sample, minlength=samples)
    record = pa.array(exchanges.record.astype(np.int32))
    columns = [
        pa.array(exchanges.ids, pa.string()),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(samples, np.int8)), pa.array([exchanges.task])),
        record,
        pa.ListArray.from_arrays(_offsets(_per_sample(exchanges)), pa.array(exchanges.uses.astype(np.int32))),
        pc.take(batch.column("media"), record),
        pa.ListArray.from_arrays(_offsets(turn_counts), turns),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=CONVERSATIONS)


def _per_sample(exchanges: Exchanges) -> Ints:
    """How many things each sample uses."""
    ends = np.concatenate([[0], np.cumsum(exchanges.use_counts)])
    edges = np.searchsorted(exchanges.sample, np.arange(len(exchanges.record) + 1))
    return np.diff(ends[edges])


def select(exchanges: Exchanges, groups: Sequence[Ints]) -> Exchanges:
    """Other samples of the same exchanges: each group (places of exchanges of one sample) becomes a sample."""
    chosen = np.concatenate(groups)
    sizes = np.array([len(group) for group in groups], np.int64)
    parent = exchanges.sample[[group[0] for group in groups]]
    answered = _ranges(exchanges.answer_counts, chosen)
    return Exchanges(
        task=exchanges.task,
        texts=exchanges.texts,
        record=exchanges.record[parent],
        ids=[f"{exchanges.ids[sample]}-{part}" for part, sample in enumerate(parent.tolist())],
        sample=np.repeat(np.arange(len(groups)), sizes),
        before=exchanges.before[chosen],
        box=exchanges.box[chosen],
        after=exchanges.after[chosen],
        answer=exchanges.answer[chosen],
        answer_counts=exchanges.answer_counts[chosen],
        objects=exchanges.objects[answered],
        uses=exchanges.uses[_ranges(exchanges.use_counts, chosen)],
        use_counts=exchanges.use_counts[chosen],
        label_once=exchanges.label_once,
        called=exchanges.called[chosen] if len(exchanges.called) else exchanges.called,
        points=exchanges.points[answered] if len(exchanges.points) else exchanges.points,
        point_names=exchanges.point_names[answered] if len(exchanges.points) else exchanges.point_names,
    )


def one_by_one(exchanges: Exchanges) -> Exchanges:
    """Every exchange as a sample of its own; the ids of those that were several are numbered from 0."""
    rounds = np.bincount(exchanges.sample, minlength=len(exchanges.ids))
    if not len(rounds) or rounds.max() < 2:
        return exchanges
    each = select(exchanges, [np.array([at], np.int64) for at in range(len(exchanges.sample))])
    part = np.arange(len(exchanges.sample)) - np.searchsorted(exchanges.sample, exchanges.sample)
    ids = [
        exchanges.ids[sample] + (f"-{number}" if rounds[sample] > 1 else "")
        for sample, number in zip(exchanges.sample.tolist(), part.tolist(), strict=True)
    ]
    return replace(each, ids=ids)


def joined(first: Exchanges, second: Exchanges) -> Exchanges:
    """The samples of one task from two makings about the same records, those of `first` in front."""
    texts, shift = first.texts + second.texts, len(first.texts)

    def codes(ours: Ints, theirs: Ints) -> Ints:
        return np.concatenate([ours, np.where(theirs == NOTHING, NOTHING, theirs + shift)])

    def both(name: str) -> Ints:
        return np.concatenate([getattr(first, name), getattr(second, name)])

    return Exchanges(
        task=first.task,
        texts=texts,
        record=both("record"),
        ids=first.ids + second.ids,
        sample=np.concatenate([first.sample, second.sample + len(first.record)]),
        before=codes(first.before, second.before),
        box=both("box"),
        after=codes(first.after, second.after),
        answer=codes(first.answer, second.answer),
        answer_counts=both("answer_counts"),
        objects=both("objects"),
        uses=both("uses"),
        use_counts=both("use_counts"),
        label_once=first.label_once,
        capped=both("capped"),
        points=np.concatenate([first.points, second.points]),
        point_names=np.concatenate([first.point_names, second.point_names + shift]),
    )


def _ranges(sizes: Ints, chosen: Ints) -> Ints:
    """The places of the entries of some lists, given how long every list is."""
    first = (np.cumsum(sizes) - sizes)[chosen]
    picked = sizes[chosen]
    shift = first - (np.cumsum(picked) - picked)
    return np.asarray(np.arange(int(picked.sum())) + np.repeat(shift, picked))


def _offsets(sizes: Ints) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))

"""Checking the annotations of a settled batch: what cannot be trained on is rejected, edges are clipped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..converters.table import boxes, counts, entries, numbers, picture_of_object, places, with_boxes, with_fields
from ..converters.targets.protocol import Target
from ..converters.templates.wordings import POINT_TASKS, TEXT_TASKS
from ..schemas.accounting import Accounting
from ..schemas.annotation import TEXT_LABEL
from ..schemas.box import Box
from .check_times import check_times, only_points, without_place
from .job import Job
from .rejecting import Fault, reject_entries

TOLERANCE = 0.01
"""Pixels over the edge that are no more than the rounding of two-decimal numbers; left to the clamp of the grid."""


@dataclass(frozen=True)
class Reserved:
    """What a target takes for control tokens: `find` names the first in a text, `blunt` breaks all of them."""

    find: Callable[[str], str | None]
    blunt: Callable[[str], str]


def reserved_by(target: Target) -> Reserved:
    """What a target takes for control tokens."""
    return Reserved(target.reserved_in, target.blunt)


def check(batch: pa.RecordBatch, job: Job, reserved: Reserved, accounting: Accounting, *, flat: bool) -> pa.RecordBatch:
    """The batch with sound objects only, all inside their pictures, labels and texts free of control tokens.

    `flat` makes turned boxes their upright hulls.
    """
    batch = _without_the_unwanted(batch, job, accounting)
    batch = _labels(batch, job, reserved, accounting)
    batch = _texts(batch, job, reserved, accounting)
    batch = _written(batch, job, reserved, accounting)
    batch = check_times(batch, job, accounting)
    batch = _geometry(batch, accounting, points=bool(job.tasks) and POINT_TASKS.issuperset(job.tasks))
    return _flat(batch, accounting) if flat else batch


def _without_the_unwanted(batch: pa.RecordBatch, job: Job, accounting: Accounting) -> pa.RecordBatch:
    for field, choice, code, said in (
        ("crowd", job.crowd, "AN016", "one box over many objects"),
        ("difficult", job.difficult, "AN021", "marked as difficult"),
    ):
        if choice == "drop":
            wrong = numbers(batch, "objects", field)
            fault = Fault(code, True, said)
            batch = reject_entries(batch, "objects", wrong, partial(_always, fault), accounting)
    return batch


def _always(fault: Fault, _place: int) -> Fault:
    return fault


def _labels(batch: pa.RecordBatch, job: Job, reserved: Reserved, accounting: Accounting) -> pa.RecordBatch:
    """Labels are looked at once each, however many objects bear them."""
    labels = entries(batch, "objects", "label")
    names: list[str] = labels.dictionary.to_pylist()
    codes = labels.indices.to_numpy()
    used = np.flatnonzero(np.bincount(codes)).tolist() if len(codes) else []
    faults = {code: fault for code in used if (fault := _text_fault(names[code], reserved))}
    if not faults:
        return batch
    reservations = {code for code, fault in faults.items() if fault.code == "TG008"}
    if job.reserved_text == "blunt" and reservations:
        for code in sorted(reservations):
            blunted = reserved.blunt(names[code])
            said = f"label {names[code]!r} was blunted to {blunted!r}"
            accounting.remark("TG008", file="", at="label", value=names[code], message=said)
            names[code] = blunted
            del faults[code]
        fresh = pa.DictionaryArray.from_arrays(labels.indices, pa.array(names, pa.string()))
        batch = with_fields(batch, "objects", {"label": fresh})
    wrong = np.isin(codes, list(faults))
    return reject_entries(batch, "objects", wrong, lambda place: faults[int(codes[place])], accounting)


def _text_fault(text: str, reserved: Reserved) -> Fault | None:
    if not text.strip():
        return Fault("AN012", text, "the text is empty")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return Fault("TG015", ascii(text), "the text is no Unicode: half of a surrogate pair")
    if tag := reserved.find(text):
        return Fault("TG008", text, f"{text!r} holds {tag}, which is a control token to the model")
    return None


def _texts(batch: pa.RecordBatch, job: Job, reserved: Reserved, accounting: Accounting) -> pa.RecordBatch:
    """Captions, questions with their answers, phrases: each is looked at whole, and goes whole when a text is unsound.

    Conversations that were there already bear a trainer's own tags on purpose; their source has taken them apart, and
    what a target takes for one of its own in the words that are left it refuses by the sample.
    """
    blunting = _Blunting(reserved, accounting)
    if job.reserved_text == "blunt":
        batch = _blunted_turns(batch, blunting)
    for column, field in (("captions", "text"), ("questions", "question"), ("phrases", "text")):
        if counts(batch, column).any():
            texts: list[str] = entries(batch, column, field).to_pylist()
            if job.reserved_text == "blunt" and blunting.texts(batch, column, texts, range(len(texts))):
                batch = with_fields(batch, column, {field: pa.array(texts, pa.string())})
            faults = {place: fault for place, text in enumerate(texts) if (fault := _text_fault(text, reserved))}
            batch = _without(batch, column, faults, accounting)
    return _answers(batch, job, reserved, accounting)


@dataclass(frozen=True)
class _Blunting:
    """Breaks the control tokens in texts, each said with the place of the entry that it belongs to."""

    reserved: Reserved
    accounting: Accounting

    def texts(self, batch: pa.RecordBatch, column: str, texts: list[str], owner: Sequence[int]) -> bool:
        """Blunt in place; whether there was anything to blunt. `owner` is the entry of each text."""
        found = [at for at, text in enumerate(texts) if self.reserved.find(text)]
        for at, (file, place) in zip(found, places(batch, column, [owner[at] for at in found]), strict=True):
            blunted = self.reserved.blunt(texts[at])
            said = f"the text {texts[at]!r} was blunted to {blunted!r}"
            self.accounting.remark("TG008", file=file, at=place, value=texts[at], message=said)
            texts[at] = blunted
        return bool(found)


def _blunted_turns(batch: pa.RecordBatch, blunting: _Blunting) -> pa.RecordBatch:
    """Conversations that were there already, with the control tokens in their words broken."""
    if not counts(batch, "conversations").any():
        return batch
    turns = entries(batch, "conversations", "turns")
    turn = turns.flatten()
    parts = turn.field("parts")
    part = parts.flatten()
    texts: list[str | None] = part.field("text").to_pylist()
    said = [at for at, text in enumerate(texts) if text]
    owner = np.repeat(np.arange(len(turns)), np.diff(turns.offsets))
    owner = np.repeat(owner, np.diff(parts.offsets))[said].tolist()
    words = [texts[at] or "" for at in said]
    if not blunting.texts(batch, "conversations", words, owner):
        return batch
    for at, text in zip(said, words, strict=True):
        texts[at] = text
    part = _with_field(part, "text", pa.array(texts, part.field("text").type))
    turn = _with_field(turn, "parts", _held_by(parts, part))
    return with_fields(batch, "conversations", {"turns": _held_by(turns, turn)})


def _with_field(values: pa.StructArray, name: str, fresh: pa.Array) -> pa.StructArray:
    fields = list(values.type)
    held = [fresh if field.name == name else values.field(field.name) for field in fields]
    return pa.StructArray.from_arrays(held, fields=fields)


def _held_by(lists: pa.ListArray, values: pa.Array) -> pa.ListArray:
    offsets = lists.offsets.to_numpy()
    return pa.ListArray.from_arrays(pa.array(offsets - offsets[0]), values, type=lists.type)


def _written(batch: pa.RecordBatch, job: Job, reserved: Reserved, accounting: Accounting) -> pa.RecordBatch:
    """What is written in objects, where a task says it; a blank text is none, and no fault."""
    texts: list[str | None] = entries(batch, "objects", "text").to_pylist() if _says_texts(batch, job) else []
    found = {at: fault for at, text in enumerate(texts) if text and (fault := _answer_fault(text, reserved))}
    if not found:
        return batch
    if job.reserved_text == "blunt":
        held = [at for at, fault in found.items() if fault.code == "TG008"]
        for at, (file, place) in zip(held, places(batch, "objects", held), strict=True):
            blunted = reserved.blunt(texts[at] or "")
            said = f"the text {texts[at]!r} was blunted to {blunted!r}"
            accounting.remark("TG008", file=file, at=place, value=texts[at], message=said)
            texts[at] = blunted
            del found[at]
        batch = with_fields(batch, "objects", {"text": pa.array(texts, pa.string())})
    return _without(batch, "objects", found, accounting)


def _says_texts(batch: pa.RecordBatch, job: Job) -> bool:
    """Whether the texts of objects will be said: a task says them, or nobody chose one and there is nothing but text.

    The second is asked batch by batch, before all labels are known: in a set of several kinds of labels, which is
    detected, a batch that has text alone is looked at as well.
    """
    if job.tasks:
        return bool(TEXT_TASKS & set(job.tasks))
    labels = entries(batch, "objects", "label")
    used = np.flatnonzero(np.bincount(labels.indices.to_numpy())).tolist() if len(labels) else []
    return {labels.dictionary[code].as_py() for code in used} == {TEXT_LABEL}


def _answers(batch: pa.RecordBatch, job: Job, reserved: Reserved, accounting: Accounting) -> pa.RecordBatch:
    if not counts(batch, "questions").any():
        return batch
    held = entries(batch, "questions", "answers")
    answers = [[answer["text"] for answer in each] for each in held.to_pylist()]
    flat = [text for each in answers for text in each]
    owner = [place for place, each in enumerate(answers) for _ in each]
    if job.reserved_text == "blunt" and _Blunting(reserved, accounting).texts(batch, "questions", flat, owner):
        votes = pc.struct_field(held.flatten(), "votes")
        values = pa.StructArray.from_arrays([pa.array(flat, pa.string()), votes], fields=list(held.type.value_type))
        offsets = pa.array(np.concatenate([[0], np.cumsum([len(each) for each in answers])]).astype(np.int32))
        return with_fields(batch, "questions", {"answers": pa.ListArray.from_arrays(offsets, values, type=held.type)})
    found = {place: [_answer_fault(text, reserved) for text in each] for place, each in enumerate(answers)}
    faults = {place: fault for place, each in found.items() for fault in reversed(each) if fault}
    return _without(batch, "questions", faults, accounting)


def _answer_fault(text: str, reserved: Reserved) -> Fault | None:
    """An empty answer among others, or an empty text of an object, is no fault: the task passes it over."""
    return _text_fault(text, reserved) if text.strip() else None


def _without(batch: pa.RecordBatch, column: str, faults: dict[int, Fault], accounting: Accounting) -> pa.RecordBatch:
    wrong = np.zeros(int(counts(batch, column).sum()), np.bool_)
    wrong[list(faults)] = True
    return reject_entries(batch, column, wrong, lambda place: faults[place], accounting)


def _geometry(batch: pa.RecordBatch, accounting: Accounting, *, points: bool) -> pa.RecordBatch:
    """Reject what is no box in its picture; clip what reaches over the edge.

    Where only `points` are asked about, what has points may be one, without area; its task looks at where it lies.
    """
    corners = boxes(batch)
    if not len(corners):
        return batch
    size = _sizes(batch)
    x1, y1, x2, y2 = corners.T
    finite = np.isfinite(corners).all(axis=1)
    codes = np.select(
        [
            ~finite,
            (x2 < x1) | (y2 < y1),
            (x2 == x1) | (y2 == y1),
            (x1 >= size[:, 0]) | (y1 >= size[:, 1]) | (x2 <= 0) | (y2 <= 0),
        ],
        [1, 2, 3, 4],
        0,
    )
    codes[without_place(batch)] = 0
    codes[only_points(batch) & (codes == 3)] = 5
    if points:
        pointed = np.asarray(entries(batch, "objects", "keypoints").is_valid().to_numpy(zero_copy_only=False))
        codes = np.where(pointed & (codes > 2), 0, codes)
    why = _why(corners, size, codes)
    inside = np.clip(corners, 0.0, np.concatenate([size, size], axis=1))
    over = np.abs(corners - inside).max(axis=1, initial=0.0)
    clipped = (codes == 0) & (over > TOLERANCE)
    if clipped.any():
        _remark_edges(batch, corners, size, np.where(clipped, over, 0.0), accounting)
        batch = with_boxes(batch, np.where(clipped[:, None], inside, corners))
    return reject_entries(batch, "objects", codes > 0, why, accounting)


def _sizes(batch: pa.RecordBatch) -> NDArray[np.float64]:
    media = np.stack([numbers(batch, "media", side).astype(np.float64) for side in ("width", "height")], axis=1)
    return np.asarray(media[picture_of_object(batch)])


def _why(corners: NDArray[np.float64], size: NDArray[np.float64], codes: NDArray[Any]) -> Callable[[int], Fault]:
    def fault(place: int) -> Fault:
        box, (width, height) = Box(*corners[place].tolist()), size[place].tolist()
        across, down = box.x2 - box.x1, box.y2 - box.y1
        value = [value if np.isfinite(value) else str(value) for value in box]
        return {
            1: Fault("AN003", value, "a coordinate is no finite number"),
            2: Fault("GE002", value, f"the box is {across:g} wide and {down:g} high"),
            3: Fault("GE001", value, f"the box has no area: {across:g} wide, {down:g} high"),
            5: Fault("AN022", value, "points outside any region: only --task keypoints by itself asks for them"),
            4: Fault("GE003", value, f"nothing of the box is inside the picture of {width:g}x{height:g}"),
        }[int(codes[place])]

    return fault


def _remark_edges(
    batch: pa.RecordBatch,
    corners: NDArray[np.float64],
    size: NDArray[np.float64],
    over: NDArray[np.float64],
    accounting: Accounting,
) -> None:
    wrong = np.flatnonzero(over).tolist()
    for place, (file, at) in zip(wrong, places(batch, "objects", wrong), strict=True):
        width, height = size[place].tolist()
        said = f"{over[place]:g} px over the edge of {width:g}x{height:g}; clipped"
        accounting.remark("GE004", file=file, at=at, value=corners[place].tolist(), message=said)


def _flat(batch: pa.RecordBatch, accounting: Accounting) -> pa.RecordBatch:
    """Rotated boxes as their upright hulls, said once a batch and counted."""
    quads = entries(batch, "objects", "quad")
    rotated = len(quads) - quads.null_count
    if not rotated:
        return batch
    first = int(np.flatnonzero(quads.is_valid().to_numpy(zero_copy_only=False))[0])
    (file, at) = places(batch, "objects", [first])[0]
    said = "a rotated box became its upright hull"
    accounting.remark("GE014", file=file, at=at, value=quads[first].as_py(), message=said, count=rotated)
    return with_fields(batch, "objects", {"quad": pa.nulls(len(quads), quads.type)})

"""Records: the small, readable way to fill the annotation table, for sources that are not hot.

A source yields `Record`s and `batches` makes Arrow of them. Coordinates as in `schemas/annotation.py`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa

from ..schemas.annotation import ANNOTATIONS, ANSWER, CAPTION, CONVERSATION, MEDIA, OBJECT, PHRASE, QUESTION
from ..schemas.box import Box
from ..schemas.conversation import KINDS, PART, ROLES, TURN

ROWS = 2048


@dataclass(slots=True)
class Media:
    """One picture, film or sound. `width` and `height` in pixels as the source says; 0 when it does not."""

    path: str
    width: int = 0
    height: int = 0
    kind: str = "image"
    duration: float | None = None


@dataclass(slots=True)
class Object:
    """One thing in one picture. `box` is the hull in pixels also where `quad` or `polygons` say more."""

    at: str
    label: str
    box: Box
    media: int = 0
    quad: list[float] | None = None
    polygons: list[list[float]] | None = None
    keypoints: list[float] | None = None
    keypoint_names: list[str] | None = None
    mask: str | None = None
    start: float | None = None
    end: float | None = None
    text: str | None = None
    attributes: dict[str, Any] | None = None
    crowd: bool = False
    difficult: bool = False


@dataclass(slots=True)
class Caption:
    """One sentence or more about the whole record."""

    at: str
    text: str


@dataclass(slots=True)
class Question:
    """A question about the record; `answers` are (text, votes) in the order first given; `objects` what it is about."""

    at: str
    question: str
    answers: list[tuple[str, int]]
    objects: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Phrase:
    """Words that point at some of the record's objects, by their number in it; at none where nothing fits."""

    at: str
    text: str
    objects: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Part:
    """A part of a turn: `kind` is one of `schemas.conversation.KINDS`; `box` in pixels of the picture `media`."""

    kind: str
    text: str | None = None
    media: int = 0
    box: Box = Box(0.0, 0.0, 0.0, 0.0)
    quad: list[float] | None = None


@dataclass(slots=True)
class Turn:
    """What one side says: `role` is one of `schemas.conversation.ROLES`."""

    role: str
    parts: list[Part]


@dataclass(slots=True)
class Conversation:
    """A conversation that was there already."""

    at: str
    turns: list[Turn]


@dataclass(slots=True)
class Record:
    """What belongs together in front of a person: one row of the annotation table."""

    id: str
    file: str
    at: str
    media: list[Media]
    objects: list[Object] = field(default_factory=list[Object])
    captions: list[Caption] = field(default_factory=list[Caption])
    questions: list[Question] = field(default_factory=list[Question])
    phrases: list[Phrase] = field(default_factory=list[Phrase])
    conversations: list[Conversation] = field(default_factory=list[Conversation])
    group: str | None = None


def batches(records: Iterable[Record], rows: int = ROWS) -> Iterator[pa.RecordBatch]:
    """The records as batches of the annotation table, `rows` a batch, in order."""
    stream = iter(records)
    while chunk := list(islice(stream, rows)):
        yield _batch(chunk)


def _batch(chunk: list[Record]) -> pa.RecordBatch:
    """Column by column: a table of dicts would be made and taken apart again, at three times the cost."""
    media = [each for record in chunk for each in record.media]
    lists = {
        "media": _struct(MEDIA, media, {}),
        "objects": _objects([each for record in chunk for each in record.objects]),
        "captions": _struct(CAPTION, [each for record in chunk for each in record.captions], {}),
        "questions": _questions([each for record in chunk for each in record.questions]),
        "phrases": _struct(PHRASE, [each for record in chunk for each in record.phrases], {}),
        "conversations": _conversations([each for record in chunk for each in record.conversations]),
    }
    columns = {name: _lists([len(getattr(record, name)) for record in chunk], values) for name, values in lists.items()}
    columns["list"] = pa.nulls(len(chunk), pa.string())
    for name in ("id", "file", "at", "group"):
        columns[name] = pa.array([getattr(record, name) for record in chunk], pa.string())
    return pa.RecordBatch.from_arrays([columns[name] for name in ANNOTATIONS.names], schema=ANNOTATIONS)


def _struct(kind: pa.StructType, things: Sequence[Any], given: dict[str, pa.Array]) -> pa.StructArray:
    """The things as structs: each field an attribute of the same name, unless `given`."""
    arrays = [
        given[field.name] if field.name in given else _column(field.type, map(attrgetter(field.name), things))
        for field in kind
    ]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))


def _column(kind: pa.DataType, values: Iterable[Any]) -> pa.Array:
    held = list(values)
    if pa.types.is_dictionary(kind):
        words = pa.array(held, kind.value_type).dictionary_encode()
        return words.cast(kind)
    return pa.array(held, kind)


def _lists(counts: Sequence[int], values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array([0, *accumulate(counts)], pa.int32()), values)


def _objects(things: list[Object]) -> pa.StructArray:
    edges = zip(*(thing.box for thing in things), strict=True) if things else [()] * 4
    given = {name: pa.array(edge, pa.float64()) for name, edge in zip(("x1", "y1", "x2", "y2"), edges, strict=True)}
    given["index"] = pa.array([0] * len(things), pa.int64())
    encoded = (msgspec.json.encode(each.attributes).decode() if each.attributes else None for each in things)
    given["attributes"] = pa.array(list(encoded), pa.string())
    return _struct(OBJECT, things, given)


def _questions(things: list[Question]) -> pa.StructArray:
    answers = [answer for thing in things for answer in thing.answers]
    values = pa.StructArray.from_arrays(
        [pa.array([text for text, _ in answers], pa.string()), pa.array([votes for _, votes in answers], pa.int32())],
        fields=list(ANSWER),
    )
    return _struct(QUESTION, things, {"answers": _lists([len(thing.answers) for thing in things], values)})


def _conversations(things: list[Conversation]) -> pa.StructArray:
    turns = [turn for thing in things for turn in thing.turns]
    parts = [part for turn in turns for part in turn.parts]
    edges = zip(*(part.box for part in parts), strict=True) if parts else [()] * 4
    corners = {name: pa.array(edge, pa.float64()) for name, edge in zip(("x1", "y1", "x2", "y2"), edges, strict=True)}
    corners["kind"] = _indexed([part.kind for part in parts], KINDS)
    held = _lists([len(turn.parts) for turn in turns], _struct(PART, parts, corners))
    roles = _indexed([turn.role for turn in turns], ROLES)
    said = _struct(TURN, turns, {"parts": held, "role": roles})
    return _struct(CONVERSATION, things, {"turns": _lists([len(thing.turns) for thing in things], said)})


def _indexed(words: Sequence[str], known: Sequence[str]) -> pa.DictionaryArray:
    """Words by their place in the table's own list of them."""
    return pa.DictionaryArray.from_arrays(pa.array([known.index(word) for word in words], pa.int8()), pa.array(known))

"""Records: the small, readable way to fill the annotation table, for sources that are not hot.

A source yields `Record`s and `batches` makes Arrow of them. Coordinates as in `schemas/annotation.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa

from ..schemas.annotation import ANNOTATIONS
from ..schemas.box import Box

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
    """A question about the record; `answers` are (text, votes), the most frequent first; `objects` what it is about."""

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
        yield pa.RecordBatch.from_pylist([_row(record) for record in chunk], schema=ANNOTATIONS)


def _row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "file": record.file,
        "at": record.at,
        "list": None,
        "group": record.group,
        "media": [
            {
                "kind": medium.kind,
                "path": medium.path,
                "width": medium.width,
                "height": medium.height,
                "duration": medium.duration,
            }
            for medium in record.media
        ],
        "objects": [_object(thing) for thing in record.objects],
        "captions": [{"at": caption.at, "text": caption.text} for caption in record.captions],
        "questions": [_question(question) for question in record.questions],
        "phrases": [{"at": phrase.at, "text": phrase.text, "objects": phrase.objects} for phrase in record.phrases],
        "conversations": [_conversation(conversation) for conversation in record.conversations],
    }


def _object(thing: Object) -> dict[str, Any]:
    return {
        "at": thing.at,
        "index": 0,
        "media": thing.media,
        "label": thing.label,
        "x1": thing.box.x1,
        "y1": thing.box.y1,
        "x2": thing.box.x2,
        "y2": thing.box.y2,
        "quad": thing.quad,
        "polygons": thing.polygons,
        "keypoints": thing.keypoints,
        "mask": thing.mask,
        "start": thing.start,
        "end": thing.end,
        "text": thing.text,
        "attributes": msgspec.json.encode(thing.attributes).decode() if thing.attributes else None,
        "crowd": thing.crowd,
        "difficult": thing.difficult,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "at": question.at,
        "question": question.question,
        "answers": [{"text": text, "votes": votes} for text, votes in question.answers],
        "objects": question.objects,
    }


def _conversation(conversation: Conversation) -> dict[str, Any]:
    turns = [{"role": turn.role, "parts": [_part(part) for part in turn.parts]} for turn in conversation.turns]
    return {"at": conversation.at, "turns": turns}


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "text": part.text,
        "media": part.media,
        **dict(zip(("x1", "y1", "x2", "y2"), part.box, strict=True)),
        "quad": part.quad,
    }

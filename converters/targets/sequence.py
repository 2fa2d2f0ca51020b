"""Samples as sequences: texts and pictures one after another, for trainers that have no turns.

What a conversation becomes there is stated once, here: a turn's words are one text, its pictures stand where they
stood, nothing is said of who speaks. A document is one such turn.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from ...schemas.conversation import IMAGE, KINDS, REF, ROLES, TEXT
from .carried import refused_kinds
from .paths import local_path_faults
from .protocol import Refusal

WORDS_AND_PICTURES = (KINDS[TEXT], KINDS[IMAGE], KINDS[REF])
"""What such a sequence carries; words that point at something stay words."""


class Picture(NamedTuple):
    """One picture where it is shown: its absolute path, its upright size in pixels, and its number, from 0."""

    path: str
    width: int
    height: int
    number: int


class Turn(NamedTuple):
    """What one side says, or a document: texts (never two in a row) and pictures."""

    role: str
    pieces: list[str | Picture]

    @property
    def words(self) -> str:
        """All that is said, in order, a space where a picture stood between."""
        return " ".join(piece.strip() for piece in self.pieces if isinstance(piece, str) and piece.strip())


class Sample(NamedTuple):
    """One sample: its id, which task asked, its turns."""

    id: str
    task: str
    turns: list[Turn]

    @property
    def pictures(self) -> list[Picture]:
        """Every picture as often as it is shown, in order."""
        return [piece for turn in self.turns for piece in turn.pieces if isinstance(piece, Picture)]


def sequences(batch: pa.RecordBatch) -> Iterator[Sample]:
    """The samples of a conversation batch that has words and pictures alone."""
    columns = [batch.column(name).to_pylist() for name in ("id", "task", "media", "turns")]
    for name, task, media, turns in zip(*columns, strict=True):
        yield Sample(name, task, [Turn(turn["role"], _pieces(turn["parts"], media)) for turn in turns])


def _pieces(parts: Sequence[dict[str, Any]], media: Sequence[dict[str, Any]]) -> list[str | Picture]:
    pieces: list[str | Picture] = []
    for part in parts:
        if part["kind"] == KINDS[IMAGE]:
            shown = media[part["media"]]
            pieces.append(Picture(shown["path"], shown["width"], shown["height"], part["media"]))
        elif pieces and isinstance(pieces[-1], str):
            pieces[-1] += part["text"] or ""
        elif part["text"]:
            pieces.append(part["text"])
    return pieces


def refused_sequences(batch: pa.RecordBatch, pictures: int | None = None) -> list[Refusal]:
    """Samples with boxes, films or sounds, more pictures than so many, or a picture that cannot be opened as a file."""
    media = batch.column("media")
    paths = media.flatten().field("path")
    sample = [row for row, each in enumerate(media) for _ in range(len(each))]
    refusals = refused_kinds(batch, WORDS_AND_PICTURES, ROLES, pictures)
    return refusals + [
        Refusal(sample[at], code, paths[at].as_py(), said) for at, (code, said) in local_path_faults(paths).items()
    ]


def said_of(sequence: Sample) -> str:
    """The words of a sample as one text, a line a turn; of a caption the sentence alone, for the request is ours."""
    if sequence.task == "caption":
        return sequence.turns[-1].words
    return "\n".join(turn.words for turn in sequence.turns if turn.words)

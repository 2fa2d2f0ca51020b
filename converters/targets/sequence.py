"""Samples as sequences: texts and pictures one after another, for trainers that have no turns.

What a conversation becomes there is stated once, here: a turn's words are one text, its pictures stand where they
stood, nothing is said of who speaks. A document is one such turn.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ...schemas.conversation import IMAGE, KINDS, REF, ROLES, TEXT
from .carried import refused_kinds
from .parts import Parts
from .paths import local_path_faults
from .pieces import sample_of_parts
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
    parts = Parts.of(batch)
    pieces = _pieces(batch, parts)
    roles = [ROLES[code] for code in parts.role.tolist()]
    part_ends, turn_ends = parts.part_starts[1:].tolist(), parts.turn_starts[1:].tolist()
    turns: list[Turn] = []
    start = 0
    for role, end in zip(roles, part_ends, strict=True):
        turns.append(Turn(role, _joined(pieces[start:end])))
        start = end
    start = 0
    for name, task, end in zip(parts.ids, batch.column("task").to_pylist(), turn_ends, strict=True):
        yield Sample(name, task, turns[start:end])
        start = end


def _pieces(batch: pa.RecordBatch, parts: Parts) -> list[str | Picture]:
    """Every part of a batch as a picture or its words."""
    media = batch.column("media").flatten()
    widths, heights = (media.field(side).to_pylist() for side in ("width", "height"))
    texts = [*parts.texts, ""]  # -1, no words, is the last
    pieces: list[str | Picture] = [texts[code] for code in parts.text.tolist()]
    shown = np.flatnonzero(parts.kind == IMAGE)
    numbers = parts.medium[shown] - parts.first_medium[sample_of_parts(parts)[shown]]
    for at, place, number in zip(shown.tolist(), parts.medium[shown].tolist(), numbers.tolist(), strict=True):
        pieces[at] = Picture(parts.paths[place], widths[place], heights[place], number)
    return pieces


def _joined(pieces: Sequence[str | Picture]) -> list[str | Picture]:
    """The pieces of a turn without empty words; words that follow each other are one."""
    joined: list[str | Picture] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return joined


def refused_sequences(batch: pa.RecordBatch, pictures: int | None = None) -> list[Refusal]:
    """Samples with boxes, films or sounds, more pictures than so many, or a picture that cannot be opened as a file."""
    media = batch.column("media")
    paths = media.flatten().field("path")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy())).tolist()
    refusals = refused_kinds(batch, WORDS_AND_PICTURES, ROLES, pictures)
    return refusals + [
        Refusal(sample[at], code, paths[at].as_py(), said) for at, (code, said) in local_path_faults(paths).items()
    ]


def said_of(sequence: Sample) -> str:
    """The words of a sample as one text, a line a turn; of a caption the sentence alone, for the request is ours."""
    if sequence.task == "caption":
        return sequence.turns[-1].words
    return "\n".join(turn.words for turn in sequence.turns if turn.words)

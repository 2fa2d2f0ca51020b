"""What trainers share that show one picture before the first question: what they cannot take, and lengths.

They join or open the picture's path themselves, and put its features in front of the conversation whatever the text
says. A picture in a later turn would be moved, a second one lost, and without one some stop, some train on black.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ...schemas.conversation import IMAGE
from .carried import refused_answers, refused_kinds, refused_words
from .parts import Ints, Parts
from .paths import local_path_faults
from .pieces import sample_of_parts
from .protocol import Refusal


def refuse(
    batch: pa.RecordBatch,
    reserved_in: Callable[[str], str | None],
    *,
    needed: bool = True,
    first: bool = True,
    rounds: int | None = None,
) -> list[Refusal]:
    """Samples that such a trainer would misread, cut or stop at.

    `needed`: it takes no sample without a picture; `first`: it shows the picture before the first question wherever it
    stood (elsewhere in no answer either); `rounds`: it takes so many questions and no more.
    """
    refusals = refused_kinds(batch, pictures=1) + refused_words(batch, reserved_in)
    refusals += [
        Refusal(row, "TG020", 0, "the sample shows no picture, and the trainer takes none without")
        for row in _bare(batch)
        if needed
    ]
    refusals += [
        Refusal(row, "TG020", turn, f"a picture in turn {turn + 1}, and the trainer shows it before the first question")
        for row, turn in _later(batch)
        if first
    ]
    refusals += [] if first else refused_answers(batch)
    if rounds is not None:
        turns = np.diff(batch.column("turns").offsets.to_numpy())
        said = "{} turns, and the trainer takes {} question{} with its answer"
        refusals += [
            Refusal(row, "TG020", int(turns[row]), said.format(turns[row], rounds, "" if rounds == 1 else "s"))
            for row in np.flatnonzero(turns > 2 * rounds).tolist()
        ]
    return refusals + unopened(batch)


def _bare(batch: pa.RecordBatch) -> list[int]:
    """The samples without a picture."""
    held = np.diff(batch.column("media").offsets.to_numpy())
    found: list[int] = np.flatnonzero(held == 0).tolist()
    return found


def _later(batch: pa.RecordBatch) -> list[tuple[int, int]]:
    """The samples whose picture does not stand in their first turn, with the turn."""
    if not len(batch):
        return []
    parts = Parts.of(batch)
    at = np.flatnonzero(parts.kind == IMAGE)
    turn = np.repeat(np.arange(len(parts.role)), np.diff(parts.part_starts))[at]
    sample = sample_of_parts(parts)[at]
    late = turn - parts.turn_starts[:-1][sample]
    return [(int(sample[one]), int(late[one])) for one in np.flatnonzero(late > 0).tolist()]


def unopened(batch: pa.RecordBatch) -> list[Refusal]:
    """The samples with a picture that the trainer cannot open by its path."""
    media = batch.column("media")
    paths = media.flatten().field("path")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy()))
    return [
        Refusal(int(sample[at]), code, paths[at].as_py(), said) for at, (code, said) in local_path_faults(paths).items()
    ]


def pictures_first(parts: Parts) -> Parts:
    """The parts with the picture of every turn before its words."""
    shown = np.flatnonzero(parts.kind == IMAGE)
    if np.isin(shown, parts.part_starts[:-1]).all():
        return parts
    turn = np.repeat(np.arange(len(parts.role)), np.diff(parts.part_starts))
    order = np.lexsort((parts.kind != IMAGE, turn))
    return replace(
        parts,
        kind=parts.kind[order],
        text=parts.text[order],
        medium=parts.medium[order],
        boxes=parts.boxes[order],
        sizes=parts.sizes[order],
        quads=parts.quads.take(pa.array(order)),
    )


def path_texts(parts: Parts, paths: Sequence[bytes]) -> list[bytes]:
    """The path of every sample's one picture, escaped; empty where it shows none. `paths` are those of its media."""
    held: Ints = np.diff(np.append(parts.first_medium, len(parts.paths)))
    return [paths[at] if count else b"" for at, count in zip(parts.first_medium.tolist(), held.tolist(), strict=True)]


def most_tokens(
    turns: Sequence[Sequence[str]], *, system: int, turn: int, picture: int, shown: Sequence[int]
) -> list[int]:
    """An upper bound of the tokens of each row: a token a byte of UTF-8, and what stands around the words.

    `turns` are the texts of each row; `system` is taken once a row, `turn` by every turn, `picture` by each of `shown`.
    """
    return [
        system + sum(turn + len(text.encode()) for text in texts) + picture * count
        for texts, count in zip(turns, shown, strict=True)
    ]

"""What a target carries, and what its tokenizer would misread: the samples of a batch that must not be written."""

from collections.abc import Callable, Collection

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...schemas.conversation import ASSISTANT, DOCUMENT, IMAGE, KINDS, POINT, QUAD, ROLES, SYSTEM, TEXT
from .parts import Ints, Parts
from .pieces import sample_of_parts
from .protocol import Refusal
from .smart_resize import LARGEST_RATIO, too_narrow

PICTURES_AND_BOXES = KINDS[TEXT : QUAD + 1]
"""Words, pictures, references, boxes and quads: what every target of ours carries, quads as boxes where need be."""

POINTS_TOO = (*PICTURES_AND_BOXES, KINDS[POINT])
"""The same, and points."""

QUESTIONS_AND_ANSWERS = ROLES[:2]
"""The user's and the assistant's turns."""

MESSAGES = ROLES[: SYSTEM + 1]
"""What is said in a conversation: a system's turn too, and no document."""


def refused_kinds(
    batch: pa.RecordBatch,
    kinds: Collection[str] = PICTURES_AND_BOXES,
    roles: Collection[str] = QUESTIONS_AND_ANSWERS,
    pictures: int | None = None,
) -> list[Refusal]:
    """Samples with a part or a turn that the target's form has no place for, or more than so many pictures."""
    turns = batch.column("turns").flatten()
    part_kinds = turns.field("parts").flatten().field("kind").indices.to_numpy()
    wrong_kinds = _others(part_kinds, KINDS, kinds)
    wrong_roles = _others(turns.field("role").indices.to_numpy(), ROLES, roles)
    refusals: list[Refusal] = []
    if wrong_kinds or wrong_roles:
        parts = Parts.of(batch)
        refusals += _first_of(parts.kind, wrong_kinds, sample_of_parts(parts), KINDS, "part")
        of_turn = np.repeat(np.arange(len(batch)), np.diff(parts.turn_starts))
        refusals += _first_of(parts.role, wrong_roles, of_turn, ROLES, "turn")
    if pictures is not None:
        held = np.diff(batch.column("media").offsets.to_numpy())
        for row in np.flatnonzero(held > pictures).tolist():
            said = f"the sample shows {held[row]} pictures, the trainer takes {pictures}"
            refusals.append(Refusal(row, "TG020", int(held[row]), said))
    return refusals


def _others(codes: NDArray[np.int8], names: tuple[str, ...], carried: Collection[str]) -> list[int]:
    found = np.flatnonzero(np.bincount(codes)).tolist() if len(codes) else []
    return [code for code in found if names[code] not in carried]


def _first_of(
    codes: NDArray[np.int8], wrong: list[int], sample: Ints, names: tuple[str, ...], what: str
) -> list[Refusal]:
    at = np.flatnonzero(np.isin(codes, wrong))
    rows, first = np.unique(sample[at], return_index=True)
    found = [names[code] for code in codes[at[first]].tolist()]
    return [_not_carried(row, name, what) for row, name in zip(rows.tolist(), found, strict=True)]


def _not_carried(row: int, name: str, what: str) -> Refusal:
    if name == ROLES[DOCUMENT]:
        return Refusal(row, "CV011", name, "a document of text and pictures is nobody's words, and answers are trained")
    return Refusal(row, "TG020", name, f"the target has no place for a {what} of this kind: {name}")


def refused_words(
    batch: pa.RecordBatch,
    found_in: Callable[[str], str | None],
    *,
    of: Callable[[Parts], NDArray[np.bool_]] | None = None,
    said: str = "{text!r} holds the control token {found}",
) -> list[Refusal]:
    """Samples with words in which a control token has come about; `of` says which parts are looked at.

    A wording `<{label}>` and a label `ref` are harmless alone; whole texts are looked at, each once.
    """
    texts = batch.column("turns").flatten().field("parts").flatten().field("text").dictionary.to_pylist()
    found = {code: tag for code, text in enumerate(texts) if (tag := found_in(text))}
    if not found:
        return []
    parts = Parts.of(batch)
    wrong = np.isin(parts.text, list(found))
    if of is not None:
        wrong &= of(parts)
    sample = sample_of_parts(parts)
    return [
        Refusal(int(sample[at]), "TG008", texts[code], said.format(text=texts[code], found=found[code]))
        for at in np.flatnonzero(wrong).tolist()
        for code in [int(parts.text[at])]
    ]


def refused_answers(batch: pa.RecordBatch) -> list[Refusal]:
    """Samples with a picture in an answer: a trainer that drops them, or teaches the model the picture's own tokens."""
    turns = batch.column("turns")
    held = turns.flatten()
    lists = held.field("parts")
    at = np.flatnonzero(lists.flatten().field("kind").indices.to_numpy() == IMAGE)
    turn = _holder(lists, at)
    turn = turn[held.field("role").indices.to_numpy()[turn] == ASSISTANT]
    rows = np.unique(_holder(turns, turn)).tolist()
    return [Refusal(row, "TG013", "image", "the picture is part of an answer") for row in rows]


def _holder(lists: pa.Array, at: Ints) -> Ints:
    """The list that holds each of these values."""
    offsets = lists.offsets.to_numpy()
    return np.asarray(np.searchsorted(offsets - offsets[0], at, side="right") - 1)


def refused_shapes(batch: pa.RecordBatch) -> list[Refusal]:
    """Samples with a picture whose sides are so far apart that Qwen's processors refuse it."""
    media = batch.column("media")
    sizes = np.stack([media.flatten().field(side).to_numpy() for side in ("width", "height")], axis=1)
    narrow = np.flatnonzero(too_narrow(sizes)).tolist()
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy())) if narrow else np.empty(0, np.int64)
    said = "{}x{}: one side is over " + str(LARGEST_RATIO) + " times the other, and the processor refuses it"
    return [Refusal(int(sample[at]), "IM008", sizes[at].tolist(), said.format(*sizes[at])) for at in narrow]


def shown_pictures(parts: Parts, kind: int = IMAGE) -> Ints:
    """The media of the picture parts (`kind`: of films or sounds), in the order in which they stand, as places among
    all media of the batch.
    """
    return np.asarray(parts.medium[parts.kind == kind])

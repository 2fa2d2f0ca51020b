"""Union: whether records of one picture can be made one, so that nothing that one of them says is lost.

Two records contradict each other where both draw and draw otherwise, or where both ask the same and are answered
otherwise. Of files with the same bytes or pixels drawings must be the same to a hundredth of a pixel. Of pictures that
are the same to the eye they may lie a little elsewhere, as in `contradict`; and what names a place by its own numbers
(a box in a conversation) is true of its own pixels alone, so that such a record is never put to another. What is about
the whole (captions, questions, conversations, phrases for things that both draw) adds up. So does the shape of
a thing (polygons, a mask, keypoints, a quad), unless both give it one and these differ.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import pyarrow as pa

from ...converters.table import boxes, entries, numbers, rows
from .contradict import Drawn, drawn_alike
from .how import How
from .words import plain

SHAPES = ("quad", "polygons", "keypoints", "keypoint_names", "mask")
"""Fields of an object that say more of what its box says, and may be null."""


class Claims(NamedTuple):
    """What a record says that another can contradict.

    `objects` is a hash of all that is drawn, empty where nothing is; `asked` has of every question its hash and that
    of its answers, and of every thing and kind of shape its hash and that of the shapes; `placed` says whether a
    conversation names places.
    """

    objects: bytes
    asked: tuple[tuple[int, int], ...]
    placed: bool


def claims(batch: pa.RecordBatch) -> list[Claims]:
    """The claims of every record of a batch of the annotation table."""
    objects: list[list[str]] = [[] for _ in range(len(batch))]
    asked: list[list[tuple[int, int]]] = [[] for _ in range(len(batch))]
    placed = [False] * len(batch)
    labels, texts = (entries(batch, "objects", name).to_pylist() for name in ("label", "text"))
    things: list[str] = []
    corners, media = boxes(batch).round(2).tolist(), numbers(batch, "objects", "media").tolist()
    for row, thing in zip(
        rows(batch, "objects").tolist(), zip(labels, texts, media, corners, strict=True), strict=True
    ):
        things.append(repr(thing))
        objects[row].append(things[-1])
    for row, shape in _shapes(batch, things):
        asked[row].append(shape)
    for row, each in _listed(batch, "questions"):
        answers = sorted(plain(answer["text"]) for answer in each["answers"] or ())
        asked[row].append((_key(plain(each["question"])), _key("\0".join(answers))))
    for row, each in _listed(batch, "conversations"):
        parts = (part for turn in each["turns"] for part in turn["parts"])
        placed[row] |= any(part["kind"] in ("box", "quad", "point") for part in parts)
    return [
        Claims(_hash("\n".join(sorted(things))) if things else b"", tuple(sorted(set(asked[row]))), placed[row])
        for row, things in enumerate(objects)
    ]


def _shapes(batch: pa.RecordBatch, things: Sequence[str]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Of each record the things that have a shape, and their shapes; several that are drawn alike count as one."""
    found: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    owner = rows(batch, "objects").tolist()
    for name in SHAPES:
        for place, shape in enumerate(entries(batch, "objects", name).to_pylist()):
            if shape is not None:
                found[owner[place], f"{name} {things[place]}"].append(repr(_rounded(shape)))
    for (row, thing), shapes in found.items():
        yield row, (_key(thing), _key("\0".join(sorted(shapes))))


def _rounded(shape: Any) -> Any:
    if isinstance(shape, list):
        held: list[Any] = shape
        return [_rounded(each) for each in held]
    return round(shape, 2) if isinstance(shape, float) else shape


class Unions:
    """What records that are kept stand for while others are put to them. `drawn` is asked of near duplicates."""

    def __init__(self, claims: Mapping[int, Claims], drawn: Mapping[int, Drawn]) -> None:
        self._claims = claims
        self._drawn = drawn
        self._asked: dict[int, dict[int, int]] = {}

    def takes(self, kept: int, record: int, by: How) -> bool:
        """Whether `record` can be made one with `kept` and all that it stands for; then it stands for it too."""
        mine, its = self._claims[kept], self._claims[record]
        asked = self._asked.get(kept) or dict(mine.asked)
        if any(asked.get(question, answers) != answers for question, answers in its.asked):
            return False
        if by == "look":
            alike = not its.objects or (bool(mine.objects) and drawn_alike(self._drawn[kept], self._drawn[record]))
            fits = alike and not its.placed
        else:
            fits = by in ("bytes", "pixels") and (not its.objects or mine.objects == its.objects)
        if fits:
            self._asked[kept] = asked | dict(its.asked)
        return fits


def _listed(batch: pa.RecordBatch, column: str) -> list[tuple[int, dict[str, Any]]]:
    return list(zip(rows(batch, column).tolist(), batch.column(column).flatten().to_pylist(), strict=True))


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _key(text: str) -> int:
    return int.from_bytes(_hash(text)[:8], "little")

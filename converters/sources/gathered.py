"""Boxes gathered by picture from rows in any order, without an object a row.

Held until a file ends: each picture's name once, each label and each set of attributes once, and 72 bytes a box.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np

from ...schemas.box import Box
from ..records import Object


class Interned:
    """Texts by number, each kept once, in the order of their first appearance."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of the text, a new one where it is new."""
        return self.numbers.setdefault(text, len(self.numbers))

    def texts(self) -> list[str]:
        """All of them by number."""
        return list(self.numbers)


@dataclass(slots=True)
class Gathered:
    """The boxes of one file. `first` is the line on which a picture appears first."""

    pictures: Interned = field(default_factory=Interned)
    labels: Interned = field(default_factory=Interned)
    attributes: Interned = field(default_factory=Interned)
    first: "array[int]" = field(default_factory=lambda: array("q"))
    rows: "array[int]" = field(default_factory=lambda: array("q"))  # picture, line, label, attributes, crowd a box
    corners: "array[float]" = field(default_factory=lambda: array("d"))

    def picture(self, name: str, line: int) -> int:
        """The number of the picture, which is seen on this line."""
        number = self.pictures.number(name)
        if number == len(self.first):
            self.first.append(line)
        return number

    def add(
        self, picture: int, line: int, label: str, box: Box, attributes: dict[str, object], *, crowd: bool = False
    ) -> None:
        """One box; coordinates in whatever unit the reader scales later."""
        said = msgspec.json.encode(attributes).decode() if attributes else ""
        self.rows.extend((picture, line, self.labels.number(label), self.attributes.number(said), crowd))
        self.corners.extend(box)

    def by_picture(self) -> Iterator[tuple[str, int, list[Object]]]:
        """(name, first line, its objects in the order of their lines) of each picture, in order of first appearance."""
        rows = np.frombuffer(self.rows, np.int64).reshape(-1, 5) if self.rows else np.zeros((0, 5), np.int64)
        order = np.argsort(rows[:, 0], kind="stable")
        edges = np.searchsorted(rows[order, 0], np.arange(len(self.first) + 1))
        labels, said = self.labels.texts(), self.attributes.texts()
        for number, name in enumerate(self.pictures.texts()):
            chosen = order[edges[number] : edges[number + 1]].tolist()
            yield name, self.first[number], [self._object(row, labels, said) for row in chosen]

    def _object(self, row: int, labels: list[str], said: list[str]) -> Object:
        _, line, label, attributes, crowd = self.rows[5 * row : 5 * row + 5]
        return Object(
            at=f"{line}:1",
            label=labels[label],
            box=Box(*self.corners[4 * row : 4 * row + 4]),
            attributes=msgspec.json.decode(said[attributes]) if said[attributes] else None,
            crowd=bool(crowd),
        )

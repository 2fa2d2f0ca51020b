"""COCO's `images`, which lie on disk, and `categories`, of one file or of several that speak of the same images."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from ..json_stream import Chunk, fault_of, reject_broken
from ..pictures.find import Pictures
from ..rows_on_disk import BLOCK, OnDisk, Rows
from .coco_columns import Category, Ids, Listed, Lookup

_OBJECTS365 = re.compile(r"\Aimages/v[12]/(patch[0-9]+/)")

_id, _name, _width, _height = attrgetter("id"), attrgetter("file_name"), attrgetter("width"), attrgetter("height")

IMAGE = np.dtype(
    [
        ("number", np.int64),
        ("place", np.int64),
        ("end", np.int64),
        ("size", np.int32, 2),
        ("which", np.int32),
    ],
    align=True,
)
"""An image as a row: `number` of its id, `place` in the list of the file `which`, `size` width and height in pixels
(0 = not said); `end` is where its name ends in the file of names, and that of the next begins.
"""

_NEAR = 1024  # images whose sizes are read together when one is asked for


class ImageTable:
    """Images on disk: rows and, one behind the other, the bytes of their names. `bare`: see `is_bare`."""

    def __init__(self, disk: OnDisk) -> None:
        self.rows = disk.rows(IMAGE)
        self.bytes = disk.rows(np.dtype(np.uint8))
        self.bare = False
        self._sizes: tuple[int, NDArray[np.int32]] = (-1, np.zeros((0, 2), np.int32))

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, rows: Rows, names: pa.StringArray) -> None:
        """Append images with these names; `end` of the rows is set here."""
        offsets = np.frombuffer(names.buffers()[1], np.int32)[names.offset :][: len(names) + 1]
        rows["end"] = len(self.bytes) + (offsets[1:] - offsets[0]).astype(np.int64)
        self.rows.add(rows)
        if offsets[-1] > offsets[0]:
            self.bytes.add(np.frombuffer(names.buffers()[2], np.uint8)[offsets[0] : offsets[-1]])

    def between(self, first: int, end: int) -> tuple[Rows, pa.StringArray]:
        """Some images in their order, and their names."""
        low = max(first - 1, 0)
        rows = self.rows.between(low, end)
        begin = int(rows["end"][0]) if first else 0
        rows = rows[first - low :]
        offsets = np.zeros(len(rows) + 1, np.int32)
        offsets[1:] = rows["end"] - begin
        data = self.bytes.between(begin, begin + int(offsets[-1]))
        names = pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(data))
        if self.bare:
            names = pc.replace_substring_regex(names, _OBJECTS365.pattern, r"\1")
        return rows, names

    def blocks(self) -> Iterator[tuple[int, Rows, pa.StringArray]]:
        """All images, some at a time, each time with the row of the first."""
        for first in range(0, len(self), BLOCK):
            yield first, *self.between(first, min(first + BLOCK, len(self)))

    def name(self, row: int) -> str:
        """The name of one image."""
        return str(self.between(row, row + 1)[1][0])

    def size(self, row: int) -> tuple[int, int]:
        """Width and height of one image; those of others near it are held for the next call."""
        first = row - row % _NEAR
        if self._sizes[0] != first:
            self._sizes = first, self.rows.between(first, min(first + _NEAR, len(self)))["size"]
        width, height = self._sizes[1][row - first].tolist()
        return width, height


@dataclass(slots=True)
class Images:
    """Entries of `images` as they come, file by file; `first` is the first name. Once they are all there, `table` has
    each id once, and none of the numbers in `ambiguous`, which are those of ids that two images bear.
    """

    ids: Ids
    disk: OnDisk
    table: ImageTable = field(init=False)
    first: str | None = None
    ambiguous: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    _rows: Lookup | None = None

    def __post_init__(self) -> None:
        """Begin with no images."""
        self.table = ImageTable(self.disk)

    def add(self, file: Path, which: int, chunk: Chunk, accounting: Accounting) -> None:
        """Take a chunk of `images` of the file with that number."""
        accounting.read("images", len(chunk.broken))
        reject_broken("images", file, chunk, accounting)
        if not chunk.values:
            return
        rows = np.empty(len(chunk.values), IMAGE)
        rows["number"] = self.ids.column(_id, chunk.values, lambda row: f"/images/{chunk.indices[row]}/id")
        rows["size"] = np.stack([_pixels(side, chunk.values) for side in (_width, _height)], axis=1)
        rows["place"] = np.fromiter(chunk.indices, np.int64, len(rows))
        rows["which"] = which
        names = pa.array(list(map(_name, chunk.values)), pa.string())
        self.first = str(names[0]) if self.first is None else self.first
        self.table.add(rows, names)
        if isinstance(chunk.values[0], Listed):
            self._remark_lists(file, chunk, accounting)

    @staticmethod
    def _remark_lists(file: Path, chunk: Chunk, accounting: Accounting) -> None:
        """Say once a chunk that of some labels nobody looked for all, as LVIS does."""
        partial = [
            place
            for place, image in chunk.items
            if image.not_exhaustive_category_ids is not None or image.neg_category_ids is not None
        ]
        if partial:
            said = "only some labels were looked for in each picture; its lists of those are not read"
            at = f"/images/{partial[0]}"
            accounting.remark("AN029", file=str(file), at=at, message=said, count=len(partial))

    def finish(self, files: Sequence[Path], accounting: Accounting) -> None:
        """See that each id is there once.

        An id that was seen before is the same image when another file says so with the same name and size. Otherwise it
        is a fault: of an entry that is there twice the first is kept; where two differ, neither can be told from the
        other, and both are left out.
        """
        numbers = self.table.rows.column("number")
        if repeats(numbers):
            self._keep_each_once(numbers, files, accounting)
            numbers = self.table.rows.column("number")
        else:
            accounting.read("images", len(numbers))
        self._rows = Lookup(numbers)

    def rows_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
        """The row of each image whose id has that number, or -1; once it is `finish`ed, until it is `forget`."""
        if self._rows is None:
            raise RuntimeError("images are looked for before all are there")
        return self._rows.of(numbers)

    def forget(self) -> None:
        """No more rows are asked for by numbers: what is held for that is not needed any more."""
        self._rows = None

    def _keep_each_once(self, numbers: NDArray[np.int64], files: Sequence[Path], accounting: Accounting) -> None:
        """Make `table` anew. Rare, or there are several files: then all of it is held in memory for a while."""
        rows, names = self.table.between(0, len(self.table))
        _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
        of = first[inverse]
        again = np.flatnonzero(of != np.arange(len(of)))
        ambiguous = np.zeros(len(of), np.bool_)
        accounting.read("images", len(first))
        for row in again.tolist():
            other = int(of[row])
            mine, others = rows[row], rows[other]
            apart = bool(mine["which"] != others["which"])
            same = names[row] == names[other] and _same_size(mine["size"], others["size"], apart)
            if same and apart:
                others["size"] = np.maximum(mine["size"], others["size"])
                continue
            said = f"{names[row]} is listed twice" if same else f"the id is also that of {names[other]}"
            accounting.read("images")
            _reject(mine, str(names[row]), said, files, self.ids, accounting)
            ambiguous[other] |= not same
        for row in np.flatnonzero(ambiguous).tolist():
            _reject(rows[row], str(names[row]), "another image has the same id", files, self.ids, accounting)
        kept = np.sort(first[~ambiguous[first]])
        self.ambiguous = np.sort(numbers[ambiguous])
        self.table = ImageTable(self.disk)
        self.table.add(rows[kept], names.take(pa.array(kept)))


def repeats(numbers: NDArray[np.int64]) -> bool:
    """Whether any number is there twice; of what rises, as in most files, no copy is made."""
    if (numbers[1:] > numbers[:-1]).all():
        return False
    ordered = np.sort(numbers)
    return bool((ordered[1:] == ordered[:-1]).any())


def is_bare(first: str | None, pictures: Pictures) -> bool:
    """Whether Objects365's `images/v1/`, `images/v2/`, which its archives have not, must be left off all names.

    Asked once, of the first name: whoever made that folder has all pictures in it.
    """
    bare = _OBJECTS365.sub(r"\1", first or "")
    if not first or bare == first or not pictures.check or (pictures.root / first).is_file():
        return False
    return (pictures.root / bare).is_file()


def _pixels(side: Any, images: Sequence[Any]) -> NDArray[np.int32]:
    """One side of many images; 0 where the file says none, or one that no picture has (nought, 1.5, NaN)."""
    try:
        given = np.fromiter(map(side, images), np.float64, len(images))
    except TypeError:
        given = np.fromiter((side(image) or 0 for image in images), np.float64, len(images))
    sound = (given > 0) & (given < 2**31)
    whole = np.where(sound, given, 0)
    return np.where(whole == np.floor(whole), whole, 0).astype(np.int32)


def _same_size(one: NDArray[np.int32], other: NDArray[np.int32], apart: bool) -> bool:
    """Whether two sizes agree; one that another file does not say agrees with any."""
    return bool(((one == other) | (apart & ((one == 0) | (other == 0)))).all())


def _reject(image: Any, name: str, said: str, files: Sequence[Path], ids: Ids, accounting: Accounting) -> None:
    accounting.reject(
        "images",
        "AN007",
        file=str(files[image["which"]]),
        at=f"/images/{image['place']}/id",
        value=ids.shown(int(image["number"])),
        message=f"{name}: {said}",
    )


class Repeated(NamedTuple):
    """A second category of one name: where it stands, the number of its id and of that of the first."""

    file: Path
    at: str
    name: str
    number: int
    first: int


@dataclass
class Categories:
    """Labels by the number of their category id. Two ids of one name are one label, and that is said; an id of two
    names is none, and stands in `ambiguous` with both; an id whose entry is broken stands in `broken`. `said` is what
    else of a label's objects is known from its category, `points` the names of their keypoints, both by the label;
    `repeated` are second categories of one name, `first` the number of the id that a label had first.
    """

    ids: Ids
    labels: list[str] = field(default_factory=list[str])
    label_of: dict[int, int] = field(default_factory=dict[int, int])
    code_of: dict[str, int] = field(default_factory=dict[str, int])
    ambiguous: dict[int, str] = field(default_factory=dict[int, str])
    broken: dict[int, str] = field(default_factory=dict[int, str])
    said: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    points: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    repeated: list[Repeated] = field(default_factory=list[Repeated])
    first: dict[int, int] = field(default_factory=dict[int, int])

    def add(self, file: Path, chunk: Chunk, accounting: Accounting) -> None:
        """Take a chunk of `categories`; a broken one is said, and its annotations will find no category."""
        for broken in chunk.broken:
            code, at, shown, said = fault_of("categories", broken)
            accounting.remark(code, file=str(file), at=at, value=shown, message=said)
            place, value, message = broken
            if isinstance(value, dict) and isinstance(value.get("id"), int):
                self.broken[self.ids.number(value["id"])] = f"its entry, /categories/{place}, is broken: {message}"
        for place, category in chunk.items:
            name, at = category.name.strip(), f"/categories/{place}/name"
            number = self.ids.number(category.id)
            self.ids.at = self.ids.at or (f"/categories/{place}/id" if self.ids.quoted else "")
            if name != category.name:
                accounting.remark("AN012", file=str(file), at=at, value=category.name, message="outer white space")
            if name in self.code_of and number not in self.label_of:
                first = self.first[self.code_of[name]]
                self.repeated.append(Repeated(file, f"/categories/{place}", name, number, first))
            self._know(number, name)
            self._also(category, self.code_of[name], f"{file}", f"/categories/{place}/keypoints", accounting)

    def _also(self, category: Category, code: int, file: str, at: str, accounting: Accounting) -> None:
        if category.isthing is not None:
            self.said.setdefault(code, {})["isthing"] = bool(category.isthing)
        if isinstance(category.frequency, str):
            self.said.setdefault(code, {})["frequency"] = category.frequency
        names = category.keypoints
        if isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names):
            if names:
                self.points.setdefault(code, [name.strip() for name in names])
        elif names is not None:
            said = "the names of keypoints are no list of words; they were not read"
            accounting.remark("AN004", file=file, at=at, value=str(names)[:200], message=said)

    def stuff(self) -> list[int]:
        """The labels of what is no thing."""
        return [code for code, said in self.said.items() if said.get("isthing") is False]

    def _know(self, number: int, name: str) -> None:
        code = self.code_of.setdefault(name, len(self.labels))
        if code == len(self.labels):
            self.labels.append(name)
        self.first.setdefault(code, number)
        if self.label_of.setdefault(number, code) != code:
            self.ambiguous.setdefault(number, f"{self.labels[self.label_of[number]]!r} and {name!r} both have this id")

"""COCO's `images` and `categories` as columns, of one file or of several that speak of the same images."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...schemas.accounting import Accounting
from ..json_stream import Chunk, fault_of, reject_broken
from ..pictures.find import Pictures
from .coco_columns import Category, Ids, Listed

_OBJECTS365 = re.compile(r"\Aimages/v[12]/(?=patch[0-9]+/)")

_id, _name, _width, _height = attrgetter("id"), attrgetter("file_name"), attrgetter("width"), attrgetter("height")


@dataclass(slots=True)
class ImageTable:
    """n images, all ids different: `number` of the id, `paths`, `sizes` (n, 2) in pixels (0 = not said), `place` in the
    list of the file `which`; `ambiguous` where another image bears the same id.
    """

    number: NDArray[np.int64]
    paths: list[str]
    sizes: NDArray[np.int32]
    place: NDArray[np.int64]
    which: NDArray[np.int64]
    ambiguous: NDArray[np.bool_]


@dataclass
class Images:
    """Entries of `images` as they come, file by file."""

    ids: Ids
    number: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    sizes: list[NDArray[np.int32]] = field(default_factory=list[NDArray[np.int32]])
    place: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    which: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    paths: list[str] = field(default_factory=list[str])

    def add(self, file: Path, which: int, chunk: Chunk, accounting: Accounting) -> None:
        """Take a chunk of `images` of the file with that number."""
        accounting.read("images", len(chunk.broken))
        reject_broken("images", file, chunk, accounting)
        count = len(chunk.values)
        self.number.append(self.ids.column(_id, chunk.values, lambda row: f"/images/{chunk.indices[row]}/id"))
        self.sizes.append(np.stack([_pixels(side, chunk.values) for side in (_width, _height)], axis=1))
        self.place.append(np.fromiter(chunk.indices, np.int64, count))
        self.which.append(np.full(count, which, np.int64))
        self.paths.extend(map(_name, chunk.values))
        if chunk.values and isinstance(chunk.values[0], Listed):
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

    def finish(self, files: Sequence[Path], accounting: Accounting) -> ImageTable:
        """All images, each id once.

        An id that was seen before is the same image when another file says so with the same name and size. Otherwise it
        is a fault: of an entry that is there twice the first is kept; where two differ, neither can be told from the
        other, and both are marked.
        """
        number, sizes = _joined(self.number, np.int64), _joined(self.sizes, np.int32).reshape(-1, 2)
        whole = ImageTable(
            number,
            self.paths,
            sizes,
            _joined(self.place, np.int64),
            _joined(self.which, np.int64),
            np.zeros(len(number), np.bool_),
        )
        ordered = np.sort(number)
        if not (ordered[1:] == ordered[:-1]).any():
            accounting.read("images", len(number))
            return whole
        return _each_once(whole, files, self.ids, accounting)


def on_disk(paths: list[str], pictures: Pictures) -> list[str]:
    """The names with Objects365's `images/v1/`, `images/v2/` left off, which its archives have not, if none is there.

    Asked once, of the first name: whoever made that folder has all pictures in it.
    """
    bare = _OBJECTS365.sub("", paths[0]) if paths else ""
    if not paths or bare == paths[0] or not pictures.check or (pictures.root / paths[0]).is_file():
        return paths
    return [_OBJECTS365.sub("", path) for path in paths] if (pictures.root / bare).is_file() else paths


def _pixels(side: Any, images: Sequence[Any]) -> NDArray[np.int32]:
    """One side of many images; 0 where the file says none, or one that no picture has (nought, 1.5, NaN)."""
    try:
        given = np.fromiter(map(side, images), np.float64, len(images))
    except TypeError:
        given = np.fromiter((side(image) or 0 for image in images), np.float64, len(images))
    sound = (given > 0) & (given < 2**31)
    whole = np.where(sound, given, 0)
    return np.where(whole == np.floor(whole), whole, 0).astype(np.int32)


def _each_once(whole: ImageTable, files: Sequence[Path], ids: Ids, accounting: Accounting) -> ImageTable:
    _, first, inverse = np.unique(whole.number, return_index=True, return_inverse=True)
    of = first[inverse]
    again = np.flatnonzero(of != np.arange(len(of)))
    ambiguous = np.zeros(len(of), np.bool_)
    accounting.read("images", len(first))
    for row in again.tolist():
        other = int(of[row])
        apart = whole.which[row] != whole.which[other]
        same = whole.paths[row] == whole.paths[other] and _same_size(whole.sizes[row], whole.sizes[other], apart)
        if same and apart:
            whole.sizes[other] = np.maximum(whole.sizes[row], whole.sizes[other])
            continue
        said = f"{whole.paths[row]} is listed twice" if same else f"the id is also that of {whole.paths[other]}"
        accounting.read("images")
        _reject(whole, row, said, files, ids, accounting)
        ambiguous[other] |= not same
    for row in np.flatnonzero(ambiguous).tolist():
        _reject(whole, row, "another image has the same id", files, ids, accounting)
    kept = np.sort(first)
    return ImageTable(
        whole.number[kept],
        [whole.paths[row] for row in kept.tolist()],
        whole.sizes[kept],
        whole.place[kept],
        whole.which[kept],
        ambiguous[kept],
    )


def _same_size(one: NDArray[np.int32], other: NDArray[np.int32], apart: bool) -> bool:
    """Whether two sizes agree; one that another file does not say agrees with any."""
    return bool(((one == other) | (apart & ((one == 0) | (other == 0)))).all())


def _reject(whole: ImageTable, row: int, said: str, files: Sequence[Path], ids: Ids, accounting: Accounting) -> None:
    accounting.reject(
        "images",
        "AN007",
        file=str(files[whole.which[row]]),
        at=f"/images/{whole.place[row]}/id",
        value=ids.shown(int(whole.number[row])),
        message=f"{whole.paths[row]}: {said}",
    )


def _joined(chunks: list[Any], kind: Any) -> Any:
    return np.concatenate(chunks) if chunks else np.empty(0, kind)


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

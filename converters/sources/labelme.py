r"""LabelMe: one JSON file a picture, `shapes` with `label`, `points` and `shape_type`, and `imagePath`.

The picture is named relative to the JSON file; `imageWidth` and `imageHeight` are its size, upright; the picture's
bytes may stand in `imageData` as base64. One file or a folder of them, in the order of their paths. X-AnyLabeling
writes the same with more shapes. Coordinates are pixels, floats. Source: labelme's own label_file.py and
utils/shape.py, https://github.com/wkentaro/labelme.

Known lies, and what is done about them:

- `imagePath` has backslashes, leads up (`..\images\a.jpg`), names the annotator's disk, or is stale. It is looked
  for beside the JSON file and below the folder of the pictures, then the picture named like the JSON file beside it;
  where none is there, `Pictures` is asked for `imagePath`.
- `imageWidth`, `imageHeight` are null: the picture's own size is taken later.
- `imageData` may be another picture than the file: it is never decoded, nor are the pixels of masks (the window is
  the box).
- Rectangles are drawn from any corner. Files before 4.0 have no `shape_type`: they are polygons.

Not carried: pixels and the colours of files before 4.0. `flags` of the whole picture answer `--class-question`, those
set in one answer; without it each one set is counted and left out (AN022). The XML of MIT's older LabelMe is read by
the source `voc`, whose objects it has.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import text
from ..json_stream import top_level
from ..options import option
from ..pictures.find import Pictures
from ..records import Media, Object, Question, Record, batches
from ..sendable import sendable
from .beside import BESIDE_SUFFIXES, PicturesBeside, first_files, label_files
from .drawn import side_of
from .json_by_python import json_by_python
from .labelme_shapes import read_shape
from .object_error import ObjectError
from .voc_foreign import json_format

NAME = "labelme"
SUMMARY = "LabelMe JSON, one file a picture (labelme, X-AnyLabeling): one file or a folder of them"
FRAME = "pixels of the upright picture, as the tool shows it"

LARGEST_FILE = 256 << 20
"""Bytes; a file holds one picture at most, so a larger one is not read."""


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading LabelMe."""

    class_question: str = option("", "Ask this about whole pictures: the flags that are set answer.", metavar="TEXT")


_OWN = frozenset(("version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"))
"""Keys of which any file has one among its first million characters."""


class _File(msgspec.Struct):
    """The members that are read; `imageData` is passed over without becoming an object."""

    shapes: Any = msgspec.UNSET
    imagePath: Any = None  # noqa: N815  the file's own words
    imageWidth: Any = None  # noqa: N815
    imageHeight: Any = None  # noqa: N815
    flags: Any = None


def sniff(path: Path) -> str | None:
    """Why this looks like LabelMe: JSON with 'shapes' and 'imagePath', here or among the first in the folder."""
    try:
        for file in first_files(path, (".json",)):
            if not _OWN & (keys := top_level(file) or {}).keys():
                continue
            if not {"shapes", "imagePath"} <= keys.keys():  # an imageData of megabytes may stand before either
                keys = top_level(file, limit=16 << 20) or {}
            if {"shapes", "imagePath"} <= keys.keys():
                return f"{text(file.name)} has 'shapes' and 'imagePath' at the top"
    except OSError:
        pass
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a file, sorted by path.

    A file that is no JSON is an image rejected as AN001; a shape without a label (AN012), points (AN023) or numbers
    (AN004) an annotation rejected. Raises `InputError` when nothing there is LabelMe.
    """
    return batches(_records(path, options.class_question, pictures, accounting))


def _records(path: Path, question: str, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    beside = PicturesBeside(pictures)
    found, fault = False, ""
    for file in label_files(path, (".json",), accounting):
        reader = _Reader(file, path, question, beside, accounting)
        if record := reader.record():
            found = True
            yield record
        fault = fault or reader.fault
    if not found:
        raise InputError(
            str(path), f"no LabelMe file here; {fault}", "Name the folder of LabelMe's JSON files, or another format."
        )


class _Reader:
    """Reads one file; `fault` says in words why it gave no record."""

    def __init__(self, path: Path, top: Path, question: str, beside: PicturesBeside, accounting: Accounting) -> None:
        self.path = path
        self.name = text(str(path))
        self.id = text(path.with_suffix("").name if path == top else path.relative_to(top).with_suffix("").as_posix())
        self.question = question
        self.beside = beside
        self.accounting = accounting
        self.fault = ""

    def record(self) -> Record | None:
        """The file's record, or None where it was rejected or is of another format."""
        try:
            held = self._held()
        except InputError as fault:
            self.fault = f"{fault.place}: {fault.fact}"
            self.accounting.read("images")
            at = fault.place.removeprefix(str(self.path)).lstrip(":")
            self.accounting.reject("images", "AN001", file=self.name, at=at, value=None, message=fault.fact)
            return None
        if held is None:
            return None
        self.accounting.read("images")
        media = Media(self._picture(held.imagePath), side_of(held.imageWidth), side_of(held.imageHeight))
        questions = list(self._flags(held.flags))
        return Record(self.id, self.name, "", [media], list(self._objects(held.shapes)), questions=questions)

    def _held(self) -> _File | None:
        """The file's members; None, with a remark, for JSON of another format."""
        data = self._bytes()
        try:
            held: _File | None = msgspec.json.decode(data, type=_File)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            held = self._slowly(data)  # NaN, which msgspec does not read; or what is wrong and where
        if held is None or not isinstance(held.shapes, list):
            format = json_format(self.path) or ""
            self.fault = f"{self.name} has no list 'shapes'{'' if 'LabelMe' in format or not format else f': {format}'}"
            self.accounting.remark("AN026", file=self.name, at="", value=None, message=self.fault)
            return None
        return held

    def _bytes(self) -> bytes:
        try:
            size = self.path.stat().st_size
            if size > LARGEST_FILE:
                raise InputError(str(self.path), f"{size} bytes are too many for one picture's labels", "Split it.")
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(str(self.path), f"cannot be read: {error.strerror}", "Check its permissions.") from None
        self.accounting.input(self.name, len(data), hashlib.sha256(data).hexdigest())
        return data.removeprefix(b"\xef\xbb\xbf")

    def _slowly(self, data: bytes) -> _File | None:
        whole: Any = json_by_python(self.path, data, "Save it again.")
        if not isinstance(whole, dict):
            return None
        return _File(**{key: whole[key] for key in _File.__struct_fields__ if key in whole})

    def _picture(self, said: object) -> str:
        name = said.strip() if isinstance(said, str) else ""
        name = str(sendable(name)[0])
        paired = [text(self.path.with_suffix(suffix).name) for suffix in BESIDE_SUFFIXES]
        base = name.replace("\\", "/").rpartition("/")[2]
        names = dict.fromkeys(each for each in (name, base, *paired) if each)
        return self.beside.find(self.path, [*names]) or self.beside.name(self.path, [name or paired[0]])

    def _flags(self, flags: object) -> Iterator[Question]:
        """What is said of the whole picture, as the answer to the user's question."""
        every = flags.items() if isinstance(flags, dict) else ()
        raised = [str(sendable(name)[0]) for name, value in every if value]
        if self.question and (said := [name for name in raised if name.strip()]):
            self.accounting.read("annotations")
            yield Question("/flags", self.question, [(", ".join(said), 1)])
            return
        for name in raised:
            fact = f"the flag {name[:80]!r} is about the whole picture; --class-question asks for it"
            self._reject(ObjectError("AN022", "/flags", name[:200], fact))

    def _objects(self, shapes: list[Any]) -> Iterator[Object]:
        for index, shape in enumerate(shapes):
            try:
                thing = read_shape(sendable(shape)[0], f"/shapes/{index}")
            except ObjectError as fault:
                self._reject(fault)
            else:
                self.accounting.read("annotations")
                yield thing

    def _reject(self, fault: ObjectError) -> None:
        self.accounting.read("annotations")
        fault.reject(self.accounting, self.name)

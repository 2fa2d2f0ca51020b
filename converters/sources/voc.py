"""PASCAL VOC: one XML file a picture, `<annotation>` with `<filename>`, `<size>` and `<object>`s with `<bndbox>`.

Read: VOCdevkit with its years and ImageSets, ImageNet's tree, `annotations/` beside `images/`, flat folders of both,
one file. Files in the order of their paths. Source: the VOC2012 development kit, §3; then what the tools write.

Known lies, and what is done about them:

- The kit counts pixels from 1 and its last pixel is inside; LabelImg and its heirs count as everyone does. Which of
  the two a file means cannot be seen in it. Numbers are taken as they stand; `--voc-one-based` is the kit's reading.
- `<filename>` and `<path>` go stale: `voc_pictures.py` says which picture is taken. `<path>` and `<folder>` are not
  followed.
- `<size>` may be absent or 0: the picture's own size is taken later (AN020 is remarked).
- `<part>` (head, hands, feet of a person) are no objects: they are kept in the attributes with their boxes, as are
  pose, truncated, occluded and whatever else an object says.
- `<robndbox>` (roLabelImg) is a turned box, its angle in radians; `<polygon>` as LabelMe and Roboflow write it.

Not carried: what is said of the picture as a whole besides name and size (source, owner, depth, segmented), XML
attributes, masks. A torn file costs itself alone; DTDs and entities are refused.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element  # the type alone: what parses is defusedxml's

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.box import upright_size
from ...schemas.errors import InputError
from ..file_names import text
from ..options import option
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from ..records import Media, Object, Record, batches
from ..xml_reader import XmlError, parse, root_tag
from .beside import remark_pipes
from .object_error import ObjectError
from .voc_edits import edits, sized
from .voc_files import Listing, XmlFile, first_xml, list_xml, select
from .voc_foreign import root_format
from .voc_layout import default_images
from .voc_objects import read_object
from .voc_pictures import PictureNames

__all__ = ["FRAME", "NAME", "SUMMARY", "Options", "default_images", "edits", "read", "sniff"]

NAME = "voc"
SUMMARY = "PASCAL VOC and ImageNet XML, one file a picture: a VOCdevkit, a tree of folders, one file"
FRAME = "pixels as they stand: xmin, ymin, xmax, ymax (with --voc-one-based: xmin - 1, ymin - 1, xmax, ymax)"

LARGEST_FILE = 16 << 20
"""Bytes; the annotations of one picture are a few kB, so a larger file is not read."""

_HEAD = 65536
_LARGEST_SIDE = 2**31 - 1


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading VOC."""

    imageset: str = option("", "Read the pictures of this list alone, such as train or val.", metavar="NAME")
    voc_one_based: bool = option(False, "Count pixels from 1 with the last one inside, as the VOC kit does.")


def sniff(path: Path) -> str | None:
    """Why this looks like VOC: an XML file with the root `<annotation>`, here or among the first in the folder."""
    try:
        files = first_xml(path)
    except (InputError, OSError):
        return None
    for file in files:
        with suppress(OSError), Path(file.path).open("rb") as opened:
            if root_tag(opened.read(_HEAD)) == "annotation":
                return f"{text(file.name)} has the root <annotation>"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record an XML file, sorted by path; coordinates in pixels as they stand.

    A file that is no readable XML is an image rejected as AN001, an object without a name (AN012), box (AN023) or
    numbers (AN004) an annotation rejected. Raises `InputError` when nothing there is VOC, saying what is, and
    `ConfigError` for an image set that does not exist.
    """
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    listing = list_xml(path)
    remark_pipes(listing.pipes, accounting)
    if not listing.below:
        raise _nothing(path, listing, None)
    if options.imageset:
        listing = select(listing, options.imageset, accounting)
    names = PictureNames(listing.home, pictures)
    found, first_fault = False, None
    for file in listing.files():
        reader = _Reader(file, options, names, accounting)
        if record := reader.record():
            found = True
            yield record
        first_fault = first_fault or reader.fault
    if not found:
        raise _nothing(path, listing, first_fault)


def _nothing(path: Path, listing: Listing, fault: str | None) -> InputError:
    fact = f"no VOC annotations here; found {listing.census.seen()}"
    remedy = "Name a folder of XML files whose root is <annotation>, or convert by the format that it is."
    about = f" ({fault})" if fault and listing.below[0].lower().endswith(".xml") else ""
    return InputError(str(path), fact + about, remedy)


class _Reader:
    """Reads one XML file; `fault` says in words why it gave no record."""

    def __init__(self, file: XmlFile, options: Options, names: PictureNames, accounting: Accounting) -> None:
        self.file = file
        self.name = text(file.name)
        self.options = options
        self.names = names
        self.accounting = accounting
        self.fault: str | None = None

    def record(self) -> Record | None:
        """The file's record, or None where it was rejected or is of another format."""
        try:
            root = self._root()
        except XmlError as fault:
            self._reject_file("AN001", fault.at, fault.value, fault.message)
            return None
        if root.tag != "annotation":
            self._foreign(root.tag)
            return None
        size = self._size(root)
        picture = self._picture(root, size)
        if not all(size):
            self._remark_size(root, picture)
        for path in (self.file.name, picture):
            if text(path) != path:
                self._reject_file("IM011", "", text(path), "the path is not UTF-8")
                return None
        self.accounting.read("images")
        return Record(self.file.id, self.name, "/annotation", [Media(picture, *size)], list(self._objects(root)))

    def _root(self) -> Element:
        try:
            with open(self.file.path, "rb", buffering=0) as opened:  # noqa: PTH123  Path costs more than the parse
                if (size := os.fstat(opened.fileno()).st_size) > LARGEST_FILE:
                    raise _too_large(size, opened.read(_HEAD))
                data = opened.read()
        except OSError as error:
            raise XmlError("", error.strerror, f"cannot be read: {error.strerror}") from None
        self.accounting.input(self.name, len(data), hashlib.sha256(data).hexdigest())
        return parse(data)

    def _reject_file(self, code: str, at: str, value: object, message: str) -> None:
        self.fault = f"{self.name}: {message}"
        self.accounting.read("images")
        self.accounting.reject("images", code, file=self.name, at=at, value=value, message=message)

    def _foreign(self, tag: str) -> None:
        message = root_format(tag)
        self.fault = f"{self.name}: {message}"
        self.accounting.remark("AN026", file=self.name, at=f"/{tag}", value=tag, message=message)

    def _size(self, root: Element) -> tuple[int, int]:
        """Width and height in pixels as `<size>` states them; (0, 0) where it does not."""
        width, height = map(_side, _sides(root))
        return (width, height) if width and height else (0, 0)

    def _remark_size(self, root: Element, picture: str) -> None:
        """That the size is not stated, with that of the picture where it is there and can be written in its place."""
        texts, fix = _sides(root), None
        absent = root.find("size") is None
        if self.names.pictures.check and self.accounting.room_for("AN020") and not absent:
            with suppress(PictureFault):
                facts = self.names.pictures.facts(self.names.pictures.find(picture))
                fix = sized(self.name, *upright_size(facts.orientation, facts.width, facts.height))
        message = "there is no <size>" if absent else f"<size> is {texts[0]!r} x {texts[1]!r}"
        value = " x ".join(texts)
        self.accounting.remark("AN020", file=self.name, at="/annotation/size", value=value, message=message, fix=fix)

    def _picture(self, root: Element, size: tuple[int, int]) -> str:
        path, instead_of = self.names.choose(self.file.path, root.findtext("filename"), size)
        if instead_of is not None:
            message = f"<filename> is {instead_of[:80]!r}; {path} was taken, which is there"
            self._remark("AN025", "/annotation/filename", instead_of, message)
        return path

    def _objects(self, root: Element) -> Iterator[Object]:
        for number, element in enumerate(root.findall("object"), start=1):
            self.accounting.read("annotations")
            at = f"/annotation/object[{number}]"
            try:
                yield read_object(element, at, one_based=self.options.voc_one_based, remark=self._remark)
            except ObjectError as fault:
                fault.reject(self.accounting, self.name)

    def _remark(self, code: str, at: str, value: object, message: str) -> None:
        self.accounting.remark(code, file=self.name, at=at, value=value, message=message)


def _sides(root: Element) -> list[str]:
    """What `<size>` says of width and height, as texts."""
    return [root.findtext(f"size/{side}", "").strip() for side in ("width", "height")]


def _too_large(size: int, head: bytes) -> XmlError:
    root = root_tag(head)
    about = f"; {root_format(root)}" if root and root != "annotation" else ""
    return XmlError("", size, f"{size} bytes are too many for the annotations of one picture{about}")


def _side(text: str) -> int:
    """Pixels as a whole number; 0 for what is none, as 640.0 is and -1, NaN and 1e12 are not."""
    try:
        side = float(text)
    except ValueError:
        return 0
    return int(side) if 0 < side <= _LARGEST_SIDE else 0

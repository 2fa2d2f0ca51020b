"""YOLO: a text file a picture, a line an object: class index and fractions of the picture's sides, 0 to 1.

Read: Ultralytics (data.yaml; images/ and labels/ that mirror each other), darknet (obj.data, lists of pictures), flat
folders of both kinds of file, folders of labels with --images, one list, one file. Lines are boxes, polygons, turned
boxes and keypoints (`yolo_lines.py`; how they are told apart: `yolo_form.py`), with the score that predictions have.
Source: Ultralytics' dataset guides and its `check_det_dataset`, `verify_image_label`, `img2label_paths`; darknet's
`data.c`. Order: lists as they stand, all else by path.

Known lies, and what is done about them:

- Fractions mean nothing without the picture's size: that of the picture as people see it (EXIF applied) is taken, from
  its header or from `--sizes`. A file all of whose numbers are over 1 holds pixels: it is rejected (GE006). Single
  values over 1 pass on as what they are, outside the picture.
- data.yaml names folders on the machine that wrote it (`yolo_entries.py` finds them); one that is not there is said
  (AN027), and the tree is then read whole.
- An index without a name is AN019; names may have gaps. 0.0 is an index too.
- An empty label file and a picture without one are the same to the trainers: a picture with nothing in it. Both are
  records without objects. A label file without a picture is counted and rejected with its picture (IM001).
- Two pictures of one name and other endings share one label file, as they do for the trainers.
- Six decimals are usual: corners are true to 0.75e-6 of the picture's side, 0.0005 px at 640.
- Label Studio's export gives turned rectangles the corner of the turned shape with the unturned sides: they are wrong
  there and cannot be righted here; convert its JSON.

Not carried: splits (they are made anew; `--imageset` reads one), flip_idx, names of keypoints.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.box import upright_size
from ...schemas.errors import ConfigError, InputError
from ..file_names import text
from ..options import option
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from .picture_sizes import Sizes, read_sizes
from .yolo_form import KINDS, parse_kpt_shape, shown_form, stated_form
from .yolo_layout import DataSet, Opener
from .yolo_lines import Form, Shape, parse
from .yolo_names import describe, is_names_file
from .yolo_table import Head, Rows
from .yolo_tree import Pair, content, first_line, first_lines, holds_labels, is_list, walk

NAME = "yolo"
SUMMARY = "YOLO text files, darknet's and Ultralytics': boxes, polygons, turned boxes, keypoints"
FRAME = "fractions of the upright picture's sides: centre and size of a box, or corners; times its size in pixels"

LARGEST_FILE = 16 << 20
"""Bytes; the labels of one picture are a few kB, so a larger file is not read."""

ROWS = 2048
_LOOK = 5000


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading YOLO."""

    names: Path | None = option(None, "The class names: a file with a name a line, or a data.yaml.", metavar="FILE")
    labels: str = option("auto", "What lines of more than six values are.", choices=("auto", *KINDS))
    kpt_shape: str = option("", "Points of an object and numbers of a point, such as 17,3.", metavar="K,D")
    imageset: str = option("", "Read the pictures of this set alone, such as train or val.", metavar="NAME")
    sizes: Path | None = option(None, "Sizes of pictures: lines of file,width,height.", metavar="FILE")


def sniff(path: Path) -> str | None:
    """Why this looks like YOLO: a data.yaml or obj.data, a list of pictures, a file of lines of five numbers."""
    try:
        return _sniff_folder(path) if path.is_dir() else _sniff_file(path, path.name)
    except (InputError, OSError, ValueError):
        return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture; coordinates in pixels of the upright picture.

    A line that cannot be read is an annotation rejected (AN004, AN019, AN023), one in pixels GE006; a label file that
    cannot be opened an image (AN001). Raises `InputError` where there are no labels, no class names, or no way to know
    the pictures' sizes; `ConfigError` for options that fit nothing here.
    """
    if not pictures.check and options.sizes is None:
        raise InputError(
            str(path),
            "YOLO's numbers are fractions of the pictures' sides, and pictures are not to be opened",
            "Drop --no-check-images, or give the sizes: --sizes FILE with lines of file,width,height.",
        )
    sizes = Sizes(dict(read_sizes(options.sizes, accounting))) if options.sizes else None
    opener = Opener(path, pictures, sizes, accounting)
    data = opener.open(options.names, options.imageset)
    form = _form(data, options, str(path))
    yield from _Reader(opener, data, form, pictures, sizes, accounting).batches()


def _form(data: DataSet, options: Options, place: str) -> Form:
    shape = None
    if options.kpt_shape:
        shape = parse_kpt_shape(options.kpt_shape, "--kpt-shape")
    elif data.kpt_shape and options.labels in ("auto", "pose"):
        try:
            shape = parse_kpt_shape(data.kpt_shape, f"{place}: kpt_shape")
        except ConfigError as error:
            raise InputError(error.place, error.fact, f"{error.remedy} Or give --kpt-shape.") from None
    return stated_form(options.labels, shape, data.task) or shown_form(_contents(data.pairs), place)


def _contents(pairs: list[Pair]) -> Iterator[bytes]:
    """What stands in the label files, as far as they can be read."""
    for each in pairs:
        try:
            if each.label:
                yield content(each.label, LARGEST_FILE)
        except (OSError, ValueError):
            continue


class _Reader:
    """Reads the label files of one data set."""

    def __init__(
        self, opener: Opener, data: DataSet, form: Form, pictures: Pictures, sizes: Sizes | None, accounting: Accounting
    ) -> None:
        self.opener = opener
        self.pairs = data.pairs
        self.form = form
        self.pictures = pictures
        self.sizes = sizes
        self.accounting = accounting
        self.seen: set[str] = set()  # label files: two pictures may share one
        self.labels = list(dict.fromkeys(data.names.values()))
        code = {name: place for place, name in enumerate(self.labels)}
        self.codes = {str(index).encode(): code[name] for index, name in data.names.items()}
        self.last = _said_indices(data.names)
        if len(self.labels) < len(data.names):
            twice = next(name for name in self.labels if list(data.names.values()).count(name) > 1)
            message = f"{twice!r} is the name of several classes"
            accounting.remark("AN011", file=str(opener.said), at="names", value=twice, message=message)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches of the annotation table, in the order of the pairs."""
        names = pa.array(self.labels, pa.string())
        ids = self._ids()
        waiting = iter(zip(ids, self.pairs, strict=True))
        while chunk := list(islice(waiting, ROWS)):
            rows = Rows()
            for record, each in chunk:
                self._add(record, each, rows)
            if rows.heads:
                yield rows.batch(names)

    def _ids(self) -> list[str]:
        """The pictures' names without their endings; with them where two would be the same."""
        keys = [each.key for each in self.pairs]
        if len(set(keys)) == len(keys):
            return keys
        return [self._name(each) for each in self.pairs]

    def _add(self, record: str, each: Pair, rows: Rows) -> None:
        picture = self._name(each)
        file, at = self._place(each, picture)
        if not (_is_utf8(picture) and _is_utf8(each.label or "")):
            self._reject_image("IM011", file, at, text(picture), "the path is not UTF-8")
            return
        shapes: list[Shape] = []
        if each.label:
            try:
                data = content(each.label, LARGEST_FILE)
            except (OSError, ValueError) as error:
                said = (error.strerror if isinstance(error, OSError) else None) or str(error)
                self._reject_image("AN001", file, at, said, f"the label file cannot be read: {said}")
                return
            if each.label not in self.seen:
                self.seen.add(each.label)
                self.accounting.input(file, len(data), hashlib.sha256(data).hexdigest())
            shapes = self._shapes(data, file)
            if each.picture is None and self.pictures.check:
                self._reject_label(file, shapes)
                return
        self.accounting.read("images")
        rows.add(Head(record, file, at, picture, self._size(picture)), shapes)

    def _shapes(self, data: bytes, file: str) -> list[Shape]:
        """The shapes that are kept; each line that is not is rejected."""
        shapes, faults, in_pixels = parse(data, self.form, self.codes, self.last)
        self.accounting.read("annotations", len(shapes) + len(faults))
        for fault in faults:
            self.accounting.reject(
                "annotations", fault.code, file=file, at=fault.at, value=fault.value, message=str(fault)
            )
        if not in_pixels:
            return shapes
        said = "every number in the file is over 1: these are pixels, not fractions of the picture"
        for shape in shapes:
            value = [side if isfinite(side) else str(side) for side in shape.box]
            self.accounting.reject("annotations", "GE006", file=file, at=shape.at, value=value, message=said)
        return []

    def _place(self, each: Pair, picture: str) -> tuple[str, str]:
        """The file that says so and where: the label file, else the list, else the picture is all there is."""
        if each.label:
            return self.opener.shown(each.label), "1:1"
        return each.at or (text(picture), "")

    def _name(self, each: Pair) -> str:
        """The picture's name relative to the folder of the pictures, if it stands there."""
        if each.picture is None:
            return (self.sizes.named(each.key) if self.sizes else None) or f"{each.key}.jpg"
        for base in (self.opener.root, self.opener.top):
            if each.picture.startswith(f"{base.rstrip('/')}/"):
                return each.picture[len(base.rstrip("/")) + 1 :]
        return each.picture

    def _size(self, picture: str) -> tuple[int, int]:
        """Width and height of the upright picture; (0, 0) where it cannot be used, which the next stage says."""
        if self.sizes is not None and (size := self.sizes.of(picture)):
            return size
        if not self.pictures.check:
            return 0, 0
        try:
            facts = self.pictures.facts(self.pictures.find(picture))
        except PictureFault:
            return 0, 0
        return upright_size(facts.orientation, facts.width, facts.height)

    def _reject_label(self, file: str, shapes: list[Shape]) -> None:
        """A label file of which no picture is there: its picture and its objects are left out.

        It is known here, and a look for a namesake elsewhere could find another label's picture.
        """
        said = f"no picture of that name is below {self.opener.root}"
        self._reject_image("IM001", file, "", file, said)
        for shape in shapes:
            self.accounting.reject("annotations", "IM001", file=file, at=shape.at, value=file, message=said)

    def _reject_image(self, code: str, file: str, at: str, value: object, message: str) -> None:
        self.accounting.read("images")
        self.accounting.reject("images", code, file=file, at=at, value=value, message=message)


def _is_utf8(path: str) -> bool:
    return path.isascii() or text(path) == path


def _said_indices(names: dict[int, str]) -> str:
    """`there are 80 names, 0 to 79`, or with gaps `there are 77 names between 1 and 90`."""
    low, high = min(names), max(names)
    whole = high - low + 1 == len(names)
    return f"there are {len(names)} names, {low} to {high}" + ("" if whole else ", not every index has one")


def _sniff_folder(path: Path) -> str | None:
    files = list(islice(walk(str(path)), _LOOK))
    for below in files:
        if below.lower().endswith((".yaml", ".yml", ".data")) and (why := _sniff_file(path / below, below)):
            return why
    named = next((below for below in files if is_names_file(below.rpartition("/")[2])), None)
    texts = [below for below in files if below.lower().endswith(".txt") and not is_names_file(below.rpartition("/")[2])]
    why = next((why for below in texts[:50] if (why := _sniff_label(path / below, below))), None)
    return f"{text(named)} names classes and {why}" if named and why else why


def _sniff_file(path: Path, shown: str) -> str | None:
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml", ".data"):
        try:
            described = describe(path, shown, None)
        except InputError:
            return None
        splits = dict.fromkeys(split for split, _ in described.entries) if described else {}
        return f"{text(shown)} describes a data set ({', '.join(splits) or 'class names'})" if described else None
    if suffix != ".txt" or is_names_file(path.name):
        return None
    lines = first_lines(str(path))
    if lines and all(map(is_list, lines[:-1] or lines)):  # the last may be cut
        return f"{text(shown)} lists pictures"
    return _sniff_label(path, shown)


def _sniff_label(path: Path, shown: str) -> str | None:
    """A line that begins with a whole number and four fractions."""
    line = first_line(str(path))
    cells = line.split()
    if not holds_labels(line) or not cells[0].isdigit():
        return None
    if all(-0.5 <= float(cell) <= 1.5 for cell in cells[1:5]):
        return f"{text(shown)} has lines of a class index and fractions"
    return None

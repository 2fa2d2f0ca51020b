"""VGG Image Annotator, versions 1 and 2: a project, a JSON export of regions, or a CSV export; one file.

A picture has a file name and regions: rect, circle, ellipse, polygon, polyline, point, in pixels of the picture as the
browser shows it (upright). What a region *is* stands in an attribute that the project's author named:
`--label-attribute`, by default the only one, else the one called label, class, name, type or category. Its size in
pixels is not in the file. Source: gitlab.com/vgg/via, via.js of 1.0 and 2.0, and the files those write.

Known lies, and what is done about them:

- `size` is of the file in bytes, and part of the key: neither is looked at.
- Sets of one class have no attributes at all: `--label` names them all.
- Pictures of a project stand in its `default_filepath`, often a folder of another machine: looked for there and
  beside the file, else by name. The name may be an address.
- Check boxes tick several values: they become one label, "cat, dog".
- Regions are a list in VIA 2 and numbered in VIA 1. Of a key written twice, the last is read, as by every JSON reader.

`file_attributes` called caption or description become captions; others that say something are counted and left out
(AN022). VIA 3 is another format and not read; VIA's COCO export is read by the source `coco`. The file's bytes are
held, of a CSV its cells; objects only of one picture at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..file_names import text
from ..json_stream import top_level
from ..options import option
from ..pictures.find import Pictures
from ..records import Caption, Media, Object, Record, batches
from .beside import PicturesBeside, label_files
from .object_error import ObjectError
from .via_files import Picture, Project, Region, is_csv
from .via_regions import attributes_of, label_attribute, read_region

NAME = "via"
SUMMARY = "VGG Image Annotator 1 and 2: project, JSON or CSV export of regions"
FRAME = "pixels of the upright picture, as the browser shows it; theta in radians, clockwise"

CAPTIONS = frozenset({"caption", "captions", "description"})
"""Names of file attributes, lower case, that say what the picture shows."""


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading VIA."""

    label_attribute: str = option("", "The region attribute that names the object.", metavar="NAME")
    label: str = option("", "The label of regions that have none.", metavar="TEXT")


def sniff(path: Path) -> str | None:
    """Why this file looks like VIA: its project's keys, its pictures' keys, or the columns of its CSV."""
    if path.is_dir():
        return None
    keys = top_level(path)
    if keys is None:
        return "a CSV with region_shape_attributes" if is_csv(path) else None
    if "_via_img_metadata" in keys:
        return "a project with _via_img_metadata"
    first = next(iter(keys.values()), "")
    if "" not in keys and '"filename"' in first and '"regions"' in first:
        return "pictures by key, with 'filename' and 'regions'"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture, in the file's own order (CSV: of the first rows).

    Raises `InputError` where the file is neither, `ConfigError` where several attributes could be the label.
    """
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    if path.is_dir():
        names = ", ".join(text(file.name) for file in label_files(path, (".json", ".csv"))[:6])
        raise InputError(str(path), f"is a folder; in it: {names}", "Name the one file that VIA saved or exported.")
    label_files(path, ())
    project = Project(path, accounting)
    attribute = _attribute(project, options)
    reader = _Reader(project, attribute, options.label, PicturesBeside(pictures), accounting)
    found = False
    for picture in project.pictures():
        if record := reader.record(picture):
            found = True
            yield record
    if not found and not reader.count:
        raise InputError(str(path), "holds no picture", "Give the file that VIA's Save or Export wrote.")


def _attribute(project: Project, options: Options) -> str:
    seen = {name for picture in project.pictures() for each in picture.regions for name in attributes_of(each.value)}
    named = options.label_attribute
    if named and named not in seen:
        fact = f"no region has an attribute {named!r}; they have {', '.join(sorted(seen)) or 'none'}"
        raise ConfigError("--label-attribute", fact, "Correct the name, or name all objects with --label.")
    regions = any(picture.regions for picture in project.pictures())
    if regions and not seen and not options.label:
        fact = "no region has an attribute that could be its label"
        raise ConfigError(str(project.path), fact, "Name the objects with --label, such as --label balloon.")
    return named or label_attribute(seen, str(project.path))


class _Reader:
    """Makes records of pictures; `count` is how many there were."""

    def __init__(
        self, project: Project, attribute: str, label: str, beside: PicturesBeside, accounting: Accounting
    ) -> None:
        self.project = project
        self.name = text(str(project.path))
        self.attribute = attribute
        self.label = label.strip()
        self.beside = beside
        self.accounting = accounting
        self.count = 0

    def record(self, picture: Picture) -> Record | None:
        """The picture's record; None where it has no name, with all its regions rejected."""
        self.count += 1
        self.accounting.read("images")
        name = picture.name.strip() if isinstance(picture.name, str) else ""
        if not name:
            fact = "the picture has no filename"
            self.accounting.reject("images", "AN023", file=self.name, at=picture.at, value=None, message=fact)
            for region in picture.regions:
                self._reject(ObjectError("AN023", region.at, None, fact))
            return None
        media = Media(self._path(name))
        captions = list(self._captions(picture))
        return Record(name, self.name, picture.at, [media], list(self._objects(picture.regions)), captions)

    def _path(self, name: str) -> str:
        return self.beside.name(self.project.path, [name, f"{self.project.folder}{name}"])

    def _captions(self, picture: Picture) -> Iterator[Caption]:
        for key, value in picture.attributes.items():
            if value in ("", None, {}):
                continue
            at = f"{picture.at}/file_attributes"
            if key.casefold() in CAPTIONS and isinstance(value, str):
                self.accounting.read("annotations")
                yield Caption(at, value.strip())
            else:
                fact = f"the attribute {key[:80]!r} is about the whole picture"
                self._reject(ObjectError("AN022", at, str(value)[:200], fact))

    def _objects(self, regions: list[Region]) -> Iterator[Object]:
        for region in regions:
            try:
                if region.fault:
                    raise ObjectError("AN004", region.at, str(region.value)[:200], region.fault)
                thing = read_region(region.value, region.at, self.attribute, self.label)
            except ObjectError as fault:
                self._reject(fault)
            else:
                self.accounting.read("annotations")
                yield thing

    def _reject(self, fault: ObjectError) -> None:
        self.accounting.read("annotations")
        fault.reject(self.accounting, self.name)

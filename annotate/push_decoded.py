"""A model's own words as predictions: rows of a target, a JSON list or JSON Lines, read back by the target's decoder.

A row is what `mmdata convert --to TARGET` writes, with the model's answers where those of the set stood. It names its
pictures and no sizes, so the pictures are opened; boxes come back in pixels of the upright one, within the grid's half
cell. Several rows about one picture are one record; a box that two of them say is one. Its id is that of the record
that mmdata made the row of (`12` of `12-detect`), so that predictions join the tasks that are there; else it is the
picture's name. A picture that the conversion wrote anew is the one it was made of (`push_out_pictures`). What is no row
is rejected, and so is a picture that is not there; words in which the decoder finds no box say nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from ..converters.pictures.fault import PictureFault
from ..converters.pictures.find import Pictures
from ..converters.records import Media, Object, Record, batches
from ..converters.sources import load_source
from ..converters.sources.json_rows import form_of, json_rows
from ..converters.sources.object_error import ObjectError
from ..converters.sources.protocol import Source
from ..converters.targets import load_target
from ..converters.targets.protocol import Decoded
from ..converters.templates.wordings import ALL_TASKS
from ..schemas.accounting import Accounting
from ..schemas.box import upright_size
from ..schemas.errors import InputError
from .push_out_pictures import Originals

_MADE = re.compile(rf"(.+?)-(?:{'|'.join(map(re.escape, ALL_TASKS))})(?:-\d+)*\Z", re.DOTALL)
"""The id that mmdata gives a row: the record's, the task's, a number where there are several."""


@dataclass(frozen=True)
class Options:
    """Nothing to choose."""


class Decoding:
    """The rows of one target, as a source."""

    Options = Options

    def __init__(self, target: str) -> None:
        self._target = load_target(target)
        self.NAME = target
        self.SUMMARY = f"What a model says in the form of {target}, its boxes decoded"
        self.FRAME = self._target.FRAME
        self._originals = Originals(Path())

    def sniff(self, path: Path) -> str | None:
        """Rows are not told from other JSON: the user names the target."""
        return "rows of JSON" if path.is_file() and form_of(path) in ("list", "lines") else None

    def default_images(self, path: Path) -> Path:
        """The folder of the rows."""
        return path.parent

    def read(self, path: Path, options: Any, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
        """A record for each picture, or set of pictures, in the order of the rows. Raises `InputError` for no rows."""
        if form_of(path) not in ("list", "lines"):
            raise InputError(str(path), "is no JSON list of rows and no JSON Lines", "Give the rows that were decoded.")
        self._originals = Originals(pictures.root)
        records: dict[tuple[str, ...], Record] = {}
        said: set[tuple[object, ...]] = set()
        for row in json_rows(path, accounting):
            try:
                self._add(row.value if row.fault is None else _raised(row.fault), row.at, path, pictures, records, said)
            except (ObjectError, PictureFault) as fault:
                accounting.read("annotations")
                file = str(path)
                accounting.reject(
                    "annotations", fault.code, file=file, at=row.at, value=fault.value, message=str(fault)
                )
        for record in records.values():
            accounting.read("images", len(record.media))
            accounting.read("annotations", len(record.objects))
        yield from batches(records.values())

    def _add(
        self,
        row: Any,
        at: str,
        path: Path,
        pictures: Pictures,
        records: dict[tuple[str, ...], Record],
        said: set[tuple[object, ...]],
    ) -> None:
        names, sizes, found = self._decoded(row, pictures)
        if names not in records:
            media = [Media(name, *size) for name, size in zip(names, sizes, strict=True)]
            records[names] = Record(_identity(row, names), str(path), at, media)
        for each in found:
            thing = (names, each.label, each.box, each.media)
            if thing in said:
                continue
            said.add(thing)
            points = [each.box.x1, each.box.y1, 2.0] if each.point else None
            records[names].objects.append(
                Object(at, each.label or "", each.box, each.media, quad=each.quad, keypoints=points)
            )

    def _decoded(self, row: Any, pictures: Pictures) -> tuple[tuple[str, ...], list[tuple[int, int]], list[Decoded]]:
        if not isinstance(row, dict):
            raise ObjectError("AN004", "", str(row)[:80], "the row is no object")
        try:
            names = tuple(self._there(name, pictures) for name in self._target.pictures(row))
            facts = [pictures.facts(pictures.find(name)) for name in names]
            sizes = [upright_size(each.orientation, each.width, each.height) for each in facts]
            found = self._target.decode(row, sizes)
        except (InputError, KeyError, TypeError, ValueError, AttributeError) as fault:
            said = " ".join(str(fault).split())[:200]
            raise ObjectError("CV009", "", row.get("id"), f"the row is none of {self.NAME}: {said}") from None
        if not names:
            raise ObjectError("AN023", "", row.get("id"), "the row shows no picture")
        return names, sizes, found

    def _there(self, name: str, pictures: Pictures) -> str:
        """The name of a picture that can be found: where a conversion wrote it anew, that of the first."""
        try:
            pictures.find(name)
        except PictureFault:
            return self._originals.of(name) or name
        return name


def source_of(name: str) -> Source:
    """The source of that name, else the target's rows as one. `KeyError` where there is neither."""
    try:
        return load_source(name)
    except KeyError:
        return cast(Source, Decoding(name))


def _raised(fault: ObjectError) -> Any:
    raise fault


def _identity(row: dict[str, Any], names: tuple[str, ...]) -> str:
    given = row.get("id")
    made = _MADE.match(str(given)) if isinstance(given, (str, int)) else None
    return made[1] if made else Path(names[0]).name

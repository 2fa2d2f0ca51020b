"""Interleaved documents: texts with pictures between them, as native multimodal models are trained on.

Read, JSON Lines or lists, parquet and Arrow: OBELICS (`images` and `texts` of one length, at every index exactly one is
not null), MMC4 (`text_list`, `image_info` with `matched_text_index`), data-juicer (`<__dj__image>` in `text`), and the
rows of our own target `segments`; `interleaved_rows.py` has the shapes. Sources: the cards of huggingface/OBELICS and
allenai/mmc4, data-juicer's docs on its intermediate format.

Known lies, and what is done about them:

- OBELICS' and MMC4's pictures are addresses: nothing is downloaded. A copy under `--images` is found by the end of its
  address; without one the document is rejected (IM012), since without its pictures it is another document.
- MMC4 does not know where a picture stood: it is put right before the sentence that it was matched to, those of one
  sentence in the order of the list. `similarity_matrix` and face detections are not read.
- In data-juicer's text more tags than files, or fewer, shift every picture that follows: rejected (CV006).
  `<|__dj__eoc|>` ends a chunk and becomes a blank line.
- Both, or neither, at an index of OBELICS is no place for anything: rejected (AN004).

A record is a document; its one annotation is a `conversation` whose only turn is a `document`, which the task `chat`
passes on. Texts that follow each other have a blank line between, MMC4's sentences a space.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import text
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from ..records import Conversation, Media, Record, batches
from .beside import PicturesBeside, first_files, label_files
from .huggingface_tables import ENDINGS, schema_of, table_rows
from .interleaved_rows import Shown, document_of, media_listed, shape_of
from .json_rows import JsonRow, first_row, json_rows
from .object_error import ObjectError
from .own_names import group_of_turns, own_id
from .text_lines import shortened
from .whole_rows import reject_whole

NAME = "interleaved"
SUMMARY = "Documents of text and pictures: OBELICS, MMC4, data-juicer, our own segments"
FRAME = "no boxes; in our own segments pixels of the upright picture"

_ENDINGS = (".jsonl", ".json", *ENDINGS)
_COLUMNS = frozenset({"images", "texts", "text_list", "image_info", "text", "videos", "audios", "segments", "id"})
_SHAPES = ({"images", "texts"}, {"text_list", "image_info"}, {"segments"})
_UP = re.compile(r'"((?:\.\./)+)')
_LEVELS = 2
_HEAD = 1 << 16


@dataclass(frozen=True)
class Options:
    """Documents have no options of their own."""


def sniff(path: Path) -> str | None:
    """Why this looks like documents: the keys of the first row, or the columns of a table."""
    if path.suffix.lower() in ENDINGS and path.is_file():
        return _columns_of(path)
    return shape_of(first_row(path)) if path.is_file() else None


def _columns_of(path: Path) -> str | None:
    try:
        schema = schema_of(path)
    except InputError:
        return None
    names = next((names for names in _SHAPES if names <= set(schema.names)), None)
    if names is None or any(not pa.types.is_list(schema.field(name).type) for name in names):
        return None
    if "texts" in names and pa.types.is_struct(schema.field("texts").type.value_type):
        return None  # turns of question and answer
    return f"a table with the columns {' and '.join(map(repr, sorted(names)))}"


def default_images(path: Path) -> Path:
    """The folder of the file, or one or two above it, where paths in its head begin with so many `../`."""
    folder = path if path.is_dir() else path.parent
    files = [each for each in first_files(path, (".jsonl", ".json")) if each.suffix.lower() not in ENDINGS]
    try:
        with files[0].open("rb") as file:
            head = file.read(_HEAD).decode("utf-8", "replace")
    except (OSError, IndexError):
        return folder
    levels = max((len(found) // 3 for found in _UP.findall(head)), default=0)
    return Path(os.path.normpath(folder / Path(*[".."] * min(levels, _LEVELS)))) if levels else folder


def read(path: Path, _options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a document, in the order of the rows.

    Holds a batch of rows at a time. Raises `InputError` where there is no such file, a file is not whole, or no row is
    a document.
    """
    return batches(_records(path, pictures, accounting))


def _records(path: Path, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    known = False
    for file in label_files(path, _ENDINGS, accounting):
        reader = _Reader(file, pictures, accounting)
        for row in _rows(file, accounting):
            known = known or shape_of(row.value) is not None
            if record := reader.record(row):
                yield record
    if not known:
        fact = "holds no document of text and pictures"
        raise InputError(str(path), fact, "Give rows with 'images' and 'texts', 'text_list' and 'image_info', or tags.")


def _rows(file: Path, accounting: Accounting) -> Iterator[JsonRow]:
    return table_rows(file, _COLUMNS, accounting) if file.suffix.lower() in ENDINGS else json_rows(file, accounting)


class _Reader:
    """Makes records of the rows of one file."""

    def __init__(self, file: Path, pictures: Pictures, accounting: Accounting) -> None:
        self.file = file
        self.name = text(str(file))
        self.pictures = pictures
        self.beside = PicturesBeside(pictures)
        self.accounting = accounting

    def record(self, row: JsonRow) -> Record | None:
        """The row's document; None where it is rejected, with the media it lists."""
        self.accounting.read("annotations")
        try:
            if row.fault:
                raise row.fault
            if not isinstance(row.value, dict):
                raise ObjectError("AN004", row.at, shortened(row.value), "the row is no object")
            document = document_of(row.value, row.at)
            media = [self._media(each, f"{row.at}/{number}") for number, each in enumerate(document.shown)]
        except ObjectError as fault:
            reject_whole(fault, self.name, media_listed(row.value), self.accounting)
            return None
        self.accounting.read("images", len(media))
        given, said = own_id(row.value), Conversation(row.at, document.turns)
        group = None if given or media else group_of_turns(said.turns)
        return Record(
            given or row.at.strip("/").partition(":")[0], self.name, row.at, media, conversations=[said], group=group
        )

    def _media(self, shown: Shown, at: str) -> Media:
        if shown.data is None:
            name = self.beside.name(self.file, [shown.address])
            return Media(name, shown.width, shown.height, shown.kind)
        try:
            return Media(self.pictures.embedded.keep(shown.address, shown.data))
        except PictureFault as fault:
            raise ObjectError(fault.code, at, fault.value, fault.message) from None

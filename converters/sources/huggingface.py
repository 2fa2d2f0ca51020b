"""Hugging Face data sets on disk: parquet, Arrow and ImageFolder, read without the `datasets` package.

Read: a folder of parquet as the Hub has it, `save_to_disk` (state.json, data-*.arrow, dataset_dict.json), an
ImageFolder with metadata.jsonl, .csv or .parquet, or with a folder a class (`huggingface_classes.py`). Pictures are
{bytes, path} or names; objects `{bbox, category}` as an object of lists or a list of objects; sentences, questions, and
conversations as `messages`, `conversations` or `prompt` and `completion`. `huggingface_columns.py` has the names.
Source: huggingface/datasets (features/image.py, folder_based_builder.py, arrow_writer.py).

Known lies, and what is done about them:

- `bbox` has no one meaning: COCO's x, y, width, height by the documents, corners or shares in many sets. Nothing in the
  file says which. `--box-corners` and `--box-shares` do; taken wrongly, most boxes reach over the edge (GE004).
- Categories are numbers, their names in the schema alone (`huggingface` metadata): -1 is "not known" and is rejected,
  and so is every number where the schema was lost on the way (AN010).
- A picture's `path` is where its maker had it; what counts is `bytes`. They are put into files under OUT/images.
- `datasets` shows pictures turned by EXIF, so boxes were mostly drawn upright; see `--exif-boxes`.
- An ImageFolder's pictures that no line names are left out by `datasets` in silence, and here as well.

A record is a row. With `--class-question` the class of a whole picture answers it. Columns that are none of these
(embeddings, scores) are not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...schemas.accounting import Accounting, Kind
from ...schemas.box import upright_size
from ...schemas.errors import InputError
from ..file_names import text
from ..options import option
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures
from ..records import Caption, Media, Object, Question, Record, batches
from .beside import PicturesBeside
from .chat import Options as ChatOptions
from .chat import Reader as ChatReader
from .csv_rows import csv_rows, head_rows
from .huggingface_classes import class_records, sniff_classes
from .huggingface_columns import ANSWERS, Boxes, Columns, Corners, class_in, columns_of, objects_in
from .huggingface_layout import METADATA, TableFile, first_table, tables_in
from .huggingface_tables import ENDINGS, features_of, schema_of, table_rows
from .interleaved import sniff as is_interleaved
from .json_rows import JsonRow, first_row, json_rows
from .object_error import ObjectError
from .own_names import own_id
from .text_lines import shortened

NAME = "huggingface"
SUMMARY = "Hugging Face data sets on disk: parquet or Arrow with pictures inside, ImageFolder with metadata"
FRAME = "pixels: x, y, width, height; --box-corners and --box-shares say otherwise"

_IDS = ("id", "question_id", "image_id", "file_name")


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading a Hugging Face data set."""

    hub_split: str = option("", "Read this split alone, such as train.", metavar="NAME")
    box_corners: Corners = option("xywh", "What the four numbers of a box are.", choices=("xywh", "xyxy", "cxcywh"))
    box_shares: bool = option(False, "Boxes are shares of the picture, 0 to 1, and no pixels.")
    box_label: str = option("", "The label of boxes that have none.", metavar="LABEL")
    objects_column: str = option("", "The column of boxes.  [default: objects]", metavar="NAME")
    caption_column: tuple[str, ...] = option((), "A column of sentences about the picture.", metavar="NAME")
    class_question: str = option("", "Ask this about whole pictures: their class (label) answers.", metavar="TEXT")


def sniff(path: Path) -> str | None:
    """Why this looks like a Hugging Face data set: its files, and columns of which something can be made."""
    file = first_table(path)
    if file is None:
        return sniff_classes(path)
    if path.is_file() and is_interleaved(path):
        return None
    names, features = _head(file)
    columns = columns_of(names, features)
    if not (columns.pictures or columns.chat) or not columns.say_something() or {"images", "texts"} <= set(names):
        return None
    kind = "an ImageFolder's metadata" if file.name.lower() in METADATA else "a table"
    shown = ", ".join(map(repr, [*columns.pictures, *(set(columns.used()) & {*columns.captions, columns.objects})][:4]))
    return f"{kind} with the columns {shown or ', '.join(map(repr, columns.chat))}"


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a row, in the order of the files; boxes in pixels.

    Holds some rows at a time. Raises `InputError` where there are no tables, one is damaged, or has no column of which
    anything can be made.
    """
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    if path.is_dir() and first_table(path) is None:
        if not options.class_question and (seen := sniff_classes(path)):
            raise InputError(str(path), seen, 'Ask for the class: --class-question "What is in the picture?"')
        if options.class_question:
            yield from class_records(path, options.class_question, options.hub_split, accounting)
            return
    for table in tables_in(path, options.hub_split, accounting):
        names, features = _head(table.path)
        columns = columns_of(
            names, features, options.objects_column, options.caption_column, classified=bool(options.class_question)
        )
        if not columns.say_something():
            shown = ", ".join(names[:12]) or "none"
            fact = f"no column of boxes, sentences, questions or conversations; the columns are {shown}"
            remedy = "Name them with --objects-column or --caption-column; ask about classes with --class-question."
            raise InputError(str(table.path), fact, remedy)
        reader = _Reader(table, columns, options, pictures, accounting)
        for row in _rows(table.path, columns, accounting):
            if record := reader.record(row):
                yield record


def _head(path: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The names of the columns, and what `datasets` says of them."""
    suffix = path.suffix.lower()
    if suffix in ENDINGS:
        try:
            schema = schema_of(path)
        except InputError:
            return (), {}  # read again, and told, when its rows are read
        return tuple(schema.names), _typed(schema) | features_of(schema)
    if suffix == ".csv":
        return tuple(next(iter(head_rows(path, 1)), ())), {}
    row = first_row(path)
    return (tuple(row) if isinstance(row, dict) else ()), {}


def _typed(schema: pa.Schema) -> dict[str, Any]:
    """The columns that are pictures by their type, where `datasets` did not write the table."""
    found: dict[str, Any] = {}
    for field in schema:
        inner = field.type.value_type if pa.types.is_list(field.type) else field.type
        if pa.types.is_struct(inner) and {each.name for each in inner} >= {"bytes", "path"}:
            found[field.name] = {"_type": "Image"}
    return found


def _rows(path: Path, columns: Columns, accounting: Accounting) -> Iterator[JsonRow]:
    suffix = path.suffix.lower()
    if suffix in ENDINGS:
        yield from table_rows(path, columns.used(), accounting)
    elif suffix == ".csv":
        names: list[str] | None = None
        for line, cells in csv_rows(path, accounting):
            if names is None:
                names = cells
            else:
                yield JsonRow(f"{line}:1", dict(zip(names, cells, strict=False)))
    else:
        yield from json_rows(path, accounting)


class _Reader:
    """Makes records of the rows of one table."""

    def __init__(
        self,
        table: TableFile,
        columns: Columns,
        options: Options,
        pictures: Pictures,
        accounting: Accounting,
    ) -> None:
        self.file = table.path
        self.name = text(str(table.path))
        self.columns = columns
        self.class_question = options.class_question
        self.how = Boxes(options.box_corners, options.box_shares, options.box_label, columns.classes)
        self.pictures = pictures
        self.beside = PicturesBeside(pictures)
        self.accounting = accounting
        self.chat = ChatReader(table.path, ChatOptions(), pictures, accounting)

    def record(self, row: JsonRow) -> Record | None:
        """What a row says; None where nothing of it can be used, which is rejected."""
        fault = row.fault
        try:
            if fault is None and not isinstance(row.value, dict):
                raise ObjectError("AN004", row.at, shortened(row.value), "the row is no object")
            if fault is None:
                return self._chat(row) if self.columns.chat else self._record(row)
        except ObjectError as other:
            fault = other
        self._reject(fault or ObjectError("AN004", row.at, None, "the row is no object"), "annotations")
        return None

    def _record(self, row: JsonRow) -> Record:
        value: dict[str, Any] = row.value
        given = list(self._given(value, row.at))
        media = [self._media(each, at, value, alone=len(given) == 1) for each, at in given]
        record = Record(self._id(value, row.at), self.name, row.at, [each for each in media if each])
        lost = sum(each is None for each in media)
        record.captions = list(self._captions(value, row.at))
        record.questions = [*self._questions(value, row.at), *self._class(value, row.at)]
        record.objects = list(self._objects(value, row.at, record.media))
        self.accounting.read("annotations", len(record.captions) + len(record.questions))
        self.accounting.read("images", len(record.media))
        if lost or not record.media:
            self._bare(record, lost)
        return record

    def _bare(self, record: Record, lost: int) -> None:
        """Leave out all that is said of pictures that are not there; the record stays, with nothing in it."""
        said = "a picture of the row cannot be used" if lost else "the row shows no picture"
        lists: tuple[Sequence[Caption | Question | Object], ...] = (record.captions, record.questions, record.objects)
        for entry in chain.from_iterable(lists):
            self._reject(ObjectError("AN023", entry.at, None, said), "annotations", read=False)
        for _ in record.media:
            self._reject(ObjectError("AN023", record.at, None, said), "images", read=False)
        record.media, record.captions, record.questions, record.objects = [], [], [], []

    def _given(self, row: dict[str, Any], at: str) -> Iterator[tuple[object, str]]:
        """The row's pictures as they stand in it, each with its place."""
        for name in self.columns.pictures:
            value = row.get(name)
            if isinstance(value, list):
                yield from ((each, f"{at}/{name}/{number}") for number, each in enumerate(value))
            elif value is not None and value != "":
                yield value, f"{at}/{name}"

    def _media(self, value: object, at: str, row: dict[str, Any], *, alone: bool) -> Media | None:
        """The picture; None where it cannot be used, which is rejected."""
        sides = [row.get(side) for side in ("width", "height")] if alone else []
        width, height = sides if len(sides) == 2 and all(_is_side(side) for side in sides) else (0, 0)
        try:
            return Media(self._picture_name(value, at), int(width or 0), int(height or 0))
        except ObjectError as fault:
            self._reject(fault, "images")
            return None

    def _picture_name(self, value: object, at: str) -> str:
        data: object = None
        if isinstance(value, dict):
            data, value = value.get("bytes"), value.get("path")
        if isinstance(data, bytes):
            own = value if isinstance(value, str) else ""
            try:
                return self.pictures.embedded.keep(own, data)
            except PictureFault as fault:
                raise ObjectError(fault.code, at, fault.value, fault.message) from None
        if not isinstance(value, str) or not value.strip():
            raise ObjectError("AN004", at, None if value is None else shortened(value), "this is no picture")
        return self.beside.name(self.file, [value.strip()])

    def _objects(self, row: dict[str, Any], at: str, media: list[Media]) -> Iterator[Object]:
        columns = self.columns
        if not (columns.objects or columns.boxes):
            return
        value = row.get(columns.objects) if columns.objects else _side_by_side(row, columns.boxes)
        place = f"{at}/{columns.objects or columns.boxes}"
        try:
            for found in objects_in(value, place, self.how, self._size(media) if self.how.shares else (0, 0)):
                if found.fault:
                    self._reject(found.fault, "annotations")
                elif found.thing:
                    self.accounting.read("annotations")
                    yield found.thing
        except ObjectError as fault:
            fault.at = fault.at or place
            self._reject(fault, "annotations")

    def _size(self, media: list[Media]) -> tuple[int, int]:
        """The first picture's upright size; 1 by 1 for one that the next stage will reject."""
        if not media or media[0].width:
            return (media[0].width, media[0].height) if media else (1, 1)
        if not self.pictures.check:
            fact = "a share needs the size of its picture, and pictures are not opened"
            raise ObjectError("AN023", "", media[0].path[:200], fact)
        try:
            facts = self.pictures.facts(self.pictures.find(media[0].path))
        except PictureFault:
            return 1, 1
        return upright_size(facts.orientation, facts.width, facts.height)

    def _captions(self, row: dict[str, Any], at: str) -> Iterator[Caption]:
        for name in self.columns.captions:
            value = row.get(name)
            several = value if isinstance(value, list) else [value]
            for number, each in enumerate(several):
                place = f"{at}/{name}" + (f"/{number}" if isinstance(value, list) else "")
                said = each.get("raw", each.get("text")) if isinstance(each, dict) else each
                if isinstance(said, str):
                    yield Caption(place, said)
                elif said is not None:
                    fault = ObjectError("AN004", place, shortened(said), "the sentence is no text")
                    self._reject(fault, "annotations")

    def _questions(self, row: dict[str, Any], at: str) -> Iterator[Question]:
        asked = row.get(self.columns.question) if self.columns.question else None
        if asked is None:
            return
        place = f"{at}/{self.columns.question}"
        if not isinstance(asked, str):
            self._reject(ObjectError("AN004", place, shortened(asked), "the question is no text"), "annotations")
            return
        given = next((row[name] for name in ANSWERS if row.get(name) is not None), None)
        votes: dict[str, int] = {}
        for each in given if isinstance(given, list) else [given]:
            said = each.get("answer") if isinstance(each, dict) else each
            if isinstance(said, (str, int, float)) and not isinstance(said, bool):
                votes[str(said)] = votes.get(str(said), 0) + 1
        yield Question(place, asked, list(votes.items()))

    def _class(self, row: dict[str, Any], at: str) -> Iterator[Question]:
        """The class of the whole picture, as the answer to the user's question."""
        place = f"{at}/{self.columns.kind}"
        try:
            said = class_in(row.get(self.columns.kind), self.columns.kinds, place) if self.columns.kind else None
        except ObjectError as fault:
            self._reject(fault, "annotations")
            return
        if said:
            yield Question(place, self.class_question, [(said, 1)])

    def _chat(self, row: JsonRow) -> Record | None:
        """A conversation, read as the source `chat` reads it, with the pictures of the row."""
        value: dict[str, Any] = row.value
        names = [self._picture_name(each, at) for each, at in self._given(value, row.at)]
        turns: object = value.get(self.columns.chat[0])
        if self.columns.chat == ("prompt", "completion"):
            turns = _both(value)
            key = "messages"
        else:
            key = self.columns.chat[0]
        if key == "texts" and isinstance(turns, list):  # as the_cauldron has them
            turns = [{"human": each.get("user"), "assistant": each.get("assistant")} for each in turns if each]
            key = "conversation"
        own = {"id": own_id(value, _IDS), "system": value.get("system"), key: turns}
        record = self.chat.record(JsonRow(row.at, own | ({"images": names} if names else {})))
        if record:
            record.id = self._id(value, row.at)
        return record

    def _id(self, row: dict[str, Any], at: str) -> str:
        """The row's own id, an ImageFolder's file, else the table and the number of the row."""
        return own_id(row, _IDS) or f"{self.file.stem}-{at.strip('/').partition(':')[0]}"

    def _reject(self, fault: ObjectError, kind: Kind, *, read: bool = True) -> None:
        if read:
            self.accounting.read(kind)
        fault.reject(self.accounting, self.name, kind)


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31


def _both(row: dict[str, Any]) -> object:
    """TRL's prompt with its completion: one conversation."""
    prompt, completion = row.get("prompt"), row.get("completion")
    if isinstance(prompt, list) and isinstance(completion, list):
        return [*prompt, *completion]
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]


def _side_by_side(row: dict[str, Any], boxes: str) -> object:
    """Boxes and labels that are columns of their own, as one object of lists."""
    held = {name: value for name, value in row.items() if name == boxes or isinstance(value, (list, str, int))}
    value = row.get(boxes)
    if isinstance(value, list) and value and not isinstance(value[0], list):
        return [held]  # one box a row
    return None if value is None else held

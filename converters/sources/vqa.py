"""Visual question answering: questions about pictures with people's answers, in one file or in two.

Read: VQAv2 and what is written in its form (TextVQA, VizWiz, OK-VQA): `{"questions": [{question_id, image_id,
question}]}` and `{"annotations": [{question_id, answers: [{answer}], multiple_choice_answer}]}`; TextVQA's and
DocVQA's own `{"data": [{question, image, answers: [text]}]}`; lists and JSON Lines of such entries (VizWiz, A-OKVQA,
ChartQA, LLaVA's QA90 with its answers); GQA's object of questions by id; easy-VQA's lists of three. Source:
visualqa.org, "VQA API" and "Download"; the files of each set.

Known lies, and what is done about them:

- Questions and answers stand in any order: they are joined by question_id and never by position. Questions without
  answers are kept and marked as such; answers without a question are rejected (AN009), as is an id that is there twice
  (AN005).
- `multiple_choice_answer` is the most frequent answer in VQAv2 and simply the first in files converted to its form:
  it is taken only where there are no other answers. `answer_confidence` and answer types are not carried.
- A picture is a number: COCO's name is made of it with `data_subtype`, others with `--image-name`; and a name may lack
  its ending, which is then looked for.
- "unanswerable" is an answer like any other.

A record is a picture with all its questions; an annotation is a question with its answers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..file_names import text
from ..options import option
from ..pictures.find import Pictures
from ..pictures.header import PICTURE_SUFFIXES
from ..records import Media, Record, batches
from .beside import PicturesBeside
from .json_rows import JsonRow
from .object_error import ObjectError
from .text_lines import shortened
from .vqa_entries import answers_of, key_of, read_question
from .vqa_files import asking_in, find_files, kind_of, rows_of, subset_of
from .vqa_gathered import Gathered, Placed

NAME = "vqa"
SUMMARY = "Questions and answers about pictures: VQAv2's form, TextVQA, VizWiz, DocVQA, GQA, easy-VQA"
FRAME = "no coordinates"

_PATTERN = re.compile(r"[^%]*%(?:0\d{1,2})?[ds][^%]*")
_NO_SUFFIX = (".jpg", ".png", ".jpeg")


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading questions."""

    questions: Path | None = option(None, "The file of the questions, where INPUT is that of the answers or a folder.")
    annotations: Path | None = option(None, "The file of the answers.  [default: the one named alike beside INPUT]")
    image_name: str = option("", "How a picture's id becomes its name, such as COCO_val2014_%012d.jpg.", metavar="NAME")


def sniff(path: Path) -> str | None:
    """Why this looks like VQA: lists of questions or answers with ids, or entries with a question and a picture."""
    if path.is_dir():
        asking = asking_in(path)
        return f"{asking[0].name} asks about pictures" if len(asking) == 1 else None
    known = kind_of(path)
    return known[1] if known else None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture, in the order of the questions.

    Raises `InputError` where a file is not there, not whole, or its answers are not to be found, `ConfigError` for a
    pattern of names that is none.
    """
    if options.image_name and not _PATTERN.fullmatch(options.image_name):
        fact = f"{options.image_name!r} does not say where the id stands"
        raise ConfigError("--image-name", fact, "Write %d, %012d or %s once, as in COCO_val2014_%012d.jpg.")
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    files = find_files(path, options.questions, options.annotations)
    reader = _Reader(files.questions, accounting)
    for row in rows_of(files.questions, accounting):
        reader.take(row)
    if files.answers is not None:
        reader.file = files.answers
        for row in rows_of(files.answers, accounting):
            reader.take_answer(row)
    reader.reject_orphans()
    if not reader.count:
        raise InputError(str(files.questions), "holds no question", "Name the file of the questions.")
    names = _Names(files.questions, options.image_name, PicturesBeside(pictures))
    for placed in reader.gathered.by_picture():
        accounting.read("images")
        yield _record(placed, names, text(str(files.questions)))


def _record(placed: Placed, names: "_Names", file: str) -> Record:
    return Record(str(placed.image), file, placed.at, [Media(names.name(placed.image))], questions=placed.questions)


class _Reader:
    """Gathers questions and answers; `count` is how many entries there were, `file` the one that is being read."""

    def __init__(self, file: Path, accounting: Accounting) -> None:
        self.file = file
        self.accounting = accounting
        self.gathered = Gathered()
        self.places: dict[str, tuple[Path, str]] = {}  # of answers whose question was not seen when they came
        self.count = 0

    def take(self, row: JsonRow) -> None:
        """An entry of the file of questions, which may hold a list of answers too."""
        if row.at.startswith("/annotations/") and not (isinstance(row.value, dict) and "question" in row.value):
            self.take_answer(row)
            return
        self.count += 1
        self.accounting.read("annotations")
        if row.fault:
            self._reject(row.fault)
            return
        try:
            asked = read_question(row.value, row.at, row.key)
            if not self.gathered.add(asked, row.at):
                fact = f"the question_id {asked.key[:80]} was there before"
                raise ObjectError("AN005", row.at, asked.key[:80], fact)
        except ObjectError as fault:
            self._reject(fault)

    def take_answer(self, row: JsonRow) -> None:
        """The answers to one question; counted as an annotation only where they go to none."""
        if row.fault:
            self.accounting.read("annotations")
            self._reject(row.fault)
            return
        try:
            key = self._answer(row)
        except ObjectError as fault:
            self.accounting.read("annotations")
            self._reject(fault)
        else:
            if key not in self.gathered.questions:
                self.places[key] = (self.file, row.at)

    def _answer(self, row: JsonRow) -> str:
        if not isinstance(row.value, dict):
            raise ObjectError("AN004", row.at, shortened(row.value), "the answers are no object")
        key = key_of(row.value)
        if not key:
            raise ObjectError("AN023", f"{row.at}/question_id", None, "there is no question_id")
        if not self.gathered.answer(key, answers_of(row.value, row.at, alone=True)):
            raise ObjectError("AN005", row.at, key[:80], f"the question_id {key[:80]} has answers already")
        return key

    def reject_orphans(self) -> None:
        """Reject the answers whose question did not come."""
        for key, (file, at) in self.places.items():
            if key not in self.gathered.questions:
                self.file = file
                self.accounting.read("annotations")
                self._reject(ObjectError("AN009", at, key[:80], f"there is no question with the id {key[:80]}"))

    def _reject(self, fault: ObjectError) -> None:
        fault.reject(self.accounting, text(str(self.file)))


class _Names:
    """Names of pictures: as the file has them, or made of ids."""

    def __init__(self, file: Path, pattern: str, beside: PicturesBeside) -> None:
        self.file = file
        self.pattern = pattern
        self.beside = beside
        self.subset = subset_of(file) or next(iter(re.findall(r"(?:train|val|test)\d{4}", file.name)), "")

    def name(self, image: str | int) -> str:
        """The picture that is there of those that the id may mean; the likeliest where none is."""
        return self.beside.name(self.file, list(self._likely(image)))

    def _likely(self, image: str | int) -> Iterator[str]:
        number = int(image) if isinstance(image, int) or (image.isascii() and image.isdigit()) else None
        if self.pattern:
            yield self._formed(image, number)
        elif isinstance(image, str) and image.lower().endswith(PICTURE_SUFFIXES):
            yield image
        elif isinstance(image, int):
            yield from self._numbered(image)
        else:
            yield from (f"{image}{suffix}" for suffix in _NO_SUFFIX)
            if number is not None:
                yield from self._numbered(number)

    def _formed(self, image: str | int, number: int | None) -> str:
        conversion = re.search(r"%(0\d+)?[ds]", self.pattern)
        assert conversion is not None  # noqa: S101  the pattern was looked at
        shown = str(image) if number is None or conversion[0].endswith("s") else f"{number:{conversion[1] or ''}d}"
        return self.pattern.replace(conversion[0], shown)

    def _numbered(self, number: int) -> Iterator[str]:
        if re.fullmatch(r"(?:train|val|test)\d{4}", self.subset):
            coco = f"COCO_{self.subset}_{number:012d}.jpg"
            yield from (coco, f"{self.subset}/{coco}", f"{self.subset}/{number:012d}.jpg")
        yield from (f"{number}.jpg", f"{number}.png", f"images/{number}.png", f"images/{number}.jpg")
        yield f"{number:012d}.jpg"

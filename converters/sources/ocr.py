"""Text in pictures: where it stands and what it says, from the files of ICDAR's competitions, mmocr and PaddleOCR.

A text file a picture, gt_img_1.txt for img_1.jpg, a word a line: corners in pixels, then the text (`ocr_words.py`); or
one list for many pictures, lines or JSON (`ocr_lists.py`). Read: a folder of them, or one. Every region is an object
with the label "text", or the class of its set; four corners are a quad. Sources: rrc.cvc.uab.es, "Tasks" of challenges
2, 4, 8, 13 and 15; mmocr's and PaddleOCR's own documents.
Known lies, and what is done about them:

- Commas and quotes in a text are not escaped: all after the eighth comma is text. White space in it is kept.
- `"FOOD"` after eight numbers is FOOD where every text of the file stands in quotes, else the quotes are text;
  `--quotes` decides for all. After four numbers quotes are marks, as ICDAR 2013 has them.
- The field of the script (MLT) is told by its words alone; `--script` decides for all.
- `###` is text that nobody could read: the region is difficult, without text. `ignore` of mmocr is difficult too.
- No file of words says how large its picture is, or what it is called: it is found by the file's name
  (`ocr_pictures.py`), and its own size is taken. Corners over the edge, repeated or in any order are taken as they
  stand.
- A class is a number: class_list.txt beside the file has its name, or the file itself (mmocr 1.x); without either the
  number stays in the attributes and the label is "text" (remarked, AN010).

Not carried: what SROIE says of a whole receipt (company, date, address, total), which has no place in the picture: each
is counted and left out (AN022). Not read: LMDB, Total-Text's own arrays, JSON of ArT and LSVT. Text is not normalized.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError
from ..file_names import text
from ..options import option
from ..pictures.find import Pictures
from ..records import Media, Object, Record, batches
from .beside import first_files, label_files
from .object_error import ObjectError
from .ocr_kinds import Kind, kind_of, sure_kind
from .ocr_lists import ListReader, category_names
from .ocr_objects import word_object
from .ocr_pictures import PicturePlaces, default_images
from .ocr_words import Form, form_of, read_word
from .text_lines import Line, json_in, known_encoding, shortened, text_lines

__all__ = ["FRAME", "NAME", "SUMMARY", "Options", "default_images", "read", "sniff"]

NAME = "ocr"
SUMMARY = "Text in pictures: ICDAR 2013 to 2019, MLT, SROIE, WildReceipt, mmocr and PaddleOCR label files"
FRAME = "pixels as they stand: four corners in drawing order, or left, top, right, bottom"

LARGEST_FILE = 16 << 20
"""Bytes; the words of one picture are a few kB, so a larger file of them is not read."""

CLASS_LIST = "class_list.txt"

_ENDINGS = (".txt", ".csv", ".json", ".jsonl")


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading text in pictures."""

    script: str = option(
        "auto", "Whether a script (Latin, Arabic …) stands before the text.", choices=("auto", "yes", "no")
    )
    quotes: str = option(
        "auto", "What quotes around a text are: part of it, or marks.", choices=("auto", "text", "marks")
    )
    class_list: Path | None = option(None, "The list of numbers and names of classes (class_list.txt).")
    encoding: str = option("utf-8", "The encoding of the text files, such as gb18030.", metavar="NAME")


def sniff(path: Path) -> str | None:
    """Why this looks like text in pictures: corners and a text on every line, or a list that mmocr or PaddleOCR has."""
    for file in first_files(path, _ENDINGS):
        if why := sure_kind(file):
            return f"{text(file.name)} has {why}"
    return None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a picture, files sorted by path; a word is an annotation.

    A line that is no word is an annotation rejected (AN001, AN004, AN023), a file that cannot be read an image (AN001).
    Raises `InputError` when nothing there is text in pictures, `ConfigError` for a class list or an encoding that
    there is not.
    """
    return batches(_Reader(path, options, pictures, accounting).records())


class _Reader:
    """Reads one input, file by file, each by what it is."""

    def __init__(self, path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> None:
        self.top = path
        self.options = options
        self.places = PicturePlaces(path, pictures)
        self.accounting = accounting
        self._readers: dict[Kind, Callable[[Path], Iterator[Record]]] = {
            "words": self._words,
            "names": self._lines,
            "lines": self._lines,
            "paddle": self._lines,
            "mmocr": self._mmocr,
            "entities": self._entities,
        }

    def records(self) -> Iterator[Record]:
        """The records of every file."""
        known_encoding(self.options.encoding)
        if self.options.class_list and not self.options.class_list.is_file():
            raise ConfigError(f"--class-list {self.options.class_list}", "there is no such file", "Check its path.")
        found = False
        for file in label_files(self.top, _ENDINGS, self.accounting):
            kind = kind_of(file, self.options.encoding)
            found = found or (kind is not None and kind != "entities")
            if kind is None:
                self._pass_over(file)
            else:
                yield from self._readers[kind](file)
        if not found:
            remedy = "Name a folder of files such as gt_img_1.txt, or a label file of mmocr's or PaddleOCR's."
            raise InputError(str(self.top), "no file with corners and text, or with pictures and text", remedy)

    def _pass_over(self, file: Path) -> None:
        if file.name.lower() != CLASS_LIST and file != self.options.class_list:
            fact = "neither corners and text nor pictures and text stand in its first lines"
            self.accounting.remark("AN026", file=text(str(file)), at="", value=None, message=fact)

    def _words(self, file: Path) -> Iterator[Record]:
        """The one record of a picture's text file."""
        name = text(str(file))
        self.accounting.read("images")
        try:
            if (size := file.stat().st_size) > LARGEST_FILE:
                raise InputError(name, f"{size} bytes are too many for the words of one picture", "Split it.")
            lines = list(text_lines(file, self.accounting, self.options.encoding))
        except (InputError, OSError) as fault:
            said = fault.fact if isinstance(fault, InputError) else f"cannot be read: {fault.strerror}"
            self.accounting.reject("images", "AN001", file=name, at="", value=None, message=said)
            return
        below = file.name if file == self.top else str(file)[len(str(self.top)) + 1 :]
        picture = text(self.places.of(file))
        objects = list(self._objects(lines, name))
        yield Record(text(below.rpartition(".")[0] or below), name, "1:1", [Media(picture)], objects)

    def _objects(self, lines: list[Line], file: str) -> Iterator[Object]:
        whole = [line.text for line in lines if not line.fault]
        form = form_of(whole, self.options.script, self.options.quotes)
        for line in lines:
            self.accounting.read("annotations")
            try:
                yield _word(line, form)
            except ObjectError as fault:
                self._reject(fault, file)

    def _entities(self, file: Path) -> Iterator[Record]:
        """What is said of the receipt as a whole, left out."""
        name = text(str(file))
        try:
            lines = [line.text for line in text_lines(file, self.accounting, self.options.encoding)]
            said = json_in(Line(1, "\n".join(lines)))
        except (InputError, ObjectError) as fault:
            self.accounting.read("annotations")
            message = fault.fact if isinstance(fault, InputError) else fault.message
            self._reject(ObjectError("AN001", "", None, message), name)
            return
        for key, value in said.items() if isinstance(said, dict) else ():
            self.accounting.read("annotations")
            fact = f"the {str(key)[:40]} of the whole picture has no place in it"
            self._reject(ObjectError("AN022", f"/{key}", shortened(value), fact), name)
        yield from ()

    def _lines(self, file: Path) -> Iterator[Record]:
        return self._list(file, self._classes(file)).line_records()

    def _mmocr(self, file: Path) -> Iterator[Record]:
        return self._list(file, category_names(file) or self._classes(file)).json_records()

    def _list(self, file: Path, classes: dict[str, str] | None) -> ListReader:
        return ListReader(file, self.places, self.accounting, classes, self.options.encoding)

    def _classes(self, file: Path) -> dict[str, str] | None:
        """Names by number: `7 Date_value` a line, or a name a line, counted from 0."""
        listed = self.options.class_list or next(
            (each for each in [file.with_name(CLASS_LIST)] if each.is_file()), None
        )
        if listed is None:
            return None
        lines = [line.text.strip() for line in text_lines(listed, self.accounting, self.options.encoding)]
        cells = [line.split(maxsplit=1) for line in lines]
        if all(len(each) == 2 and each[0].isdecimal() for each in cells):
            return dict(cells)
        return {str(number): name for number, name in enumerate(lines)}

    def _reject(self, fault: ObjectError, file: str) -> None:
        fault.reject(self.accounting, file)


def _word(line: Line, form: Form) -> Object:
    if line.fault:
        raise line.fault
    at = f"{line.number}:1"
    return word_object(read_word(line.text, form, at), at)

"""Captions: what somebody says of a picture as a whole, from tables, JSON and texts that stand beside pictures.

Read: Flickr30k's results.csv (cells between bars), token files (`1000.jpg#0`, a tab, the caption), a CSV with a header
such as Flickr8k's captions.txt or ImageFolder's metadata.csv, JSON Lines and JSON lists of objects (`captions_rows.py`
shows each), and .txt files named like the pictures beside them (kohya, LAION): one caption a file, whatever it holds.
One file, or a folder of them. Sources: the README of each set; the documentation of `datasets`, "ImageFolder".
Known lies, and what is done about them:

- Captions are not escaped in results.csv and token files: quotes and commas are theirs. One row of the published
  results.csv lacks its second bar; it is read.
- In a CSV a caption with commas and no quotes makes a row too long: rejected (AN004), since where it ends is a guess.
- The picture is under `image`, `file_name`, `path`, `image_path`, `img_path`, `image_name` or `filename`, the first
  that is there; the captions under `caption`, `captions` or `text`; `--image-key` and `--text-key` name others.
- A .txt file may be a licence or a list, not a caption: well-known names are passed over (remarked, AN026).

One record is what follows one another with one picture's name; captions of one picture that are scattered make several.
White space around a caption is taken off. Not carried: the other columns and keys, numbers of captions.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pyarrow as pa

from ...schemas.accounting import Accounting
from ...schemas.errors import InputError
from ..file_names import text
from ..options import option
from ..pictures.find import Pictures
from ..records import Caption, Media, Record, batches
from .beside import BESIDE_SUFFIXES, first_files, label_files
from .captions_rows import IMAGE_KEYS, TEXT_KEYS, Keys, Row, kind_of, rows_of, sure_kind
from .object_error import ObjectError
from .ocr_pictures import PicturePlaces, default_images
from .text_lines import head_lines, known_encoding, shortened, text_lines

__all__ = ["FRAME", "NAME", "SUMMARY", "Options", "default_images", "read", "sniff"]

NAME = "captions"
SUMMARY = "Captions: Flickr8k and Flickr30k, CSV, JSON, JSON Lines, ImageFolder's metadata, .txt files"
FRAME = "none: captions are about whole pictures"

LARGEST_FILE = 1 << 20
"""Bytes; a .txt file that is larger is no caption."""

_ENDINGS = (".txt", ".csv", ".tsv", ".jsonl", ".json", ".token", ".caption")
_picture_of = attrgetter("picture")
_ALONE = (".txt", ".caption")
_NO_CAPTIONS = frozenset({"readme", "license", "licence", "notice", "changelog", "classes", "labels", "requirements"})


@dataclass(frozen=True)
class Options:
    """What a user may choose about reading captions."""

    image_key: str = option("", "The column or key with the picture's name.", metavar="NAME")
    text_key: str = option("", "The column or key with the caption, or a list of them.", metavar="NAME")
    encoding: str = option("utf-8", "The encoding of the text files, such as gb18030.", metavar="NAME")


def sniff(path: Path) -> str | None:
    """Why this looks like captions: a table or JSON of pictures and captions, or texts named like pictures beside."""
    files = first_files(path, _ENDINGS)
    for file in files:
        if why := sure_kind(file):
            return f"{text(file.name)} has {why}"
    return _paired(files) if path.is_dir() else None


def read(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[pa.RecordBatch]:
    """Batches of the annotation table, a record a run of captions of one picture; files sorted by path.

    A caption is an annotation. One that is empty (AN023), no text (AN004) or torn (AN001) is rejected. Raises
    `InputError` when nothing there is captions or a table is torn, `ConfigError` for an encoding that there is not.
    """
    return batches(_records(path, options, pictures, accounting))


def _records(path: Path, options: Options, pictures: Pictures, accounting: Accounting) -> Iterator[Record]:
    known_encoding(options.encoding)
    keys = Keys(
        (options.image_key,) if options.image_key else IMAGE_KEYS,
        (options.text_key,) if options.text_key else TEXT_KEYS,
    )
    reader = _Reader(path, keys, options.encoding, pictures, accounting)
    found = False
    for file in label_files(path, _ENDINGS, accounting):
        if kind := kind_of(file, keys, options.encoding):
            found = True
            yield from reader.table(file, rows_of(file, kind, keys, accounting, options.encoding))
        elif _may_be_one(file) and (path.is_dir() or _has_picture(file)):
            found = True
            yield from reader.alone(file)
        else:
            fact = "no table or JSON of pictures and captions, and no text named like a picture"
            accounting.remark("AN026", file=text(str(file)), at="", value=None, message=fact)
    if not found:
        names = f"{' or '.join(keys.image[:3])} with {' or '.join(keys.text)}"
        fact = f"no captions here: neither a table or JSON with {names}, nor a folder of texts beside pictures"
        raise InputError(str(path), fact, "Name the columns with --image-key and --text-key, or the folder.")


class _Reader:
    """Reads the files of one input."""

    def __init__(self, top: Path, keys: Keys, encoding: str, pictures: Pictures, accounting: Accounting) -> None:
        self.top = top
        self.keys = keys
        self.encoding = encoding
        self.places = PicturePlaces(top, pictures)
        self.accounting = accounting

    def table(self, path: Path, rows: Iterator[Row]) -> Iterator[Record]:
        """The records of a table or of JSON."""
        file = text(str(path))
        for picture, group in groupby(rows, key=_picture_of):
            run = list(group)
            self.accounting.read("annotations", len(run))
            captions = [Caption(row.at, row.caption.strip()) for row in run if not self._wrong(file, row.fault)]
            if picture is None:
                continue
            self.accounting.read("images")
            at = run[0].at
            yield Record(picture, file, at, [Media(self.places.called(path, picture))], captions=captions)

    def _wrong(self, file: str, fault: ObjectError | None) -> bool:
        """Whether a row is at fault, which is said."""
        if fault is not None:
            self._reject(file, fault)
        return fault is not None

    def alone(self, path: Path) -> Iterator[Record]:
        """The one record of a text that stands beside its picture."""
        file = text(str(path))
        self.accounting.read("images")
        self.accounting.read("annotations")
        captions: list[Caption] = []
        try:
            captions = [Caption("1:1", _whole(path, self.encoding, self.accounting))]
        except ObjectError as fault:
            self._reject(file, fault)
        picture = text(self.places.of(path))
        below = path.relative_to(self.top).with_suffix("").as_posix()
        yield Record(text(below), file, "1:1", [Media(picture)], captions=captions)

    def _reject(self, file: str, fault: ObjectError) -> None:
        fault.reject(self.accounting, file)


def _whole(path: Path, encoding: str, accounting: Accounting) -> str:
    """The caption that a file is; `ObjectError` AN001 for what is no text, AN023 for none."""
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise ObjectError("AN001", "", size, f"{size} bytes are too many for a caption")
        lines = list(text_lines(path, accounting, encoding))
    except InputError as fault:
        raise ObjectError("AN001", "", None, fault.fact) from None
    except OSError as error:
        raise ObjectError("AN001", "", None, f"cannot be read: {error.strerror}") from None
    for line in lines:
        if line.fault:
            raise line.fault
    before = [0, *(line.number for line in lines)]
    caption = "".join(
        "\n" * (line.number - last) + line.text for line, last in zip(lines, before, strict=False)
    ).strip()
    if not caption:
        raise ObjectError("AN023", "1:1", shortened(caption), "the caption is empty")
    return caption


def _may_be_one(file: Path) -> bool:
    """Whether a file may be one caption, as far as its name goes."""
    return file.suffix.lower() in _ALONE and file.stem.lower() not in _NO_CAPTIONS


def _paired(files: list[Path]) -> str | None:
    """A folder in which most texts have their pictures, and are words and not numbers."""
    alone = [file for file in files if _may_be_one(file)]
    paired = [file for file in alone if _has_picture(file) and _is_prose(file)]
    if 2 * len(paired) <= len(alone):
        return None
    return f"{text(paired[0].name)} and its like are texts, each beside a picture of its name"


def _has_picture(file: Path) -> bool:
    stem = file.with_suffix("")
    endings = (each for suffix in BESIDE_SUFFIXES for each in (suffix, suffix.upper()))
    # os.path takes any name; Path.is_file raises for one that is too long
    return any(os.path.isfile(f"{stem}{each}") for each in endings)  # noqa: PTH113


def _is_prose(file: Path) -> bool:
    """Whether a text is words: labels of boxes and of words in a picture are numbers for the most part."""
    said = " ".join(head_lines(file, 5))
    return bool(said) and sum(map(str.isdigit, said)) < len(said) / 4

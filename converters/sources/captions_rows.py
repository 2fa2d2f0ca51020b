"""Captions in tables and JSON as rows: a place, a picture's name and one caption, in the order of the file.

1000092795.jpg| 0| Two young guys …          results.csv of Flickr30k, with the header image_name| comment_number| …
1000268201_693b08cb0e.jpg#0<TAB>A child …    token files of Flickr8k and Flickr30k
image,caption                                a CSV with a header: Flickr8k's captions.txt, ImageFolder's metadata.csv
{"image": …, "caption": …}                   JSON, an object a line or a list of them; a list of captions too
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from ...schemas.accounting import Accounting
from ..json_stream import stream
from ..json_top import top_level
from ..sendable import sendable
from .csv_rows import csv_chunks, head_rows
from .object_error import ObjectError
from .text_lines import Line, head_lines, json_in, shortened, text_lines

Kind = Literal["results", "tokens", "table", "lines", "list"]

IMAGE_KEYS: Final = ("image", "file_name", "path", "image_path", "img_path", "image_name", "filename")
TEXT_KEYS: Final = ("caption", "captions", "text")

_TOKEN: Final = re.compile(r"([^\t]+?)#(\d+)\t(.*)", re.DOTALL)
_RESULT: Final = re.compile(r"([^|]+)\|\s*(\d+)\s*(?:\||\s)(.*)", re.DOTALL)
"""One row of the published results.csv has white space for its second bar: `2199200615.jpg| 4   A dog …`."""

_SURE_TEXTS: Final = {"caption", "captions"}
_OTHERS: Final = frozenset(
    {"question", "question_id", "conversations", "messages", "answers", "objects", "bbox", "annotations", "instances"}
)
"""Keys of other annotations, which are not read here: each is said."""

_ANOTHERS: Final = _OTHERS - {"instances"} | {"annotator", "annotation_id", "lead_time"}
"""Keys by which a file is known as another source's: of questions, conversations, COCO, Label Studio's JSON_MIN."""

_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class Keys:
    """Under which names a row has its picture and its captions: those that the user names, else the usual ones."""

    image: tuple[str, ...] = IMAGE_KEYS
    text: tuple[str, ...] = TEXT_KEYS

    def of(self, names: Any) -> tuple[str, str] | None:
        """The names of the picture and the captions among `names`, or None where one is not there."""
        image = next((key for key in self.image if key in names), None)
        text = next((key for key in self.text if key in names), None)
        return (image, text) if image and text else None


class Row(NamedTuple):
    """One caption of a picture, or what is wrong with it; `picture` is None where that is not known."""

    at: str
    picture: str | None
    caption: str
    fault: ObjectError | None = None


def kind_of(file: Path, keys: Keys, encoding: str = "utf-8") -> Kind | None:
    """What the file is, from its head; None when it is no table and no JSON of captions. Never raises."""
    lines = head_lines(file, _LOOKED_AT, encoding)
    if not lines:
        return None
    first = lines[0].lstrip()[:1]
    if first == "[":
        element = (top_level(file) or {}).get("", "")
        found = keys.of(re.findall(r'"((?:[^"\\]|\\.)*)"\s*:', element[:4096]))
        return "list" if found else None
    if first == "{":
        return "lines" if any(keys.of(each) for each in _objects(lines)) else None
    if any(_TOKEN.fullmatch(line) for line in lines):
        return "tokens"
    if _is_results(lines):
        return "results"
    header = head_rows(file, 1, encoding)
    return "table" if header and len(header[0]) > 1 and keys.of(header[0]) else None


def sure_kind(file: Path) -> str | None:
    """Why the file is captions and can be little else; None when it may be something else. Never raises."""
    kind = kind_of(file, Keys())
    if kind == "results":
        return "the columns of Flickr30k's results"
    if kind == "tokens":
        return "a picture with the number of a caption on every line"
    if kind is None:
        return None
    names = _names(file, kind)
    found = Keys().of(names)
    sure = found and (found[1] in _SURE_TEXTS or (found[0] == "file_name" and len(names) < 4)) and not names & _ANOTHERS
    return f"{found[0]!r} with {found[1]!r} in every row" if found and sure else None


def rows_of(file: Path, kind: Kind, keys: Keys, accounting: Accounting, encoding: str) -> Iterator[Row]:
    """The captions of a file of that kind. Raises as the readers of lines, tables and JSON do."""
    if kind == "table":
        yield from _table_rows(file, keys, accounting, encoding)
    elif kind == "list":
        for chunk in stream(file, {"": Any}, accounting):
            for index, value in chunk.items:
                _remark_others(value, f"/{index}", file, accounting)
                yield from _entry_rows(sendable(value)[0], keys, f"/{index}")
    elif kind == "lines":
        for line in text_lines(file, accounting, encoding):
            try:
                entry = json_in(line)
            except ObjectError as fault:
                yield Row(fault.at, None, "", fault)
                continue
            _remark_others(entry, f"{line.number}:1", file, accounting)
            yield from _entry_rows(entry, keys, f"{line.number}:1")
    else:
        for line in text_lines(file, accounting, encoding):
            yield from _line_rows(line, kind)


def _remark_others(entry: object, at: str, file: Path, accounting: Accounting) -> None:
    """Say that an entry has other annotations than captions, which are not read here."""
    for key in sorted(_OTHERS & entry.keys()) if isinstance(entry, dict) else ():
        said = f"{key!r} is no caption and is not carried; convert it by the source that reads it"
        accounting.remark("AN022", file=str(file), at=f"{at}/{key}", value=key, message=said)


def _line_rows(line: Line, kind: Kind) -> Iterator[Row]:
    """The caption of a line of results or tokens; the header of results is none."""
    at = f"{line.number}:1"
    if line.fault:
        yield Row(line.fault.at, None, "", line.fault)
    elif kind == "tokens" or not (line.number == 1 and _is_results([line.text])):
        found = (_TOKEN if kind == "tokens" else _RESULT).fullmatch(line.text)
        if found:
            yield _row(at, found[1].strip(), found[3].strip())
        else:
            yield _wrong("AN004", at, None, shortened(line.text), "the line has no picture, number and caption")


def _table_rows(file: Path, keys: Keys, accounting: Accounting, encoding: str) -> Iterator[Row]:
    header: list[str] = []
    names: tuple[str, str] | None = None
    image = text = -1
    for rows in csv_chunks(file, accounting, encoding):
        if not header:
            _, header = next(rows.each())  # which comes alone
            names = keys.of(header)
            image, text = (header.index(name) for name in names) if names else (-1, -1)
        elif names and set(map(len, rows.cells)) == {len(header)}:
            for number, cells in zip(rows.lines, rows.cells, strict=True):
                yield _row(f"{number}:1", cells[image].strip(), cells[text].strip())
        else:
            for number, cells in rows.each():
                yield _table_row(f"{number}:1", cells, header, image, text)


def _table_row(at: str, cells: list[str], header: list[str], image: int, text: int) -> Row:
    """A row that may be too long or too short."""
    if len(cells) > len(header):
        fact = f"{len(cells)} cells in a table of {len(header)} columns: a caption with commas needs quotes"
        return _wrong("AN004", at, None, shortened(cells), fact)
    if len(cells) <= max(image, text):
        return _wrong("AN023", at, None, shortened(cells), f"the row ends before the column {header[text]!r}")
    return _row(at, cells[image], cells[text])


def _entry_rows(entry: object, keys: Keys, at: str) -> Iterator[Row]:
    """The captions of one JSON object, which stands at `at`: a pointer, or in JSON Lines the line and a column."""
    if not isinstance(entry, dict):
        yield _wrong("AN004", at, None, shortened(entry), "the entry is no object")
        return
    image = next((key for key in keys.image if entry.get(key) is not None), keys.image[0])
    name = entry.get(image)
    if not isinstance(name, str) or not name.strip():
        code = "AN004" if name else "AN023"
        yield _wrong(code, f"{at}/{image}", None, shortened(name) if name else None, f"{image!r} names no picture")
        return
    text = next((key for key in keys.text if entry.get(key) is not None), keys.text[0])
    said = entry.get(text)
    captions = said if isinstance(said, list) else [said]
    if not captions:
        yield _wrong("AN023", f"{at}/{text}", name, None, f"{text!r} is empty")
    for index, caption in enumerate(captions):
        place = f"{at}/{text}/{index}" if isinstance(said, list) else f"{at}/{text}"
        if caption is None or isinstance(caption, str):
            yield _row(place, name, caption or "")
        else:
            yield _wrong("AN004", place, name, shortened(caption), "a caption is no text")


def _row(at: str, picture: str, caption: str) -> Row:
    if picture and caption and not caption.isspace():
        return Row(at, picture, caption)
    if not picture:
        return _wrong("AN023", at, None, None, "the row names no picture")
    return _wrong("AN023", at, picture, caption, "the caption is empty")


def _wrong(code: str, at: str, picture: str | None, value: object, message: str) -> Row:
    return Row(at, picture, "", ObjectError(code, at, value, message))


def _is_results(lines: list[str]) -> bool:
    header = [cell.strip() for cell in lines[0].split("|")]
    return header == ["image_name", "comment_number", "comment"]


def _objects(lines: list[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        try:
            value = json_in(Line(number, line))
        except ObjectError:
            continue
        if isinstance(value, dict):
            yield value


def _names(file: Path, kind: Kind) -> set[str]:
    """The columns or keys of the first rows."""
    if kind == "table":
        return {cell for row in head_rows(file, 1) for cell in row}
    if kind == "lines":
        return {name for each in _objects(head_lines(file, _LOOKED_AT)) for name in each}
    return set(re.findall(r'"((?:[^"\\]|\\.)*)"\s*:', (top_level(file) or {}).get("", "")))

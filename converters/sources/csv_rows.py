"""Rows of CSV and TSV files, one after another, each with its line; the delimiter is looked for, the text is Unicode.

UTF-8 with or without its mark, UTF-16 with its mark; another encoding has to be named, because guessing between code
pages changes names without anyone seeing it. Cells as RFC 4180 has them: quoted, quotes doubled. A quote that is not
closed would swallow what follows it: that is an error, not a long cell.
"""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from ...schemas.accounting import Accounting
from ...schemas.errors import ConfigError, InputError

LARGEST_CELL = 16 << 20
"""Characters; a polygon of VIA stands in one cell, and Python's own limit is 128 Ki."""

DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 16
_CHUNK = 4096
"""Rows that are handed over at a time."""


def head_rows(path: Path, count: int = 2, encoding: str = "utf-8") -> list[list[str]]:
    """The first rows that are not empty, as far as the first 64 KiB go; [] for what is no text. Never raises."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD)
        text = codecs.getincrementaldecoder(_codec(data, encoding))().decode(data)
    except (OSError, ValueError, LookupError):
        return []
    lines = [line for line in text.splitlines() if line.strip()][:count]
    if not lines or any("\0" in line for line in lines):  # further down it is a damaged cell
        return []
    try:
        return list(csv.reader(lines, delimiter=delimiter_of(lines[0]), skipinitialspace=True))
    except csv.Error:
        return []


def delimiter_of(line: str) -> str:
    """The delimiter that cuts a line into the most cells, outside quotes; a comma where there is none."""
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def has_decimal_commas(path: Path, encoding: str = "utf-8") -> bool:
    """Whether commas do not delimit the cells, so that one in a number is its decimal point."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD)
        lines = codecs.getincrementaldecoder(_codec(data, encoding))().decode(data).splitlines()
    except (OSError, ValueError, LookupError):
        return False
    return delimiter_of(next((line for line in lines if line.strip()), "")) != ","


class Rows(NamedTuple):
    """Some rows in order that are not empty, each with the line on which it begins; cells as they stand."""

    lines: list[int]
    cells: list[list[str]]

    def any(self) -> Iterator["Rows"]:
        """These, or nothing where there is no row."""
        if self.lines:
            yield self

    def each(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells without the white space around them) of each row."""
        for line, cells in zip(self.lines, self.cells, strict=True):
            yield line, [cell.strip() for cell in cells]


def csv_rows(path: Path, accounting: Accounting | None) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells without the white space around them) of each row that is not empty.

    Raises as `csv_chunks`.
    """
    for rows in csv_chunks(path, accounting):
        yield from rows.each()


def csv_chunks(path: Path, accounting: Accounting | None, encoding: str = "utf-8") -> Iterator[Rows]:
    """The rows that are not empty, many at a time, the first one alone: it may be a header.

    The file's size and sha256 go to `accounting`. Raises `InputError` with the line where a cell cannot be read,
    `ConfigError` for an encoding that there is not.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_CELL))
    try:
        yield from _rows(path, accounting, encoding)
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Check the file's permissions.") from None
    except LookupError:
        raise ConfigError("--encoding", f"there is no encoding {encoding!r}", "Say utf-8, gb18030, cp1252 …") from None


def _rows(path: Path, accounting: Accounting | None, encoding: str) -> Iterator[Rows]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        codec = _codec(file.read(4), encoding)
    if accounting is not None:
        accounting.input(str(path), size, digest)
    with path.open(encoding=codec, newline="") as text:
        begin, chunk, limit = 0, Rows([], []), 1
        try:
            delimiter = delimiter_of(_first_line(text))
            text.seek(0)
            reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
            for row in reader:
                if row and (row[0].strip() or any(map(str.strip, row))):
                    chunk.lines.append(begin + 1)
                    chunk.cells.append(row)
                    if len(chunk.lines) == limit:
                        yield chunk
                        chunk, limit = Rows([], []), _CHUNK
                begin = reader.line_num
        except csv.Error as error:
            yield from chunk.any()
            fact = f"line {begin + 1} is no row of a table: {error}"
            raise InputError(f"{path}:{begin + 1}", fact, "Close the quote, or export the table again.") from None
        except UnicodeDecodeError as error:
            yield from chunk.any()
            fact = f"after line {begin} stands byte {error.object[error.start]:#04x}, which is not {codec}"
            raise InputError(
                f"{path}:{begin + 1}", fact, "Save it as UTF-8, or name its encoding with --encoding if there is one."
            ) from None
        except UnicodeError as error:
            raise InputError(f"{path}:{begin + 1}", f"not {codec}: {error}", "Save the table as UTF-8.") from None
        yield from chunk.any()


def _first_line(text: TextIO) -> str:
    while (line := text.readline(_HEAD)) and not line.strip():
        pass
    return line


def _codec(start: bytes, encoding: str) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    codec = codecs.lookup(encoding)
    "a".encode(encoding)  # hex and zip are codecs too; this refuses them
    return "utf-8-sig" if codec.name == "utf-8" else codec.name

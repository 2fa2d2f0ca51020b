"""What a file of text in pictures is, from its head: words of one picture, or one of the lists of many pictures."""

import codecs
import json
import re
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from ..json_top import top_level
from .beside import BESIDE_SUFFIXES
from .ocr_words import Form, is_word, says_something
from .text_lines import HEAD, head_lines

Kind = Literal["words", "names", "lines", "paddle", "mmocr", "entities"]

ENTITIES: Final = frozenset({"company", "date", "address", "total"})
"""What a SROIE file of entities says of a receipt (ICDAR 2019, challenge 13, task 3)."""

NAMED: Final = re.compile(
    rf'(.+?(?:{"|".join(map(re.escape, BESIDE_SUFFIXES))}))(?:,[ \t]*(".*")[ \t]*|,(\w+,.*)|[ \t]+(.*))',
    re.IGNORECASE | re.DOTALL,
)
"""A picture's name, then the text: after a comma in quotes (ICDAR), after a comma and a script (MLT), after a space or
tab (mmocr, PaddleOCR)."""

_LOOKED_AT = 20
_SURE = 5


class _Head(NamedTuple):
    """The first lines that are not blank, and those of them that are JSON objects of their own."""

    lines: list[str]
    objects: list[dict[str, Any]]


def kind_of(file: Path, encoding: str = "utf-8") -> Kind | None:
    """What the file is, as far as one of its first lines tells; None when it is something else. Never raises.

    An empty .txt file is a picture without words; one in UTF-16 may be words, and reading it says that it is not read.
    """
    head = _head(file, encoding)
    if not head.lines:
        return "words" if file.suffix.lower() == ".txt" and _is_empty_or_utf16(file) else None
    if head.lines[0].lstrip()[:1] == "{":
        return _json_kind(file, head.objects)
    if any(map(_is_paddle, head.lines)):
        return "paddle"
    if any(map(is_word, head.lines)):
        return "words"
    return "names" if any(map(NAMED.fullmatch, head.lines)) else None


def sure_kind(file: Path) -> str | None:
    """Why the file is text in pictures and can be little else; None when it may be something else. Never raises."""
    kind = kind_of(file)
    lines = _head(file, "utf-8").lines[:_SURE]
    if kind == "words" and lines:
        broken = [line for line in lines if not is_word(line, Form())]
        sure = _is_slip(broken, lines) and any(says_something(line) for line in lines if line not in broken)
        return f"corners and text on {'most lines' if broken else 'every line'}" if sure else None
    if kind == "names":
        quoted = [found and found[2] for line in lines for found in [NAMED.fullmatch(line)]]
        return "a picture and its text in quotes on every line" if all(quoted) else None
    return _SAID.get(kind) if kind else None


def _is_slip(broken: list[str], lines: list[str]) -> bool:
    """Whether lines that are no words leave no doubt: there are none, or one of three or more that is no header."""
    return not broken or (len(broken) == 1 and len(lines) > 2 and (broken[0] != lines[0] or lines[0][:1].isdigit()))


_SAID: Final[dict[str, str]] = {
    "lines": "a JSON object with a picture and its text on every line",
    "paddle": "a picture and a list of points with transcriptions on every line",
    "mmocr": "'metainfo' of a set of text and 'data_list' at the top",
}


def _head(file: Path, encoding: str) -> _Head:
    lines = head_lines(file, _LOOKED_AT, encoding)
    objects = [each for line in lines if line.lstrip()[:1] == "{" and isinstance(each := _json(line), dict)]
    return _Head(lines, objects)


def _json_kind(file: Path, objects: list[dict[str, Any]]) -> Kind | None:
    if any(_is_entry_line(each) for each in objects):
        return "lines"
    keys = top_level(file) or {}
    if {"metainfo", "data_list"} <= keys.keys() and re.search(
        r'"dataset_type"\s*:\s*"[^"]*(Text|KIE|OCR|Wild)', keys["metainfo"]
    ):
        return "mmocr"
    return "entities" if keys and keys.keys() <= ENTITIES and "" not in keys else None


def _is_entry_line(entry: dict[str, Any]) -> bool:
    """KIE lines of mmocr 0.x, or its lines of recognition."""
    if isinstance(entry.get("filename"), str) and isinstance(entry.get("text"), str):
        return entry.keys() == {"filename", "text"}
    words = entry.get("annotations")
    if not isinstance(entry.get("file_name"), str) or not isinstance(words, list):
        return False
    return not words or any(isinstance(word, dict) and {"box", "text"} <= word.keys() for word in words)


def _is_paddle(line: str) -> bool:
    name, tab, rest = line.partition("\t")
    return (
        bool(tab and name) and rest.lstrip().startswith(("[{", "[]")) and (rest.strip() == "[]" or '"points"' in rest)
    )


def _json(line: str) -> object:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_empty_or_utf16(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD)
    except OSError:
        return False
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or not head.removeprefix(codecs.BOM_UTF8).strip()

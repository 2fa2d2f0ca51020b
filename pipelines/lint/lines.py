"""Lines: where in its file a finding's place is, as line and column, for those who read files by lines.

`/annotations/3/bbox` is looked up in the JSON text, `/annotation/object[2]` in the XML, `12:5` is what it says. Only
files that are shown are opened, and of a very large one nothing is said: a walk costs about a decode.
"""

from collections.abc import Sequence
from json import JSONDecodeError
from pathlib import Path
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException

from ...schemas.finding import Finding
from .json_spans import line_and_column, spans
from .xml_spans import numbered, xml_spans

LARGEST = 64 << 20
"""Bytes of the largest file that is searched for lines."""


def located(findings: Sequence[Finding]) -> list[tuple[int, int] | None]:
    """(line, column) of each finding, both from 1; None where its file has no lines to speak of."""
    by_file: dict[str, list[int]] = {}
    for number, found in enumerate(findings):
        by_file.setdefault(found.file, []).append(number)
    where: list[tuple[int, int] | None] = [None] * len(findings)
    for file, numbers in by_file.items():
        ats = {findings[number].at for number in numbers}
        known = {at: place for at in ats if (place := _said(at))}
        known |= _looked_up(Path(file), {at for at in ats if at.startswith("/")})
        for number in numbers:
            where[number] = known.get(findings[number].at)
    return where


def _said(at: str) -> tuple[int, int] | None:
    line, _, rest = at.partition(":")
    column = rest.partition("/")[0]
    if not line.isdecimal():
        return None
    return int(line), int(column) if column.isdecimal() else 1


def _looked_up(path: Path, ats: set[str]) -> dict[str, tuple[int, int]]:
    look = {".json": _in_json, ".xml": _in_xml}.get(path.suffix.lower())
    if not ats or look is None:
        return {}
    try:
        return look(path.read_bytes(), ats) if path.stat().st_size <= LARGEST else {}
    except (OSError, JSONDecodeError, RecursionError, ExpatError, DefusedXmlException):
        return {}  # the findings say what is wrong with the file


def _in_json(content: bytes, pointers: set[str]) -> dict[str, tuple[int, int]]:
    text = content.decode("utf-8-sig", "replace")
    return {at: line_and_column(text, span.start) for at, span in spans(text, pointers).items()}


def _in_xml(content: bytes, paths: set[str]) -> dict[str, tuple[int, int]]:
    found = xml_spans(content)
    starts = {at: found[number].start for at in paths if (number := numbered(at)) in found}
    texts = {at: content[:start].decode("utf-8", "replace") for at, start in starts.items()}
    return {at: line_and_column(text, len(text)) for at, text in texts.items()}

"""Naming a picture anew: wherever, in the value at a place, its old name stands, and nowhere else.

In JSON a name stands as a text of its own, or between `<img>` and `</img>` in a longer one; in XML as an element's
whole text; in other files somewhere in the line. Readers may have made the name out of what stands there: then it is
not found, and nothing is named anew.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape  # reads no markup

from ....converters.json_pointer import step
from ....schemas.finding import Edit
from ..json_spans import spans
from ..xml_spans import numbered, xml_spans

_LINES = re.compile(r"(\d+)(?::\d+)?(/.*)?", re.DOTALL)


def named_anew(path: Path, content: bytes, edits: Sequence[Edit]) -> list[list[Edit]]:
    """For each `rename` the edits that it comes to in that file; none where the old name does not stand there.

    Raises as `edited` does for a file that is not what its places say.
    """
    if path.suffix.lower() == ".xml":
        return _in_xml(content, edits)
    text = content.decode("utf-8", "surrogateescape")
    if all(not edit.at or edit.at.startswith("/") for edit in edits):
        found = spans(text, {edit.at for edit in edits})
        return [_in_json(edit, text[span.start : span.end]) if (span := found.get(edit.at)) else [] for edit in edits]
    lines = text.split("\n")
    return [_in_line(path, edit, lines) for edit in edits]


def _in_line(path: Path, edit: Edit, lines: Sequence[str]) -> list[Edit]:
    place = _LINES.fullmatch(edit.at)
    if place is None or not 0 < int(place[1]) <= len(lines):
        return []
    line = lines[int(place[1]) - 1].rstrip("\r")
    if path.suffix.lower() not in (".json", ".jsonl", ".ndjson"):
        old, new = edit.value["from"], edit.value["to"]
        return [Edit(edit.file, place[1], "replace", line.replace(old, new))] if old and old in line else []
    pointer = place[2] or ""
    span = spans(line, {pointer}).get(pointer)
    return _in_json(edit, line[span.start : span.end]) if span else []


def _in_json(edit: Edit, text: str) -> list[Edit]:
    return [Edit(edit.file, at, "replace", new) for at, new in _strings(json.loads(text), edit.at, edit.value)]


def _strings(value: Any, at: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The texts in a value that bear the old name, by their places, as they are to be."""
    if isinstance(value, str):
        tag = f"<img>{names['from']}</img>"
        if value == names["from"]:
            yield at, names["to"]
        elif tag in value:
            yield at, value.replace(tag, f"<img>{names['to']}</img>")
    elif isinstance(value, (dict, list)):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in members:
            yield from _strings(each, at + step(key), names)


def _in_xml(content: bytes, edits: Sequence[Edit]) -> list[list[Edit]]:
    texts = {at: content[span.inside : span.inner_end] for at, span in xml_spans(content).items()}
    return [
        [
            Edit(edit.file, at, "replace", edit.value["to"])
            for at, text in texts.items()
            if at.startswith(numbered(edit.at)) and b"<" not in text and _plain(text) == edit.value["from"]
        ]
        for edit in edits
    ]


def _plain(text: bytes) -> str:
    return unescape(text.decode("utf-8", "surrogateescape")).strip()

"""Edits into the bytes of one file, by what kind of file it is."""

from collections.abc import Sequence
from json import JSONDecodeError
from pathlib import Path
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException

from ....schemas.errors import InputError
from ....schemas.finding import Edit
from .json_edits import edit_json, edit_json_lines
from .line_edits import edit_lines
from .xml_edits import edit_xml


def edited(path: Path, content: bytes, edits: Sequence[Edit]) -> bytes:
    """A file's bytes with its edits made, everything else as it was.

    A place `/3/bbox` is in JSON, `12:1/…` in JSON Lines (under .json too), `/annotation/…` of an .xml file in XML, a
    bare `12` or `12:1` a line. Raises `InputError` where the file is not what its edits say.
    """
    try:
        if path.suffix.lower() == ".xml":
            return edit_xml(content, edits)
        text = content.decode("utf-8", "surrogateescape")
        if all(not edit.at or edit.at.startswith("/") for edit in edits):
            new = edit_json(text, edits)
        elif path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
            new = edit_json_lines(text, edits)
        else:
            new = edit_lines(text, edits)
        return new.encode("utf-8", "surrogateescape")
    except (JSONDecodeError, ExpatError, DefusedXmlException, RecursionError) as fault:
        raise InputError(str(path), f"cannot be edited: {fault}", "Repair the file first: lint says where.") from None

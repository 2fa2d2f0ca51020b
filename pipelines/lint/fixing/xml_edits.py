"""Edits of XML: an element's text replaced, an element removed, by its path, `/annotation/object[3]/bndbox/xmin`."""

from collections.abc import Sequence
from xml.sax.saxutils import escape  # writes, and parses nothing

from ....schemas.finding import Edit
from ..xml_spans import numbered, xml_spans


def edit_xml(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The file with the edits made; of two about one place the first is made, and one within another is left.

    Raises `ExpatError` for what is no XML, `EntitiesForbidden` for entities.
    """
    places = xml_spans(content)
    cuts: dict[tuple[int, int], bytes] = {}
    for edit in edits:
        if (span := places.get(numbered(edit.at))) is None:
            continue
        if edit.op == "remove":
            cuts.setdefault(_whole(content, span.start, span.end), b"")
        elif edit.op == "replace" and span.inside < span.end:
            cuts.setdefault((span.inside, span.inner_end), escape(str(edit.value)).encode("ascii", "xmlcharrefreplace"))
    pieces: list[bytes] = []
    at = 0
    for (start, end), new in sorted(cuts.items(), key=lambda cut: (cut[0][0], -cut[0][1])):
        if start < at:
            continue
        pieces += (content[at:start], new)
        at = end
    return b"".join((*pieces, content[at:]))


def _whole(content: bytes, start: int, end: int) -> tuple[int, int]:
    """An element with its line, if it stands alone in one: with the white space before it and the break behind."""
    line_start = content.rfind(b"\n", 0, start) + 1
    line_end = content.find(b"\n", end) + 1
    if line_end and not content[line_start:start].strip() and not content[end:line_end].strip():
        return line_start, line_end
    return start, end

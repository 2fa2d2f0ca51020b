"""Edits of XML: an element's text replaced, an element removed, by its path, `/annotation/object[3]/bndbox/xmin`."""

import re
from collections.abc import Sequence
from xml.parsers import expat
from xml.sax.saxutils import escape

from defusedxml.common import EntitiesForbidden

from ....schemas.finding import Edit

_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")


class _Places:
    """The byte spans of elements by path: the whole, and what is inside. `object` and `object[1]` are the same."""

    def __init__(self, content: bytes) -> None:
        self.spans: dict[str, tuple[int, int, int, int]] = {}
        self._content = content
        self._open: list[tuple[str, int, int]] = []
        self._counts: list[dict[str, int]] = [{}]
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.EntityDeclHandler = self._forbid
        self._parser.Parse(content, True)

    def _forbid(self, name: str, _parameter: bool, value: str | None, *where: str | None) -> None:
        raise EntitiesForbidden(name, value or "", *(each or "" for each in where))

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        counts = self._counts[-1]
        counts[name] = counts.get(name, 0) + 1
        above = self._open[-1][0] if self._open else ""
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self._content, start)
        self._open.append((f"{above}/{name}[{counts[name]}]", start, tag.end() if tag else start))
        self._counts.append({})

    def _end(self, _name: str) -> None:
        path, start, inside = self._open.pop()
        self._counts.pop()
        if self._content[inside - 2 : inside] == b"/>":
            self.spans[path] = (start, inside, inside, inside)
            return
        inner_end = self._parser.CurrentByteIndex
        self.spans[path] = (start, inside, inner_end, self._content.index(b">", inner_end) + 1)


def edit_xml(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The file with the edits made. Raises `ExpatError` for what is no XML, `EntitiesForbidden` for entities."""
    places = _Places(content).spans
    cuts: list[tuple[int, int, bytes]] = []
    for edit in edits:
        if (span := places.get(_numbered(edit.at))) is None:
            continue
        start, inside, inner_end, end = span
        if edit.op == "remove":
            cuts.append((_line_start(content, start), _line_end(content, end), b""))
        elif edit.op == "replace":
            cuts.append((inside, inner_end, escape(str(edit.value)).encode()))
    last = len(content) + 1
    for start, end, new in sorted(cuts, reverse=True):
        if end <= last:
            content = content[:start] + new + content[end:]
            last = start
    return content


def _numbered(path: str) -> str:
    return "/".join(step if not step or step.endswith("]") else f"{step}[1]" for step in path.split("/"))


def _line_start(content: bytes, at: int) -> int:
    """Where the white space before an element begins, if it stands first in its line."""
    start = content.rfind(b"\n", 0, at) + 1
    return start if not content[start:at].strip() else at


def _line_end(content: bytes, at: int) -> int:
    """Behind the line break, if an element stands last in its line."""
    end = content.find(b"\n", at) + 1
    return end if end and not content[at:end].strip() else at

"""Where elements stand in the bytes of an XML file, by their paths: for edits that leave other bytes alone, and lines.

`/annotation/object[3]/bndbox/xmin`: elements of one name are counted from 1 in their parent; `object` and `object[1]`
are the same. Entities are refused.
"""

import re
from typing import NamedTuple
from xml.parsers import expat

from defusedxml.common import EntitiesForbidden

_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")


class XmlSpan(NamedTuple):
    """The bytes of an element, from `start` up to `end`, and of what is inside it."""

    start: int
    inside: int
    inner_end: int
    end: int


def xml_spans(content: bytes) -> dict[str, XmlSpan]:
    """The span of every element by its path, every step numbered; none in UTF-16, whose bytes are no letters.

    Raises `ExpatError` for what is no XML, `EntitiesForbidden` for entities.
    """
    return {} if b"\x00" in content[:4] else _Walk(content).spans


def numbered(path: str) -> str:
    """A path with a number in every step."""
    return "/".join(step if not step or step.endswith("]") else f"{step}[1]" for step in path.split("/"))


class _Walk:
    def __init__(self, content: bytes) -> None:
        self.spans: dict[str, XmlSpan] = {}
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
            self.spans[path] = XmlSpan(start, inside, inside, inside)
            return
        inner_end = self._parser.CurrentByteIndex
        self.spans[path] = XmlSpan(start, inside, inner_end, self._content.index(b">", inner_end) + 1)

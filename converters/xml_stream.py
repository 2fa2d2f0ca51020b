"""Large XML files as a stream of the root's children, through defusedxml: no DTD, no entity, no fetch.

Held at a time are one block of the file and the children that end in it. Encodings are the parser's own (UTF-8,
UTF-16, single-byte code pages); `xml_reader` knows more, for small files.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder  # the tree alone: what parses is defusedxml's

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import ParseError, XMLParser

from ..schemas.accounting import Accounting
from ..schemas.errors import InputError

BLOCK = 1 << 18
"""Bytes a read."""

_REMEDY = "Export or copy the file again."


def children(path: Path, accounting: Accounting | None = None) -> Iterator[Element]:
    """The children of the root element, each a whole tree by itself, in order; tags without their namespaces.

    The file's size and sha256 go to `accounting` once it was read to its end. Raises `InputError` with line and
    column where the text stops being XML, for a DOCTYPE, and where the file cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    forest = _Forest()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
                forest.feed(block)
                yield from forest.taken()
        forest.finish()
        yield from forest.taken()
    except ParseError as error:
        (line, column), reason = error.position, str(error).rpartition(": line ")[0]
        raise InputError(f"{path}:{line}:{column + 1}", f"broken XML: {reason}{forest.progress()}", _REMEDY) from None
    except DTDForbidden:
        fact = "has a DOCTYPE, which can fetch files or grow without bound: not read"
        raise InputError(str(path), fact, "Delete the DOCTYPE line.") from None
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise InputError(str(path), f"not readable as XML: {error}", _REMEDY) from None
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror}", "Check the file's permissions.") from None
    if accounting is not None:
        accounting.input(str(path), size, digest.hexdigest())


class _Forest:
    """Builds every child of the root as a tree of its own, so that none is held longer than its reader wants it."""

    def __init__(self) -> None:
        self.depth = 0
        self.count = 0
        self.builder = TreeBuilder()
        self.whole: list[Element] = []
        self.parser = XMLParser(target=self, forbid_dtd=True)
        # As in `xml_reader`: past defusedxml's Python for every tag; its refusals are other handlers and stay.
        expat: Any = self.parser.parser
        expat.ordered_attributes = False
        expat.StartElementHandler, expat.EndElementHandler = self.start, self.end

    def feed(self, block: bytes) -> None:
        self.parser.feed(block)

    def taken(self) -> list[Element]:
        """The children that are whole by now, each handed out once."""
        whole, self.whole = self.whole, []
        return whole

    def progress(self) -> str:
        return f"; {self.count} whole elements stand before it"

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > 1:
            self.builder.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.depth > 0:
            self.builder.end(tag.rpartition("}")[2])
        if self.depth == 1:
            self.whole.append(self.builder.close())
            self.count += 1
            self.builder = TreeBuilder()

    def data(self, text: str) -> None:
        if self.depth > 1:
            self.builder.data(text)

    def finish(self) -> None:
        """Say that the file has ended; raises what the parser raises where the XML has not."""
        self.parser.close()

    def close(self) -> None:
        """What the parser calls on its target: there is nothing to hand back."""

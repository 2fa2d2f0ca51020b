"""XML files as element trees, through defusedxml only: no DTD, no entity, no fetch, whatever the file asks for.

Encodings are the parser's business (byte order marks, UTF-16, every single-byte code page) except the multi-byte ones
of East Asia, which expat cannot read and labelling tools there do declare: those are decoded here.
"""

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, TreeBuilder  # the tree alone: what parses is defusedxml's

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import ParseError, XMLParser

_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")

_MULTI_BYTE: Final = {
    "gb2312": "gb18030",  # what declares GB2312 is GBK as often as not, and GB18030 reads both
    "gbk": "gb18030",
    "cp936": "gb18030",
    "gb18030": "gb18030",
    "big5": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc-jp",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
}

_NO_ENCODINGS: Final = frozenset({"unicode-escape", "raw-unicode-escape", "idna", "punycode", "utf-7", "undefined"})
"""What Python has a codec for, so that expat would ask it, and no XML is written in."""


class XmlError(Exception):
    """A file that is no XML, or XML that is not read: `at` is `line:column`, `value` the offending fact."""

    def __init__(self, at: str, value: object, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.value = value
        self.message = message


def parse(data: bytes) -> Element:
    """The root element of a whole XML file, tags without their namespaces. Raises `XmlError`, nothing else."""
    if not data.strip():
        raise XmlError("1:1", len(data), "the file is empty")
    try:
        root = _tree(_decoded(data))
    except ParseError as error:
        (line, column), reason = error.position, str(error).rpartition(": line ")[0]
        raise XmlError(f"{line}:{column + 1}", reason, f"broken XML: {reason}") from None
    except DTDForbidden as error:
        raise XmlError(
            "1:1", error.name, "has a DOCTYPE, which can fetch files or grow without bound: not read"
        ) from None
    except (DefusedXmlException, ValueError, LookupError) as error:
        raise XmlError("1:1", str(error), f"not readable as XML: {error}") from None
    if "}" in root.tag:
        _without_namespaces(root)
    return root


def _tree(data: bytes | str) -> Element:
    builder = TreeBuilder()
    parser = XMLParser(target=builder, forbid_dtd=True)
    # defusedxml goes through Python for every tag, only to write namespaces in another way; straight into the builder
    # it costs a third. Its refusals of DTDs, entities and fetches are other handlers and stay.
    expat: Any = parser.parser
    expat.ordered_attributes = False
    expat.StartElementHandler, expat.EndElementHandler = builder.start, builder.end
    parser.feed(data)
    root: Element = parser.close()
    return root


def root_tag(head: bytes) -> str | None:
    """The tag of the root element, from the first bytes of a file; None where there is no XML root in them."""
    root = _RootOnly()
    try:
        XMLParser(target=root, forbid_dtd=True).feed(_decoded(head))
    except _RootFound:
        return root.tag
    except (ParseError, ValueError, LookupError):
        return None
    return root.tag


def _decoded(data: bytes) -> bytes | str:
    declared = _DECLARED.match(data)
    if declared is None:
        return data
    name = declared[1].decode().lower()
    if name.replace("_", "-") in _NO_ENCODINGS:
        raise LookupError(f"unknown encoding: {name}")
    codec = _MULTI_BYTE.get(name)
    return data.decode(codec) if codec else data


def _without_namespaces(root: Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]


class _RootFound(Exception):  # noqa: N818  no error: it ends the parse as soon as the root is known
    pass


class _RootOnly:
    """A parser target that wants the first start tag and nothing more."""

    tag: str | None = None

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        self.tag = tag.rpartition("}")[2]
        raise _RootFound

    def end(self, _tag: str) -> None: ...

    def data(self, _text: str) -> None: ...

    def close(self) -> None: ...

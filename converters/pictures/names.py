"""Picture names as label files write them: relative, with backslashes, percent-encoded, absolute, on a server."""

import os
import posixpath
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from .fault import PictureFault

Kind = Literal["relative", "absolute", "climbing", "remote"]
ENCODED, FORM, SLASHED, LITERAL = "percent-decoded", "other Unicode form", "backslashes as slashes", "as named"

_FILE = re.compile(r"file:(?://[^/\\]*)?(?=[/\\])", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^/]*")
_INLINE = re.compile(r"data:[\w/+.-]*[;,]", re.IGNORECASE)
_UP = re.compile(r"\A(?:\.\.(?:/|\Z))+")
_DRIVE = re.compile(r"\A[A-Za-z]:(?=/)")
_TAILS = 8  # folders of an absolute path that may exist under the root as well


class Address(NamedTuple):
    """A name understood: what kind it is, and its path with slashes.

    Relative paths stay inside the root; of a climbing one, which would leave it by `..`, the path is what follows.
    """

    kind: Kind
    path: str


def address(name: str, root: str) -> Address:
    """What `name` names; `PictureFault` SE001 when it bears a NUL, IM012 for data in the name.

    An absolute path inside `root` is relative to it. `root` is absolute.
    """
    if "\0" in name:
        raise PictureFault("SE001", shown(name), "the name bears a NUL byte")
    if _INLINE.match(name):
        raise PictureFault("IM012", shown(name), "the picture stands in the label file itself, as a data: address")
    local = unquote(name[match.end() :]) if (match := _FILE.match(name)) else name
    if url := _URL.match(local):
        key = unquote(re.split("[?#]", local[url.end() :], maxsplit=1)[0])
        return Address("remote", posixpath.normpath(f"/{key}").lstrip("/"))
    path = local.replace("\\", "/")
    path = _DRIVE.sub("", path)
    if path.startswith("/"):
        return _absolute(posixpath.normpath(path), root)
    tidy = posixpath.normpath(path) if path else ""
    if _climbs(tidy):
        return Address("climbing", _UP.sub("", tidy))
    return Address("relative", tidy)


def _absolute(path: str, root: str) -> Address:
    within = root.replace(os.sep, "/").rstrip("/") + "/"
    if path.startswith(within):
        return Address("relative", path[len(within) :])
    return Address("absolute", path.lstrip("/"))


def inside(path: str, name: str) -> str:
    """The relative `path` without `.` and `..`; `PictureFault` SE001 when it climbs out of the folder it starts in."""
    tidy = posixpath.normpath(path) if path else ""
    if _climbs(tidy):
        raise climbs_out(name)
    return tidy


def climbs_out(name: str) -> PictureFault:
    """What is said of a name that leaves the folder of the pictures by `..`."""
    return PictureFault("SE001", shown(name), f"the name {shown(name)} climbs out of the folder of the pictures")


def _climbs(tidy: str) -> bool:
    return tidy == ".." or tidy.startswith(("../", "/"))


def spellings(name: str, path: str) -> Iterator[tuple[str, str]]:
    """The ways to read a relative name, the most literal first: (which way, relative path).

    `path` is the name as `address` gave it. A percent-encoded name that climbs out of the root is a fault as any.
    """
    if "\\" in name:
        literal = posixpath.normpath(name)
        if not literal.startswith(("/", "..")):
            yield LITERAL, literal
    yield SLASHED if "\\" in name else LITERAL, path
    for form in _forms(path):
        yield FORM, form
    if "%" in path and (decoded := unquote(path)) != path:
        if "\0" in decoded:
            raise PictureFault("SE001", shown(name), "the name bears a NUL byte")
        decoded = inside(decoded.replace("\\", "/"), name)
        yield ENCODED, decoded
        for form in _forms(decoded):
            yield ENCODED, form


def tails(path: str) -> Iterator[str]:
    """The endings of a path that keep at least one folder, the longest first."""
    parts = path.split("/")
    for start in range(max(len(parts) - _TAILS, 0), len(parts) - 1):
        tail = "/".join(parts[start:])
        yield tail
        yield from _forms(tail)


def _forms(path: str) -> list[str]:
    """The path in the other Unicode forms: macOS and its archives write é as two characters."""
    return [] if path.isascii() else [form for form in (normalize("NFC", path), normalize("NFD", path)) if form != path]


def shown(name: str) -> str:
    """The name as it can be printed and stored: no half of a surrogate pair, at most 300 characters."""
    text = name.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 300 else text[:299] + "…"

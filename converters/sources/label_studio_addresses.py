"""Addresses: from what a task calls its picture to names under `--images`, by rules a person can follow.

A server names pictures by its own routes, so one picture has several plausible names in a folder. Each rule gives
them in order, and the first that is there is taken:

| rule          | address                                    | names                                        |
|---------------|--------------------------------------------|----------------------------------------------|
| `map`         | begins with the PREFIX of `--map`          | PATH and the rest, and no other              |
| `local-files` | `/data/local-files/?d=a/b%20c.png`         | `a/b c.png`, `b c.png`                       |
| `upload`      | `/data/upload/3/1a2b3c4d-b.png`            | `1a2b3c4d-b.png`, `3/1a2b3c4d-b.png`, `b.png` |
| `upload`      | `/storage-data/uploaded/?filepath=upload/3/1a2b3c4d-b.png` | the same                     |
| `upload`      | `/data/upload/3/1a2b3c4d-a_b.png`          | last `a b.png`: an upload's spaces become `_` |
| `resolve`     | `/tasks/1/resolve/?fileuri=<base64>`       | those of the address inside                  |
| `cloud`       | `s3://`, `gs://`, `azure-blob://bucket/a/b.png` | `a/b.png`, `b.png`                      |
| `web`         | `https://host/a/b%20c.png?signature`       | `a/b c.png`, `b c.png`                       |
| `path`        | anything else                              | as it stands, then ever shorter ends of it   |

Where none of them is there, the name is tried that the server's exports with pictures (COCO_WITH_IMAGES and the like)
give: `c3a3700b__img_000.jpg`, the first 8 hex digits of the address's MD5 before the base name.

A `data:` address holds the picture itself and has no name: IM012.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import md5
from itertools import chain, product
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from ...schemas.errors import ConfigError
from ..pictures.fault import PictureFault
from ..pictures.find import Pictures

CLOUDS = ("s3://", "gs://", "azure-blob://", "azure_spi://")
"""Bucket schemes, whose keys are never percent-encoded."""

_UPLOAD = "/data/upload/"
_STORED = "/storage-data/uploaded"
_SPACED = 4
"""Underscores of a name, up to which each is tried as the space that it may have been; with more, all at once."""
_HASHED = re.compile(r"[0-9a-f]{8}-(?=.)")
_SHOWN = 60


class Reading(NamedTuple):
    """How one address was read: the rule's name, and the names to look for in order; at least one."""

    rule: str
    names: list[str]


def map_rules(given: Sequence[str]) -> list[tuple[str, str]]:
    """`PREFIX=PATH` options as pairs, the longest prefix first; cut at the last "=". `ConfigError` without one."""
    pairs: list[tuple[str, str]] = []
    for each in given:
        prefix, equals, path = each.rpartition("=")
        if not equals or not prefix:
            raise ConfigError(
                f"--map {each}",
                "this is not PREFIX=PATH",
                "Write the beginning of the addresses, '=', and a folder under --images: s3://bucket/=photos",
            )
        pairs.append((prefix, path))
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def read_address(address: str, rules: Sequence[tuple[str, str]] = ()) -> Reading:
    """The rule an address falls under and its names. `PictureFault` IM012 for a picture inside the address."""
    for prefix, path in rules:
        if address.startswith(prefix):
            rest = _mapped(address, address[len(prefix) :])
            return Reading("map", ["/".join(part for part in (path.rstrip("/"), rest) if part)])
    if address[:5].lower() == "data:":
        raise PictureFault("IM012", _short(address), "the picture is written into the label file itself")
    if address.lower().startswith(CLOUDS):
        return Reading("cloud", _ends(address.split("://", 1)[1].partition("/")[2] or address))
    return _routed(address)


def _mapped(address: str, rest: str) -> str:
    """What follows a `--map` prefix, as a path: bucket keys as they stand, else decoded and without the signature."""
    if address.lower().startswith(CLOUDS):
        return rest.lstrip("/")
    return unquote(re.split("[?#]", rest)[0]).lstrip("/")


def _routed(address: str) -> Reading:
    """The server's own routes, on any host and under any prefix; else a web address or a path."""
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket that opens no IPv6 address
        return Reading("path", _ends(address))
    if "/data/local-files" in parts.path and "d=" in parts.query:
        return Reading("local-files", _ends(_queried(parts.query, "d")))
    if "fileuri=" in parts.query and (inner := _decoded(_queried(parts.query, "fileuri"))):
        return Reading("resolve", read_address(inner).names)
    if _STORED in parts.path and (stored := _queried(parts.query, "filepath")):
        return Reading("upload", _uploaded(re.sub(r"\A/?(data/)?upload/", "", stored)))
    if _UPLOAD in parts.path:
        return Reading("upload", _uploaded(unquote(parts.path.rpartition(_UPLOAD)[2])))
    return _elsewhere(address, parts)


def _elsewhere(address: str, parts: SplitResult) -> Reading:
    if parts.scheme in ("http", "https") and parts.netloc:
        return Reading("web", _ends(unquote(parts.path)))
    if parts.scheme == "file":
        return Reading("path", _ends(unquote(parts.path)))
    return Reading("path", _ends(address.replace("\\", "/")))


def _queried(query: str, key: str) -> str:
    found = parse_qs(query).get(key, [""])[0]
    return found or query.partition(key + "=")[2]


def _decoded(text: str) -> str | None:
    """The address in a base64 `fileuri`, either alphabet, with or without its padding."""
    plain = text.translate(str.maketrans("-_ ", "+/+"))
    try:
        inner = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return inner if inner and "fileuri=" not in inner and inner[:5].lower() != "data:" else None


def _uploaded(path: str) -> list[str]:
    """Uploads are stored as `<project>/<8 hex digits>-<name>`, spaces as underscores; people keep any of the names."""
    stored = path.rpartition("/")[2]
    if not stored:
        return [path or "upload"]
    own = _HASHED.sub("", stored, count=1)
    return list(dict.fromkeys([stored, path, own, *_spaced(own)]))


def _spaced(name: str) -> list[str]:
    """The names that an upload of this name may have had, all its underscores as spaces first."""
    pieces = name.split("_")
    gaps = len(pieces) - 1
    if gaps > _SPACED:
        return [" ".join(pieces)]
    marks = sorted(product(" _", repeat=gaps), key=lambda each: each.count("_"))
    return ["".join(chain.from_iterable(zip(pieces, (*each, ""), strict=True))) for each in marks[:-1]]


def _ends(path: str) -> list[str]:
    """The path without its root, then ever shorter ends of it. One that climbs (`..`) stays as it is, to be refused."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or not parts:
        return [path]
    return ["/".join(parts[start:]) for start in range(min(len(parts), 32))]


def choose_name(address: str, rules: Sequence[tuple[str, str]], pictures: Pictures) -> str:
    """The first name that is a picture under the root; the first of all when none is or nothing may be opened."""
    rule, names = read_address(address, rules)
    if pictures.check:
        for name in names if rule == "map" else (*names, exported_name(address, names[-1])):
            if _is_there(name, pictures):
                return name
    return names[0]


def exported_name(address: str, name: str) -> str:
    """What the server's exports with pictures call the picture of this address, whose base name ends `name`."""
    digest = md5(address.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}__{name.rpartition('/')[2]}"


def _is_there(name: str, pictures: Pictures) -> bool:
    try:
        pictures.find(name)
    except (PictureFault, OSError, ValueError):  # ValueError: a NUL in a name
        return False
    return True


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def rule_of(address: str, rules: Sequence[tuple[str, str]]) -> str:
    """The name of the rule that an address falls under; "data" for one that holds the picture itself."""
    try:
        return read_address(address, rules).rule
    except PictureFault:
        return "data"


def describe(address: str, rules: Sequence[tuple[str, str]]) -> str:
    """One line for a person: the address, the rule, the names looked for."""
    try:
        rule, names = read_address(address, rules)
    except PictureFault as fault:
        return f"{_short(address)}: {fault.message}"
    return f"{_short(address)}: by the rule '{rule}' looked for as {', '.join(names)}"

"""How a data set lies in an object store, where no name can be given to many objects in one step.

    ADDRESS/build-<id>/…              the data set, byte for byte as a local OUT, its manifest.json last
    ADDRESS/manifest.json             the same manifest with `"build": "build-<id>"`: the commit, one PUT
    ADDRESS/.lock                     while a run writes

The id is the head of the sha256 of the build's own manifest, which lists every file with its hash: the same data has
the same id, so a run that was stopped goes on where it was, and no two builds share an object. A reader opens
ADDRESS/manifest.json first and the files under the build that it names. Where there is none there is no data set. What
no manifest names is left of a run that died, or the version before, and the next run removes it.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from ...schemas.errors import InputError
from ..commit.destination import MANIFEST
from .address import Address
from .store import Store, telling

BUILD = re.compile(r"build-[0-9a-f]{16}")
"""The name of a build's folder."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Listed(NamedTuple):
    """One file of a build as its manifest lists it."""

    path: str
    bytes: int
    sha256: str


def build_name(manifest: bytes) -> str:
    """The folder of the build that has this manifest.json."""
    return f"build-{sha256(manifest).hexdigest()[:16]}"


def commit_of(manifest: bytes) -> bytes:
    """What ADDRESS/manifest.json says of a build that has this manifest.json."""
    whole = {**json.loads(manifest), "build": build_name(manifest)}
    text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def read_commit(store: Store, address: Address) -> dict[str, Any]:
    """ADDRESS/manifest.json; `InputError` where there is none, or it is no commit of ours."""
    at = address / MANIFEST
    with telling(address, InputError):
        if MANIFEST not in store.objects(address):
            remedy = "Name the address of mmdata convert's -o; nothing is there before its last step."
            raise InputError(str(address), f"is no data set: it has no {MANIFEST}", remedy)
        text = store.read(at)
    commit = as_commit(text)
    if commit is None:
        raise InputError(str(at), "is not the manifest of a data set that mmdata sent there", "Name another address.")
    return commit


def as_commit(text: bytes) -> dict[str, Any] | None:
    """A commit of ours; None for anything else."""
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(read, dict) and isinstance(read.get("files"), list) and {"mmdata", "format"} <= read.keys()
    return read if ours and BUILD.fullmatch(str(read.get("build"))) else None


def listed(manifest: dict[str, Any], place: object) -> list[Listed]:
    """The files that a manifest lists. `InputError` where one is no name inside the build: they become local paths."""
    return list(_listed(manifest, place))


def _listed(manifest: dict[str, Any], place: object) -> Iterator[Listed]:
    for number, each in enumerate(manifest["files"]):
        path, size, digest = (each.get(name) for name in Listed._fields) if isinstance(each, dict) else (None,) * 3
        sound = isinstance(path, str) and isinstance(size, int) and isinstance(digest, str)
        if not (sound and _SHA256.fullmatch(str(digest)) and _inside(str(path))):
            fact = f"/files/{number} is no file inside the data set: {each!r:.120}"
            raise InputError(str(place), fact, "Build the data set again.")
        yield Listed(str(path), int(str(size)), str(digest))


def _inside(path: str) -> bool:
    return "\\" not in path and all(part not in ("", ".", "..") and min(part) >= " " for part in path.split("/"))

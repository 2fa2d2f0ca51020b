"""Where the browser gets a task's pictures from: the server's own disk, an upload, or another address.

`local`: /data/local-files/?d=PATH, relative to the server's LOCAL_FILES_DOCUMENT_ROOT. The server answers 404 to it,
though the file is there, until the project has a local-files storage on a folder that it is in: the commonest of all
questions about Label Studio, so that one picture is fetched before anything leaves.
`upload`: the server stores the file under a name of its own, eight hexadecimal digits before ours; the upload must not
make a task (`commit_to_project=false`). An upload whose task was never made is found again by its name and content.
`url`: a prefix and the picture's name below its folder; the browser, not the server, loads it.
"""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote, unquote, urlsplit

from ..schemas.errors import ConfigError, InputError
from .faults import Refused, ServerFault, Unanswered
from .server import Server

Serve = Literal["local", "upload", "url"]

_STORED = re.compile(r"[0-9a-f]{8}-")
_LARGEST = 250 << 20
"""Bytes of an upload that the server takes (DATA_UPLOAD_MAX_MEMORY_SIZE of 1.23.2)."""


class Serving(Protocol):
    """How pictures come to have addresses."""

    def address(self, picture: Path) -> str:
        """The address of a picture here, as a task's data has it."""
        ...

    def try_one(self, picture: Path) -> None:
        """See that the first picture is served; raises with the reason where it is not."""
        ...


class LocalFiles:
    """Pictures that the server has on its own disk, below its document root, which is `root` here."""

    def __init__(self, server: Server, root: Path) -> None:
        self._server, self._root = server, root.resolve()

    def address(self, picture: Path) -> str:
        """The route to the file. `ConfigError` where it is not below the root."""
        try:
            relative = picture.resolve().relative_to(self._root)
        except ValueError:
            remedy = "Name the server's document root with --document-root, or use --serve upload."
            raise ConfigError(str(picture), f"is not below the document root {self._root}", remedy) from None
        return f"/data/local-files/?d={quote(relative.as_posix())}"

    def try_one(self, picture: Path) -> None:
        """Fetch it through the server, as a browser would, and compare."""
        address = self.address(picture)
        try:
            served = self._server.download(address)
        except Refused as fault:
            if fault.status != 404:
                raise
            folder = self._root / picture.resolve().relative_to(self._root).parts[0]
            fact = f"answers 404 to {address}, though {picture} is there"
            remedy = (
                f"Give the project a local-files storage on {folder} (local_files in project.yaml), and the server\n"
                f"  LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={self._root}, its files served (..._SERVING_ENABLED=true)."
            )
            raise ServerFault(self._server.url, fact, remedy) from None
        if sha256(served).digest() != sha256(picture.read_bytes()).digest():
            fact = f"serves another file under {address} than {picture}"
            raise ServerFault(self._server.url, fact, "Name the server's own document root with --document-root.")


class Uploads:
    """Pictures that are sent to the server, once each."""

    def __init__(self, server: Server, project: int) -> None:
        self._server, self._project = server, project
        self._sent: dict[str, str] = {}
        self._there: dict[str, list[str]] | None = None

    def address(self, picture: Path) -> str:
        """Send the file where it is not there yet. `InputError` for one that the server does not take."""
        key = str(picture)
        if key not in self._sent:
            self._sent[key] = self._found(picture) or self._upload(picture)
        return self._sent[key]

    def try_one(self, picture: Path) -> None:
        """The first upload is the trial."""

    def _upload(self, picture: Path) -> str:
        content = picture.read_bytes()
        if len(content) > _LARGEST:
            fact = f"has {len(content):,} bytes, and the server takes {_LARGEST:,} an upload"
            raise InputError(str(picture), fact, "Serve it from the server's disk: --serve local.")
        path = f"/api/projects/{self._project}/import"
        try:
            made = self._server.upload(path, picture.name, content, {"commit_to_project": "false"})
        except Unanswered:
            self._there = None
            if found := self._found(picture):
                return found
            raise
        ids = made.get("file_upload_ids") if isinstance(made, dict) else None
        if not ids:
            fact = f"took {picture.name} and says no number of the upload"
            raise ServerFault(self._server.url + path, fact, "Look at the server's log.")
        return _route(self._server.get(f"/api/import/file-upload/{ids[0]}"))

    def _found(self, picture: Path) -> str | None:
        """An upload of the same name and content: that of a run that did not come to its tasks."""
        if self._there is None:
            self._there = {}
            listed: Any = self._server.get(f"/api/projects/{self._project}/file-uploads", {"all": "true"})
            for each in listed:
                route = _route(each)
                self._there.setdefault(_STORED.sub("", unquote(route.rpartition("/")[2]), count=1), []).append(route)
        digest = sha256(picture.read_bytes()).digest()
        for route in self._there.get(_as_stored(picture.name), []):
            if sha256(self._server.download(route)).digest() == digest:
                return route
        return None


class Addresses:
    """Pictures that some other server has: `prefix` and the name below `root`."""

    def __init__(self, prefix: str, root: Path) -> None:
        parts = urlsplit(prefix)
        if parts.scheme not in ("http", "https", "s3", "gs", "azure-blob") or not parts.netloc or parts.password:
            fact = f"{prefix.partition('@')[2] or prefix!r} is no address to begin with, such as https://host/pictures/"
            raise ConfigError("--url-prefix", fact, "Give the address of the folder of pictures, without a password.")
        self._prefix, self._root = prefix, root

    def address(self, picture: Path) -> str:
        """Prefix and name. `ConfigError` for a picture that is not below the folder: it stood in the labels."""
        if not picture.is_relative_to(self._root):
            raise ConfigError(str(picture), "has no address: it stands in the labels", "Use --serve upload.")
        name = picture.relative_to(self._root).as_posix()
        return self._prefix + (quote(name) if self._prefix.startswith("http") else name)

    def try_one(self, picture: Path) -> None:
        """It is for the browser to load; whether it can is not known here."""


def _route(upload: Any) -> str:
    """The address of an upload: its file's name in the project's folder, below /data/."""
    file = upload.get("file") if isinstance(upload, dict) else None
    if not isinstance(file, str) or not file:
        raise ServerFault("the upload", "has no file", "Look at the server's log.")
    return "/data/" + quote(unquote(file.removeprefix("/data/")))


def _as_stored(name: str) -> str:
    """A name as Django stores it: blanks become `_`, what is no letter, digit, `-`, `_` or `.` goes."""
    return re.sub(r"(?u)[^-\w.]", "", name.strip().replace(" ", "_"))

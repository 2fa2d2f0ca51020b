"""Whether a server is fit for work: each thing that goes wrong with Label Studio in practice, looked at.

What is asked after and why, all met with 1.23.2: legacy tokens are off for new organisations; local files answer 404
until a storage permits their folder; a Redis that answers takes imports and exports to workers which may not be
there; a clock that is wrong makes a watermark miss work; a full disk loses annotations.
"""

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from ..schemas.errors import MmdataError
from .faults import NotFound, Refused
from .server import Server

State = Literal["good", "bad", "unknown"]

OLDEST, TRIED = (1, 13), (1, 23)
"""Personal access tokens came with 1.13 or so; 1.23 is what mmdata is tested against."""
_CLOCK = 60.0
"""Seconds that two clocks may differ: far less than the ten minutes by which pulls overlap."""
_DISK = 2 * 1024**3
_SLOW = 2.0


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: what it is, what was found, and what to do where it is not good."""

    name: str
    state: State
    found: str
    remedy: str = ""


def examine(server: Server, project: int | None = None, picture: str | None = None) -> Iterator[Line]:
    """Every line in its order; where the server cannot be reached at all, the first alone.

    `project` is where a picture to fetch is looked for among the tasks; `picture` names one, as after `?d=`.
    """
    version = _guarded("server", lambda: _version(server))
    yield version
    if version.state == "bad" and not version.found.startswith("Label Studio"):
        return
    yield _guarded("token", lambda: _token(server))
    yield _guarded("legacy tokens", lambda: _legacy(server))
    yield _guarded("local files", lambda: _local_files(server, project, picture))
    yield _guarded("clock", lambda: _clock(server))
    yield _redis(server)
    yield _disk(server)


def _guarded(name: str, look: Callable[[], Line]) -> Line:
    try:
        return look()
    except MmdataError as fault:
        return Line(name, "bad", f"{fault.place}: {fault.fact}", fault.remedy)


def _version(server: Server) -> Line:
    begun = time.monotonic()
    answer = server.get("/api/version")
    took = time.monotonic() - begun
    text = str(answer.get("release", "")) if isinstance(answer, dict) else ""
    parts = tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
    edition = str(answer.get("edition", "")) if isinstance(answer, dict) else ""
    if len(parts) < 2:
        return Line("server", "bad", f"{server.url} says no version", "Look whether the address is right.")
    found = f"Label Studio {text} {edition} at {server.url}, answered in {took:.1f} s".replace("  ", " ")
    if parts < OLDEST:
        return Line("server", "bad", found, f"Update it: mmdata is made for {TRIED[0]}.{TRIED[1]}.")
    if took > _SLOW:
        return Line("server", "bad", found, "It is busy, or far away: give --timeout for long exports.")
    remedy = "" if parts == TRIED else f"mmdata is tested against {TRIED[0]}.{TRIED[1]}; another may behave otherwise."
    return Line("server", "good", found, remedy)


def _token(server: Server) -> Line:
    user = server.get("/api/current-user/whoami")
    email = user.get("email") if isinstance(user, dict) else None
    if not email:
        return Line("token", "bad", "the server does not say whose it is", "Look whether the address is right.")
    kind = "legacy, never ends" if server.kind == "legacy" else "personal access token, exchanged every 5 minutes"
    found = f"of {email} ({kind})"
    plain = server.url.startswith("http:") and urlsplit(server.url).hostname not in ("127.0.0.1", "localhost", "::1")
    if plain:
        return Line("token", "bad", f"{found} goes over http, where others can read it", "Use https.")
    return Line("token", "good", found)


def _legacy(server: Server) -> Line:
    answer = server.get("/api/jwt/settings")
    on = bool(answer.get("legacy_api_tokens_enabled")) if isinstance(answer, dict) else False
    if not on:
        return Line("legacy tokens", "good", "off in the organisation")
    remedy = (
        "This token is one: make a personal access token before they are turned off."
        if server.kind == "legacy"
        else "They never end; an administrator can turn them off: Organization, Access Token Settings."
    )
    return Line("legacy tokens", "good", "on in the organisation", remedy)


def _local_files(server: Server, project: int | None, picture: str | None) -> Line:
    name = picture or _some_picture(server, project)
    if name is None:
        what = "no task shows one" if project is not None else "no project was named"
        return Line(
            "local files", "unknown", f"{what}, so none was fetched", "Give --project, or --picture FOLDER/NAME."
        )
    try:
        content = server.download("/data/local-files/", {"d": name})
    except NotFound:
        remedy = (
            "It needs LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true, the file below "
            "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT, and a project with local_files of a path that holds it."
        )
        return Line("local files", "bad", f"{name!r} is not served (404)", remedy)
    except Refused as fault:
        return Line("local files", "bad", f"{name!r} is not served ({fault.status})", fault.remedy)
    if not content:
        return Line("local files", "bad", f"{name!r} is empty", "Look at the file on the server's disk.")
    return Line("local files", "good", f"{name!r} came, {len(content):,} bytes")


def _some_picture(server: Server, project: int | None) -> str | None:
    """What stands after `?d=` in the first task that shows a local file."""
    from urllib.parse import parse_qs

    if project is None:
        return None
    for task in server.get("/api/tasks", {"project": project, "page": 1, "page_size": 20, "include": "id,data"})[
        "tasks"
    ]:
        for value in (task.get("data") or {}).values():
            if isinstance(value, str) and value.startswith("/data/local-files/"):
                named = parse_qs(urlsplit(value).query).get("d")
                if named:
                    return named[0]
    return None


def _clock(server: Server) -> Line:
    before = time.time()
    text = server.headers("/api/version").get("date", "")
    after = time.time()
    try:
        theirs = parsedate_to_datetime(text).timestamp()
    except ValueError:
        return Line("clock", "unknown", "the server does not say what time it is")
    apart = max(before - theirs - 1, theirs - after, 0.0)
    found = f"{apart:.0f} s apart from ours" if apart >= 1 else "the same as ours"
    if apart > _CLOCK:
        return Line("clock", "bad", found, "Set one of them right (NTP): access tokens and pulls go by the time.")
    return Line("clock", "good", found)


def _redis(server: Server) -> Line:
    """A Redis on the server's own machine, which can be looked at from there alone."""
    if not _on_this_machine(server):
        return Line("Redis", "unknown", "the server is on another machine", "Run mmdata annotate doctor there.")
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", 6379)) != 0:
            return Line("Redis", "good", "none at 127.0.0.1:6379, so imports and exports are done at once")
    remedy = (
        "Label Studio gives it imports and exports: see that a worker runs (label-studio rqworker high default low)."
    )
    return Line("Redis", "unknown", "one answers at 127.0.0.1:6379", remedy)


def _disk(server: Server) -> Line:
    if not _on_this_machine(server):
        return Line("disk", "unknown", "the server is on another machine", "Run mmdata annotate doctor there.")
    data = Path(os.environ.get("LABEL_STUDIO_BASE_DATA_DIR") or Path.home() / ".local/share/label-studio")
    place = data if data.is_dir() else Path.home()
    free = shutil.disk_usage(place).free
    found = f"{free / 1024**3:.1f} GiB free where {place} is"
    if free < _DISK:
        return Line("disk", "bad", found, "Make room: each export leaves two files in the server's folder export.")
    return Line("disk", "good", found)


def _on_this_machine(server: Server) -> bool:
    return urlsplit(server.url).hostname in ("127.0.0.1", "localhost", "::1", socket.gethostname())


def as_json(line: Line) -> dict[str, Any]:
    """The line for a program."""
    return {"name": line.name, "state": line.state, "found": line.found, "remedy": line.remedy}

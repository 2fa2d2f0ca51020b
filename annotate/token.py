"""Where the server's address and the token come from, and which token it is.

Address: `--url`, else LABEL_STUDIO_URL. Token: a file of `--token-file` that only its owner may read (0600), else
LABEL_STUDIO_API_KEY; the names are those of Label Studio's own command line. There is no option for the token itself:
options are seen by everybody who may list processes. No message here or elsewhere repeats a token.

Two kinds are told apart by their form: the legacy token is 40 hex digits that never end, the personal access token a
JWT (two dots) that is exchanged for an access token of five minutes (checked with Label Studio 1.23.2).
"""

import os
import re
import stat
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from ..schemas.errors import ConfigError

URL = "LABEL_STUDIO_URL"
KEY = "LABEL_STUDIO_API_KEY"

Kind = Literal["legacy", "personal"]

_MOST = 16384
"""Bytes of a token file; a personal access token has 232."""


def token_kind(token: str) -> Kind:
    """Which of Label Studio's two kinds of token this is, by its form."""
    return "personal" if token.count(".") == 2 else "legacy"


def find_token(file: Path | None = None) -> str:
    """The token in the file, else that of LABEL_STUDIO_API_KEY; `ConfigError` where there is none that can be used."""
    if file is not None:
        return _usable(_read(file), str(file))
    token = os.environ.get(KEY, "")
    if not token.strip():
        remedy = f"Set {KEY}, or name a file that only you may read with --token-file."
        raise ConfigError(KEY, "is not set, so there is no token for the server", remedy)
    return _usable(token, KEY)


def find_url(url: str | None = None) -> str:
    """The server's address without a slash at its end: the one given, else that of LABEL_STUDIO_URL."""
    place = "--url" if url else URL
    text = (url or os.environ.get(URL, "")).strip()
    if not text:
        raise ConfigError(URL, "is not set, so there is no server to ask", f"Set {URL}, or give --url.")
    parts = _split(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(place, "is no address of a server", "Write http://HOST:PORT or https://HOST.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        remedy = f"Leave only scheme, host, port and path; the token belongs into {KEY} or --token-file."
        raise ConfigError(place, "holds a user name, a password or a query, which would be shown in messages", remedy)
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # a port that is no number is found when it is read
    except ValueError:
        return None
    return None if re.search(r"[\s\x00-\x1f\x7f]", text) else parts


def _read(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as fault:
        raise ConfigError(str(file), f"cannot be read: {fault.strerror}", "Name the file of the token.") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ConfigError(str(file), "is no regular file", "Name the file of the token.")
        if facts.st_mode & 0o077:
            mode = stat.S_IMODE(facts.st_mode)
            raise ConfigError(str(file), f"may be read by others (mode {mode:04o})", f"chmod 600 {file}")
        return os.read(descriptor, _MOST).decode("ascii", "replace")
    finally:
        os.close(descriptor)


def _usable(text: str, place: str) -> str:
    token = text.strip()
    if re.fullmatch(r"[A-Za-z0-9._~+/=-]{8,}", token) is None:  # anything else cannot stand in a header
        remedy = "Copy it anew from Label Studio: Account & Settings, then Personal Access Token or Legacy Token."
        raise ConfigError(place, "holds no token of Label Studio", remedy)
    return token

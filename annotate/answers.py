"""What a server answers, held against what an answer must be: whole, JSON, no error.

An error of Label Studio is JSON with `detail`, `validation_errors` and an `id` of its own (a UUID, never that of what
was asked for), so nothing is read from an answer before its status is (server 1.23.2).
"""

import re
import zlib
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import msgspec

from .faults import NotFound, Refused, ServerFault

_DETAIL = 400
"""Characters of a server's own words that a message repeats."""


class Lost(Exception):  # noqa: N818  an outcome that never leaves this folder
    """No whole answer came. `sent`: the request may have reached the server; `fact` says what happened."""

    def __init__(self, fact: str, *, sent: bool) -> None:
        super().__init__(fact)
        self.fact = fact
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and the body, unpacked."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float:
        """Seconds that the server asks to wait (Retry-After, a number or a date); 0 where it asks for none."""
        text = self.headers.get("retry-after", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time())
        except (ValueError, OverflowError):
            return 0.0


def unpacked(raw: bytes, encoding: str) -> bytes:
    """The body as it was before it was packed; `Lost` where it stops in the middle or is packed in another way."""
    if encoding in ("", "identity"):
        return raw
    if encoding != "gzip":
        raise Lost(f"the answer is packed as {encoding!r}, which was not asked for", sent=True)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = unpacker.decompress(raw)
    except zlib.error as fault:
        raise Lost(f"the answer's gzip is damaged: {fault}", sent=True) from None
    if not unpacker.eof:  # zlib itself is silent about it
        raise Lost(f"the answer's gzip stops in the middle, after {len(raw):,} bytes", sent=True)
    return body


def parsed(answer: Answer, place: str) -> Any:
    """The JSON of an answer that is no error; None where there is no body."""
    if not answer.body:
        return None
    try:
        return msgspec.json.decode(answer.body)
    except ValueError as fault:
        kind = answer.headers.get("content-type", "").partition(";")[0] or "no type"
        remedy = "Look whether the address is that of Label Studio itself and no login page or proxy stands before it."
        fact = f"answered {answer.status} with what is no JSON ({kind}, {len(answer.body):,} bytes: {fault})"
        raise ServerFault(place, fact, remedy) from None


def failed(answer: Answer, place: str, detail: str) -> Refused:
    """The error for an answer that is one; `detail` is what `words` found in it."""
    fact = f"answered {answer.status}" + (f": {detail}" if detail else "")
    kind = NotFound if answer.status == 404 else Refused
    return kind(place, fact, _remedy(answer, detail), status=answer.status, detail=detail)


def words(answer: Answer) -> str:
    """What the server says about an error, on one line and cut short."""
    try:
        told: Any = msgspec.json.decode(answer.body)
    except ValueError:
        title = re.search(rb"<title>(.*?)</title>", answer.body[:20_000], re.DOTALL | re.IGNORECASE)
        return _short(title[1].decode("utf-8", "replace") if title else "")
    if not isinstance(told, dict):
        return _short("; ".join(_leaves(told)))
    faults = "; ".join(_leaves(told.get("validation_errors")))
    detail = "; ".join(_leaves(told.get("detail"))) or "; ".join(_leaves(told)) * (not faults)
    return _short(": ".join(part for part in (detail, faults) if part))


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}: {leaf}" for name, inner in value.items() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [] if value is None else [str(value)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _DETAIL else line[: _DETAIL - 1] + "…"


_REMEDIES = {
    401: "The token is not of this server or no longer good: take a new one from Account & Settings.",
    403: "The token's user may not do this: ask an administrator of the server.",
    404: "Look whether the project is still there and whether it is the right server.",
    429: "The server is busy: try again later.",
    503: "The server is busy: try again later.",
}


def _remedy(answer: Answer, detail: str) -> str:
    if answer.status == 401 and "legacy" in detail:
        return "Use a personal access token, or let an administrator turn legacy tokens on in the organisation."
    if 300 <= answer.status < 400:
        to = answer.headers.get("location", "").partition("?")[0]
        return f"The token is not sent elsewhere; if this is your server, give its own address ({to})."
    last = "The server's own log says more." if answer.status >= 500 else "Correct what the server complains about."
    return _REMEDIES.get(answer.status, last)

"""Addresses of objects: `s3://bucket/key`, and which of them may be opened.

No other scheme is known. fsspec would follow many more (`http`, `file`, `ssh`, chains with `::`), and an address may
stand in a recipe that somebody else wrote; so what is read from must be allowed by the user's own word besides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...schemas.errors import ConfigError

SCHEME = "s3"

_ANY_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_LONGEST_KEY = 1024
"""Bytes of UTF-8: the longest key that S3 takes."""


@dataclass(frozen=True, slots=True)
class Address:
    """One object, or everything below one: a bucket, and a key without slashes at its ends ("" = the whole bucket)."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}://{self.path}"

    def __truediv__(self, name: str) -> "Address":
        return Address(self.bucket, f"{self.key}/{name}" if self.key else name)

    @property
    def path(self) -> str:
        """Bucket and key, as fsspec wants them."""
        return f"{self.bucket}/{self.key}" if self.key else self.bucket

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    def within(self, other: "Address") -> bool:
        """Whether this is `other` or below it; `s3://b/set2` is not below `s3://b/set`."""
        return self.bucket == other.bucket and (
            not other.key or self.key == other.key or self.key.startswith(f"{other.key}/")
        )


def parse(text: str) -> Address | None:
    """The address that a text is, None where it is a path. `ConfigError` where it is an address that cannot be used."""
    scheme = _ANY_SCHEME.match(text)
    if scheme is None:
        return None
    if scheme[1] != SCHEME:
        raise ConfigError(f"{scheme[1]}://…", "is no address that mmdata opens", "Name a path, or s3://BUCKET/KEY.")
    bucket, _, key = text[scheme.end() :].partition("/")
    if "@" in bucket or ":" in bucket:
        remedy = "Give credentials by the environment alone (AWS_PROFILE, AWS_ACCESS_KEY_ID and its kin)."
        raise ConfigError(f"{SCHEME}://…", "holds credentials or a port in its bucket's name", remedy)
    if not _BUCKET.fullmatch(bucket):
        raise ConfigError(text, f"{bucket!r} is no name of a bucket", "Write s3://BUCKET/KEY.")
    key = key.removesuffix("/")
    _check_key(text, key)
    return Address(bucket, key)


def _check_key(text: str, key: str) -> None:
    """Keys become paths of local files, so each part of one must be a name."""
    parts = key.split("/") if key else []
    if any(part in ("", ".", "..") or "\\" in part or min(part) < " " for part in parts):
        raise ConfigError(ascii(text), "its key has an empty part, '.', '..' or a control character", "Rename it.")
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise ConfigError(ascii(text), "its key is not UTF-8", "Rename it.") from None
    if size > _LONGEST_KEY:
        raise ConfigError(text[:80] + "…", f"its key has {size} bytes", f"S3 takes {_LONGEST_KEY} at most.")


def check_allowed(address: Address, allowed: Sequence[Address]) -> None:
    """Raise `ConfigError` unless one of `allowed` is the address or above it."""
    if not any(address.within(each) for each in allowed):
        raise ConfigError(
            str(address),
            "is an address, and none is opened unasked",
            f"If you trust it, add --allow {SCHEME}://{address.bucket}/",
        )

"""Addresses that mean another machine, or none, for everyone else: by what is written, without asking any server."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import unquote, urlsplit

_FETCHED = (
    "http",
    "https",
    "ftp",
    "ftps",
    "s3",
    "gs",
    "gcs",
    "az",
    "abfs",
    "abfss",
    "azure",
    "hdfs",
    "oss",
    "cos",
    "hf",
)
_BUCKETS = _FETCHED[4:]
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain")
_PART = re.compile(r"0x[0-9a-f]+|[0-9]+")


def private(name: str) -> str:
    """Why an address means nothing to others, in words; empty where it may, and for what is no address.

    Hosts are read as browsers and C libraries do: `127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1`, `[::ffff:10.0.0.1]`.
    """
    scheme, colon, rest = name.partition(":")
    scheme = scheme.lower()
    if not colon or len(scheme) < 2 or not rest.startswith("//"):
        return "a file of one machine" if scheme == "file" and colon else ""
    if scheme in ("embedded", "data"):
        return ""
    if scheme not in _FETCHED:
        return (
            "a file of one machine" if scheme == "file" else f"an address by {scheme}:, which loaders should not follow"
        )
    if scheme in _BUCKETS:
        return ""
    try:
        host = unquote(urlsplit(name).hostname or "").rstrip(".")
    except ValueError:
        return "an address whose host cannot be read"
    return _of_host(host)


def _of_host(host: str) -> str:
    if not host:
        return "an address without a host"
    number = _number(host)
    if number is not None:
        return _of_number(number)
    if "." not in host or host.rpartition(".")[2].lower() in _LOCAL_NAMES:
        return f"on {host}, a name of one network alone"
    return ""


def _number(host: str) -> IPv4Address | IPv6Address | None:
    """The host as a number, if it is one in any of the forms that resolvers take."""
    if ":" in host:
        try:
            return ip_address(host.partition("%")[0])
        except ValueError:
            return None
    parts = host.lower().split(".")
    if len(parts) > 4 or not all(_PART.fullmatch(part) for part in parts):
        return None
    try:
        values = [
            int(part, 16 if part[:2] == "0x" else 8 if part[0] == "0" and len(part) > 1 else 10) for part in parts
        ]
    except ValueError:
        return None
    whole = values[-1] + sum(value << 8 * (3 - place) for place, value in enumerate(values[:-1]))
    return IPv4Address(whole) if whole < 1 << 32 else None


def _of_number(number: IPv4Address | IPv6Address) -> str:
    if isinstance(number, IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo or (None, None))[1]
        if inner is not None:
            return _of_number(inner)
    for is_so, words in (
        (number.is_loopback, "this machine itself"),
        (number.is_unspecified, "no machine"),
        (number.is_link_local, "a link-local address, such as a cloud's metadata service"),
        (number.is_multicast, "a multicast address"),
        (not number.is_global, "an address of a private or reserved network"),
    ):
        if is_so:
            return f"on {number}, {words}"
    return ""

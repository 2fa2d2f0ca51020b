"""Names of files made of samples' ids, where a trainer finds things by the names of files.

A name holds letters and digits of ASCII, `_`, `-` and `%`: no dot, at which one loader cuts and another replaces a
suffix, nothing that a file system or an archive takes amiss. Every other byte of the id is `%` and two digits, so two
ids never share a name; what would be over 150 bytes ends in a hash instead.
"""

from hashlib import sha256
from urllib.parse import quote

LONGEST = 150
"""Bytes of a name without its suffix; 255 is what file systems take, prefixes and suffixes included."""


def file_name_of(identity: str) -> str:
    """The name of the files of the sample with that id, without folder or suffix."""
    held = identity.encode("utf-8", "surrogatepass")
    name = quote(held, safe="").replace(".", "%2E").replace("~", "%7E")
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 33]}-{sha256(held).hexdigest()[:32]}"

"""Addresses instead of paths: where pictures will be found once they were put under a prefix, `gs://bucket/photos`.

Under the prefix they stand as under their folder; those that were rewritten stand under `images/`, as in OUT.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from ...schemas.errors import ConfigError
from .protocol import Refusal, RenderOptions

_GS = re.compile(r"gs://[a-z0-9][a-z0-9._-]*(/.*)?", re.DOTALL)
_HTTP = re.compile(r"https?://[^/\s?#]+(/[^\s?#]*)?")


def checked_prefix(prefix: str, flag: str, schemes: Sequence[str]) -> None:
    """Raise `ConfigError` naming the flag where the prefix is no address of one of the schemes; "" is none given."""
    scheme = prefix.partition("://")[0]
    form = _GS if scheme == "gs" else _HTTP
    if prefix and (scheme not in schemes or not form.fullmatch(prefix)):
        shown = " or ".join(f"{each}://…" for each in schemes)
        raise ConfigError(flag, f"{prefix!r} is no address of a folder", f"Write {shown}, without ? and #.")


def address(path: str, prefix: str, options: RenderOptions) -> str | None:
    """The address of a picture; None where it is under none of the folders that can be told in one."""
    if not prefix:
        return path
    within = _within(path, options.roots)
    if within is None:
        return None
    return f"{prefix.rstrip('/')}/{within if prefix.startswith('gs:') else quote(within)}"


def _within(path: str, roots: Sequence[tuple[str, str]]) -> str | None:
    if not roots:
        return path.lstrip("/")
    return next((shown + path[len(root) :] for root, shown in roots if path.startswith(root)), None)


def refused_addresses(batch: pa.RecordBatch, prefix: str, options: RenderOptions) -> list[Refusal]:
    """Samples with a picture that has no address, or a name that none can hold."""
    media = batch.column("media")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy())).tolist()
    refusals: list[Refusal] = []
    for row, path in zip(sample, media.flatten().field("path").to_pylist(), strict=True):
        if any("\ud800" <= letter <= "\udfff" for letter in path):
            refusals.append(Refusal(row, "IM011", ascii(path), "the name is not UTF-8"))
        elif prefix.startswith("gs:") and ("\n" in path or "\r" in path):
            refusals.append(Refusal(row, "IM011", path, "a name in Cloud Storage holds no line break"))
        elif "://" in path:
            refusals.append(Refusal(row, "IM012", path, "the picture is elsewhere already: nobody has looked at it"))
        elif address(path, prefix, options) is None:
            fact = f"it is not under the folder that {prefix} stands for; name one above it with --image-root"
            refusals.append(Refusal(row, "IM011", path, fact))
    return refusals

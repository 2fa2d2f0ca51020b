"""Picture paths as they stand in a row: relative to a root by option, and what no trainer can open."""

import os
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .protocol import Refusal

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|data:|file:", re.IGNORECASE)


def emitted_path(path: str, root: str) -> str:
    """A picture's path as the row names it: relative to `root` when there is one, always with `/`."""
    if not root:
        return path
    head = root.rstrip("/") + "/"
    return path[len(head) :] if path.startswith(head) else os.path.relpath(path, root)


def local_path_fault(path: str) -> tuple[str, str] | None:
    """Why a trainer that joins paths to a folder cannot open this one: (rule, what is wrong); None when it can."""
    if _REMOTE.match(path):
        return "IM012", "the trainer joins the name to a folder, and an address becomes a file that is not there"
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        return "IM011", "the name is not UTF-8"
    return None


def local_path_faults(paths: pa.Array) -> dict[int, tuple[str, str]]:
    """The paths that `local_path_fault` finds, by their place; one pass where all are plain."""
    if pc.all(pc.string_is_ascii(paths)).as_py() and not pc.any(pc.match_substring(paths, ":")).as_py():
        return {}
    return {at: fault for at, path in enumerate(paths.to_pylist()) if (fault := local_path_fault(path))}


def refused_paths(batch: pa.RecordBatch) -> list[Refusal]:
    """Samples with a picture whose name leads to no file of this machine, or is not UTF-8."""
    media = batch.column("media")
    paths = media.flatten().field("path")
    sample = np.repeat(np.arange(len(batch)), np.diff(media.offsets.to_numpy()))
    return [
        Refusal(int(sample[at]), code, ascii(paths[at].as_py()) if code == "IM011" else paths[at].as_py(), said)
        for at, (code, said) in local_path_faults(paths).items()
    ]

"""A data set without its manifest.

What
    The folder is one that a build was still writing, its manifest.json cannot be read or lacks its parts, or it was
    taken out. Folders of tars or Parquet from elsewhere have no manifest, and are let.

Why it hurts training
    Nobody knows whether the data set is whole: a build writes its manifest last.

Example
    `.out.0123456789abcdef.partial`, copied to the machine that trains.

Instead
    Build it again; a run that was stopped leaves the older version in its place.

Fix safety
    None.

Sources
    mmdata's own commit protocol (docs/commit.md). Of 30 tar files whose writer was killed, webdataset read 11
    as whole (measured).

"""

from collections.abc import Iterator

from ...commit.destination import MANIFEST
from ..build import STAGED, Build
from ..hits import Hits

_PARTS = {"accounting", "splits", "files"}


def check_build(build: Build) -> Iterator[Hits]:
    """Folders that a build began and did not end, and manifests that are none."""
    there = (build.folder / MANIFEST).is_file()
    if STAGED.fullmatch(build.folder.name):
        said = "this is the folder in which a build was at work; what is whole has another name"
    elif build.torn_manifest:
        said = f"{MANIFEST} is no JSON"
    elif build.manifest and not build.mended and not build.manifest.keys() >= _PARTS:
        said = f"{MANIFEST} has no {', '.join(sorted(_PARTS - build.manifest.keys()))}"
    elif not there and "rejected.jsonl" in build.files:
        said = f"rejected.jsonl is there, and no {MANIFEST}"
    else:
        return
    yield Hits("", [0], lambda _: said)

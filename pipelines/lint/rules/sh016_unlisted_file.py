"""A file that the manifest does not speak of.

What
    In a data set that mmdata built lies a file, or a folder of such files, that its manifest does not list. What file
    managers leave (.DS_Store) and the page of mmdata report do not count.

Why it hurts training
    Readers that take every file of a folder, or all that fit a pattern, take it too: a second copy, an older shard or
    notes are then trained as if they were data.

Example
    train/train-00007.tar of an earlier build, copied in by hand.

Instead
    Move it out, or build again to another place.

Fix safety
    Safe for half-written files (.tmp, .part): the mended data set is without them. Others are left, and are listed in
    the mended one.

Sources
    mmdata's manifest.json; loaders that glob, such as load_dataset("imagefolder") and webdataset's brace patterns.

"""

from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..build import Build, half_written
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Files, and folders in which there is nothing else."""
    strays = list(build.strays.items())

    def fix(at: int) -> Fix | None:
        path, files = strays[at]
        edit = Edit(str(build.folder / path), "", "remove")
        return Fix("safe", "Leave it out", (edit,)) if not files and half_written(path) else None

    def said(at: int) -> str:
        path, files = strays[at]
        held = f"no file of {path}/ ({files:,} there)" if files else f"no {path}"
        return f"the manifest lists {held}; readers that take whole folders take what is there"

    yield Hits("strays", range(len(strays)), said, fix=fix)

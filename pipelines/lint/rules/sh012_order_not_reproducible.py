"""Two builds of the same that differ.

What
    With --against OTHER, a folder that mmdata built: inputs, options and versions of the two are the same, and a
    file of samples has other bytes.

Why it hurts training
    Runs cannot be repeated, and nobody knows which of the two the numbers in a paper are of.

Example
    A folder of labels that was read in the order in which the disk had it.

Instead
    Sort what is written by hand, and say --seed.

Fix safety
    None.

Sources
    reproducible-builds.org; mmdata's own promise that the same input, options and version give the same bytes.

"""

from collections.abc import Iterator
from typing import Any

from ..build import Build
from ..hits import Hits

_PLACES = ("input", "images", "captions", "keypoints")
"""Options that name files: their contents are what counts."""


def check_build(build: Build) -> Iterator[Hits]:
    """Files that another build of the same inputs, options and versions has with other bytes: see --against."""
    other = Build(build.settings.against) if build.settings.against and build.settings.against.is_dir() else None
    if other is None or not other.manifest or _made_from(build) != _made_from(other):
        return
    theirs = {each.path: each.sha256 for each in other.listed}
    wrong = [at for at, each in enumerate(build.listed) if theirs.get(each.path, each.sha256) != each.sha256]
    yield Hits("listed", wrong, lambda at: f"{other.folder} was built from the same, and has other bytes in this file")


def _made_from(build: Build) -> Any:
    options = build.manifest.get("options")
    plain = {key: each for key, each in options.items() if key not in _PLACES} if isinstance(options, dict) else options
    return plain, sorted(each.sha256 for each in build.inputs), build.manifest.get("versions")

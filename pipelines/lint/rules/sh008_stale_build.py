"""A data set older than its labels.

What
    A label file that the manifest names is where it was when the data set was built, and has other bytes now. Files
    that are not there say nothing, and of more than a thousand inputs only a hash over all is kept, which is not
    looked at. Another version of mmdata makes no data set stale.

Why it hurts training
    What was corrected since in the labelling tool is not in what is trained.

Example
    instances.json, exported again on the day after the build.

Instead
    Build again.

Fix safety
    None.

Sources
    make's oldest idea; DVC's status.

"""

from collections.abc import Iterator

from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Label files that are there and are others than those that were read."""
    pairs = enumerate(zip(build.inputs, build.input_files, strict=True))
    wrong = [at for at, (each, path) in pairs if path.is_file() and build.differs(each, path)]
    yield Hits("inputs", wrong, lambda at: f"{build.inputs[at].path} was changed after this was built from it")

"""An object of a size that a recipe leaves out.

What
    A recipe's `keep` says the least or most area of objects, in pixels or as a share of the picture; others were left
    out. The finding counts them in a data set that was built so.

Why it hurts training
    Nothing, where it was meant. The thing is still to be seen, so the model learns not to name what is small.

Example
    `keep: {min_area_share: 0.0005}`

Instead
    Change the bound, or tile the pictures so that small things are large.

Fix safety
    None.

Sources
    This project's promise: what is left out is counted and said.

"""

from collections.abc import Iterator

from ..build import Build
from ..hits import Hits
from ..left_out import left_out


def check_build(build: Build) -> Iterator[Hits]:
    """How much the manifest says was left out for it."""
    yield from left_out(build, "AN035", "an object of another size")

"""A record that the weight of its source does not give.

What
    A recipe gives a source a weight below 1, and the record was not among the share that is given; or the weight has a
    broken part, and it is about what is given once less. The finding counts what a data set lacks for it.

Why it hurts training
    Nothing, where it was meant: sources of very different size are mixed so.

Example
    `weight: 0.25`

Instead
    A weight of 1 gives every record once, of 2 twice where it is trained on.

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
    yield from left_out(build, "SP008", "the weight of its source")

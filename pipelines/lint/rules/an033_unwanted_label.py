"""An annotation of a label that a recipe leaves out.

What
    A recipe's `keep: {labels: [...]}` or `drop_labels` was followed: objects of other labels were left out. The
    finding counts them in a data set that was built so.

Why it hurts training
    Nothing, where it was meant. A picture whose other things are still to be seen teaches the model not to name them.

Example
    `keep: {labels: [mug, plate]}`

Instead
    Name the label under `labels`, or take it out of `drop_labels`.

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
    yield from left_out(build, "AN033", "an annotation of another label")

"""A picture of a size that a recipe leaves out.

What
    A recipe's `keep` says the least or most sides or pixels of pictures; a record with any picture outside that was
    left out whole, with its annotations. The finding counts what a data set lacks for it.

Why it hurts training
    Nothing, where it was meant. Small pictures gone may take whole classes with them: look at the splits' labels.

Example
    `keep: {min_side: 224}`

Instead
    Lower the least, or raise the most.

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
    yield from left_out(build, "AN034", "a picture of another size")

"""A text of a length that a recipe leaves out.

What
    A recipe's `keep` says how many characters a text has at least or at most; shorter and longer ones were left out.
    The finding counts them in a data set that was built so.

Why it hurts training
    Nothing, where it was meant. A bound that is too tight leaves the answers of one kind.

Example
    `keep: {min_text: 10}` leaves `A mug.` out

Instead
    Change `min_text` or `max_text`.

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
    yield from left_out(build, "AN037", "a text of another length")

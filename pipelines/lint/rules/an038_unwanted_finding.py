"""An annotation left out because lint found a fault in it.

What
    A recipe's `keep: {lint: [...]}` names rules of lint; what those found was left out: the annotation that a finding
    points at, or else its record. The finding counts them in a data set that was built so.

Why it hurts training
    Nothing, where it was meant. Faults that are left out rather than mended come back with the next export.

Example
    `keep: {lint: [GE018]}` leaves duplicate boxes out

Instead
    Mend them: `mmdata lint --fix`, or in the labelling tool.

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
    yield from left_out(build, "AN038", "an annotation with a fault")

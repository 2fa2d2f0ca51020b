"""A text in a script that a recipe leaves out.

What
    A recipe's `keep: {scripts: [...]}` names the scripts that texts may be written in; a text of which less than half
    of the words are in those was left out. The finding counts them in a data set that was built so.

Why it hurts training
    Nothing, where it was meant. Scripts tell languages apart only roughly: `latin` is English and French alike.

Example
    `keep: {scripts: [han]}` leaves `a red mug` out

Instead
    Name the script too, or leave `scripts` out.

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
    yield from left_out(build, "AN036", "a text in another script")

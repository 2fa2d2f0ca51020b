"""What a stopped run has left.

What
    Beside the data set a folder in which a build was at work, or an older version that it had put aside; among
    shards that have no manifest a file that is called .tmp, .part or the like.

Why it hurts training
    It does no harm but for the room that it takes, unless somebody takes it for the data set.

Example
    `.out.0123456789abcdef.partial` beside `out`.

Instead
    Delete it, or run the build again: the next run to the same place sweeps what dead ones have left.

Fix safety
    Safe for files in the folder: the mended one is without them. What lies beside it is left alone.

Sources
    mmdata's own commit protocol (docs/commit.md).

"""

from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Folders of runs that died, beside the data set, and files that were never finished, in it."""

    def fix(at: int) -> Fix | None:
        file = build.leftovers[at]
        edit = Edit(str(build.folder / file), "", "remove")
        return None if file.startswith("/") else Fix("safe", "Leave it out", (edit,))

    def said(at: int) -> str:
        return "a run that was stopped has left it; nothing reads it"

    yield Hits("leftovers", range(len(build.leftovers)), said, fix=fix)

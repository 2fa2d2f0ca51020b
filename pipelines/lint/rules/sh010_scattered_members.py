"""Files of one sample that are not side by side.

What
    In a tar the members of another sample stand between two members of one.

Why it hurts training
    Readers go through a tar once: when the key changes the sample is complete. So there are two half samples, a
    picture without words and words without a picture.

Example
    All .jpg first, then all .json, as `tar cf set.tar *.jpg *.json` writes it.

Instead
    Sort the members by name: `tar --sort=name -cf set.tar FOLDER`.

Fix safety
    Safe: the same members in the order of the first of each sample.

Sources
    webdataset #407 and #157; ray-project/ray #65044.

"""

from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Members of tars that stand apart from the others of their sample."""
    members = build.members["scattered"]

    def fix(at: int) -> Fix:
        edit = Edit(str(build.folder / build.shards[members[at][0]]["path"]), "", "rewrite", {"how": "together"})
        return Fix("safe", "Put the members of each sample side by side", (edit,))

    def said(at: int) -> str:
        return f"{members[at][1]} stands apart from the other files of its sample"

    yield Hits("scattered", range(len(members)), said, lambda at: members[at][1], fix)

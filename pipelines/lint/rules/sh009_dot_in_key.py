"""A dot in the key of a sample.

What
    A tar's member has words between its first dot and its last that no other sample of the tar has: they are part
    of the key, and readers take them for the field's name. Numbers of up to three digits (`key.0.jpg`) and words
    that several samples share (`key.seg.png`) are fields.

Why it hurts training
    The key ends at the first dot: `cat.v1.jpg` and `cat.v2.jpg` become one sample with the fields `v1.jpg` and
    `v2.jpg`, and whoever asks for `jpg` gets neither.

Example
    `1.2.840.113619.jpg`, a file named by its DICOM number.

Instead
    Leave dots out of keys when tars are written.

Fix safety
    Safe: members are copied as they are under names with hyphens for the dots in the key, up to the last dot.

Sources
    webdataset #237 and #288; huggingface/datasets #7150, which splits at another dot.

"""

from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Members of tars in whose keys there is a dot."""
    members = build.members["dotted"]

    def fix(at: int) -> Fix:
        shard = members[at][0]
        names = [name for number, name in members if number == shard]
        edit = Edit(str(build.folder / build.shards[shard]["path"]), "", "rewrite", {"how": "keys", "members": names})
        return Fix("safe", "Write hyphens for the dots in its keys", (edit,))

    def said(at: int) -> str:
        name = members[at][1]
        base = name.rpartition("/")[2]
        return f"{name} belongs to the sample {base.partition('.')[0]!r}, as field {base.partition('.')[2]!r}"

    yield Hits("dotted", range(len(members)), said, lambda at: members[at][1], fix)

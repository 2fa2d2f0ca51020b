"""A key that stands for two samples.

What
    A tar has two members of one name. The same keys in different tars are let: each shard counts for itself.

Why it hurts training
    webdataset takes the two for one sample, raises, or lets the second picture stand beside the first one's words.

Example
    Two tars appended to each other with `tar -A`, each of which began at 000000.

Instead
    Give every sample a key of its own: its shard's number first.

Fix safety
    None: which of the two is meant cannot be told.

Sources
    webdataset, tariterators.group_by_keys: 'duplicate file name in tar file'.

"""

from collections.abc import Iterator

from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Members of tars that their sample has already."""
    members = build.members["double"]

    def said(at: int) -> str:
        return f"{members[at][1]} is there twice"

    yield Hits("double", range(len(members)), said, lambda at: members[at][1])

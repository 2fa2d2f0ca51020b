"""A file of samples that ends in the middle.

What
    A tar without the two empty blocks at its end or with a member cut short, Parquet without its footer, a JSON
    list that is not closed, a last line without its end.

Why it hurts training
    Readers take what is there for all there is: the last samples are missing, or half a sample is trained.

Example
    A tar whose writer was killed: the last member says 80,112 bytes, and the file ends after 4,096.

Instead
    Fetch the file again, or build again.

Fix safety
    None.

Sources
    webdataset 1.0.2 took 11 of 30 torn sets as whole, pandas' JSON Lines 2 of 30 (measured with kill -9).

"""

from collections.abc import Iterator

from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Files of samples that end in the middle."""
    torn = {at: file.torn for at, file in enumerate(build.shard_files) if file and file.torn}
    yield Hits("shards", list(torn), lambda at: torn[at])

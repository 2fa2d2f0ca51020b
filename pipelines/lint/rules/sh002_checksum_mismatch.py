"""A file that is not what was written.

What
    A file that the manifest lists has another size or another sha256. Every file is read for it.

Why it hurts training
    Somebody edited a file by hand, or a copy went wrong: what is trained is not what was built and looked at.

Example
    train/train.json, opened in an editor and saved again.

Instead
    Build again, or copy the folder again. What is mended by mmdata lint --fix has a new manifest.

Fix safety
    None.

Sources
    mmdata's manifest.json; rsync and object stores without checksums.

"""

from collections.abc import Iterator

from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Listed files whose bytes are others; not those that are torn, which SH004 says."""
    torn = {shard["path"] for shard, file in zip(build.shards, build.shard_files, strict=True) if file and file.torn}
    listed = enumerate(build.listed)
    wrong = [at for at, each in listed if each.path not in torn and build.differs(each, build.folder / each.path)]

    def said(at: int) -> str:
        size = (build.folder / build.listed[at].path).stat().st_size
        told = (
            f"{size:,} bytes instead of {build.listed[at].bytes:,}" if size != build.listed[at].bytes else "other bytes"
        )
        return f"{build.listed[at].path} has {told}"

    yield Hits("listed", wrong, said, lambda at: build.listed[at].sha256)

"""More or fewer samples than were written.

What
    A file of samples holds another number than the manifest says: lines of JSON, keys of a tar, rows of a Parquet
    footer.

Why it hurts training
    Epochs are shorter or longer than planned, and what is missing was counted as written.

Example
    A file of 2,000 lines of which the manifest says 2,048.

Instead
    Build again.

Fix safety
    None.

Sources
    mmdata's manifest.json.

"""

from collections.abc import Iterator

from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Whole files of samples that hold more or fewer than the manifest says."""
    counts = [file.samples if file and not file.torn else None for file in build.shard_files]
    told = [shard.get("samples") for shard in build.shards]
    wrong = [at for at, count in enumerate(counts) if count is not None and told[at] is not None and told[at] != count]
    yield Hits(
        "shards", wrong, lambda at: f"it holds {counts[at]} samples, the manifest says {told[at]}", counts.__getitem__
    )

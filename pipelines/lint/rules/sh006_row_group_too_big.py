"""A row group too big to be shown.

What
    A row group of a Parquet file has more than 300,000,000 bytes uncompressed.

Why it hurts training
    The Hub's viewer refuses the whole data set, and whoever reads a single row has the whole group in memory.

Example
    A file of 10,000 pictures written with the default of a million rows a group.

Instead
    Write groups of some hundred rows where pictures are inside: row_group_size in pyarrow, writer_batch_size in
    datasets.

Fix safety
    Safe: the same rows in the same order, in groups of 100 MB at most, compressed by zstd.

Sources
    huggingface/dataset-viewer #1771, #1519, #1957; the viewer's limit of 286.10 MiB.

"""

from collections.abc import Iterator

from ....schemas.finding import Edit, Fix
from ..build import Build
from ..hits import Hits


def check_build(build: Build) -> Iterator[Hits]:
    """Files of Parquet with a row group over what the Hub shows."""
    most = build.settings.row_group_bytes
    largest = {at: max(file.groups) for at, file in enumerate(build.shard_files) if file and file.groups}
    wrong = {at: size for at, size in largest.items() if size > most}

    def fix(at: int) -> Fix:
        edit = Edit(
            str(build.folder / build.shards[at]["path"]), "", "rewrite", {"how": "row-groups", "most": most // 3}
        )
        return Fix("safe", "Write it in row groups of a third of that at most", (edit,))

    yield Hits("shards", list(wrong), lambda at: f"a row group has {wrong[at]:,} bytes", wrong.__getitem__, fix)

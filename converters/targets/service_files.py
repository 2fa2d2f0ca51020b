"""What a tuning service does not take of a finished whole: samples, bytes and files of a split, as remarks."""

from collections.abc import Iterator, Mapping
from typing import Any

from .protocol import Remark


def over_limits(
    manifest: Mapping[str, Any], samples: Mapping[str, int], file_bytes: int, fewest: int = 0
) -> Iterator[Remark]:
    """Remarks on every split; the first one trains, the others validate. `samples` are the most of each use."""
    for number, (name, split) in enumerate(manifest["splits"].items()):
        use = "validation" if number else "training"
        count, shards = split["samples"], split["shards"]
        if count > samples[use]:
            said = f"{name} has {count} samples, the service takes {samples[use]} for {use}"
            yield Remark("SH013", name, count, said)
        if not number and count < fewest:
            yield Remark("SH014", name, count, f"{name} has {count} samples, the service takes no fewer than {fewest}")
        if len(shards) > 1:
            said = f"{name} is {len(shards)} files, the service takes one; leave out --max-shard-size"
            yield Remark("SH013", name, len(shards), said)
        for shard in shards:
            if shard["bytes"] > file_bytes:
                said = f"{shard['path']} has {shard['bytes']} bytes, the service takes {file_bytes}"
                yield Remark("SH013", shard["path"], shard["bytes"], said)

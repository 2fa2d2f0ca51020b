"""A file of samples that is not there.

What
    The manifest lists a file that is missing. Where there is no manifest: a number is left out between others (at
    least half of which are there), or fewer files than `-of-00010` in their names says.

Why it hurts training
    A loader of `train-{00000..00009}.tar` stops, or, told to warn only, trains without a tenth of the data.

Example
    train-00000.tar, train-00001.tar, train-00003.tar.

Instead
    Fetch the file, or build again.

Fix safety
    None.

Sources
    webdataset's brace patterns and its handler warn_and_continue.

"""

import re
from collections import defaultdict
from collections.abc import Iterator

from ..build import Build
from ..hits import Hits

_NUMBER = re.compile(r"(.*?)(\d{2,})(?:-of-(\d+))?(\.\w+)", re.DOTALL)
_FEW = 0.5
"""Of the numbers from the first to the last, so many have to be there for the others to be missing."""


def check_build(build: Build) -> Iterator[Hits]:
    """Files that the manifest lists and that are not there; without one, gaps in the numbers of files."""
    yield Hits("listed", build.missing, lambda at: f"{build.listed[at].path} is not there")
    if not build.manifest:
        gaps = list(_gaps([shard["path"] for shard in build.shards]))
        yield Hits(
            "", range(len(gaps)), lambda at: f"{gaps[at]} is not there, and its neighbours are", gaps.__getitem__
        )


def _gaps(paths: list[str]) -> Iterator[str]:
    """Names that are missing between others, or up to the number that all of them state."""
    series: dict[tuple[str, int, str, str], set[int]] = defaultdict(set)
    for path in paths:
        if found := _NUMBER.fullmatch(path):
            series[found[1], len(found[2]), found[3] or "", found[4]].add(int(found[2]))
    for (before, width, whole, after), there in sorted(series.items()):
        first, last = (0, int(whole) - 1) if whole else (min(there), max(there))
        if len(there) < 2 or last - first + 1 > len(there) / _FEW or last > 10**7:
            continue
        ending = f"-of-{whole}{after}" if whole else after
        yield from (f"{before}{number:0{width}d}{ending}" for number in range(first, last + 1) if number not in there)

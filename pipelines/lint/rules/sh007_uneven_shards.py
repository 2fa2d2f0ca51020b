"""Files of samples of very different sizes.

What
    Of three or more files of a split one holds over twice as many samples as the middle one.

Why it hurts training
    Each worker of a loader takes whole files: the one with the largest works on alone while the others wait, and a
    batch at the end is of its samples only.

Example
    Nine files of 1,000 samples and one of 6,000.

Instead
    Cut by samples: --max-shard-samples.

Fix safety
    None: no file is cut anew here.

Sources
    webdataset's and MosaicML streaming's notes on equal shards.

"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from ..build import Build
from ..hits import Hits

FACTOR, FEWEST = 2.0, 3


def check_build(build: Build) -> Iterator[Hits]:
    """Splits of three files or more, of which one has over twice the samples of the middle one."""
    by_split: dict[str, list[int]] = defaultdict(list)
    for at, (shard, file) in enumerate(zip(build.shards, build.shard_files, strict=True)):
        if file and file.samples is not None:
            by_split[shard["split"]].append(at)
    counts = [file.samples if file and file.samples is not None else 0 for file in build.shard_files]
    for ats in by_split.values():
        middle = float(np.median([counts[at] for at in ats]))
        wrong = [at for at in ats if len(ats) >= FEWEST and counts[at] > FACTOR * middle]

        def said(at: int, middle: float = middle) -> str:
            return f"it holds {counts[at]} samples, half of the files of its split {middle:g} or fewer"

        yield Hits("shards", wrong, said, counts.__getitem__)

"""Files that divide: as many for every rank and worker of a loader, and as many samples in each.

A loader gives file i to worker i modulo N, N being ranks times workers, and a rank that is done before the others
waits for them for ever. So with `--even N` the number of files is a multiple of N, about as small as the cut allows,
and all have as many samples. What is left over is spread and never dropped: the first files have one sample more, so
that two workers differ by one sample at most, however many files each has.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import ConfigError
from .protocol import Cut

Ints = NDArray[np.int64]


def even_ranges(sizes: Ints, cut: Cut, overhead: int, split: str) -> list[tuple[int, int]]:
    """The rows of each file, of rows that have these sizes; no file is over `cut` where single rows are not.

    Raises `ConfigError` where there are fewer rows than files must be.
    """
    count, even = len(sizes), cut.even or 1
    if count < even:
        said = f"{even}, and the split {split} has {count} samples: some workers would have none"
        raise ConfigError("--even", said, "Ask for fewer, or give the split more samples.")
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
    room = None if cut.bytes is None else max(cut.bytes - overhead, 1)
    times = max(1, -(-count // (even * (cut.samples or count))))
    most = count // even
    while room is not None and times < most and (over := _largest(before, even * times) / room) > 1:
        times = min(most, max(times + 1, int(times * min(over, 2))))
    bounds = _bounds(count, even * min(times, most)).tolist()
    return list(pairwise(bounds))


def _bounds(count: int, files: int) -> Ints:
    """Where each file begins, and the end: as many rows each, the first with one more while there are any left over."""
    number = np.arange(files + 1, dtype=np.int64)
    bounds: Ints = number * (count // files) + np.minimum(number, count % files)
    return bounds


def _largest(before: Ints, files: int) -> int:
    bounds = _bounds(len(before) - 1, files)
    return int(np.diff(before[bounds]).max())

"""Shingles: a text as the set of all runs of five characters, and how much of two such sets is in common.

Characters and not words, so that Chinese and English are cut alike. Sets are compared by MinHash (Broder 1997): the
least of a permutation's values over a set is the same in two of them as often as their Jaccard index says. `BANDS`
times `ROWS` such values are taken; texts that agree in all values of one band are candidates, which of two with a
Jaccard index J has the chance 1 - (1 - J^ROWS)^BANDS: 0.998 at 0.8, 0.40 at 0.5, 0.04 at 0.3.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...schemas.errors import ConfigError

LENGTH = 5
BANDS, ROWS = 16, 5

Keys = NDArray[np.uint32]

_SEED = 1
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD])
_MULTIPLIERS = _ODD.astype(np.uint64)


def shingles(text: str) -> set[str]:
    """All runs of five characters; of a shorter text the text itself."""
    return {text[at : at + LENGTH] for at in range(max(len(text) - LENGTH + 1, 1))}


def jaccard(one: str, other: str) -> float:
    """How much of what two texts have is in both, 0 to 1: exact, by their shingles."""
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


def band_keys(texts: Sequence[str]) -> Keys:
    """(n, BANDS) numbers; texts that share one in its column are candidates. Every text has five characters or more.

    Raises `ConfigError` where the extra that counts is not installed.
    """
    if not texts:
        return np.zeros((0, BANDS), np.uint32)
    try:
        sketch: Any = import_module("rensa").RMinHash
    except ImportError:
        fact = "needs rensa, which is not installed"
        raise ConfigError("near-duplicate text", fact, "pip install 'mmdata[dedup]'") from None
    hashes, edges = hashed(texts)
    digests = sketch.digest_matrix_from_flat_token_hashes(hashes, edges, BANDS * ROWS, _SEED).to_rows()
    rows = np.array(digests, np.uint64).reshape(-1, ROWS)
    mixed = _mixed(rows @ _MULTIPLIERS)
    return (mixed >> np.uint64(32)).astype(np.uint32).reshape(len(texts), BANDS)


def hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The shingles of all texts as 64 bits each, one behind the other, and where those of each text begin and end."""
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    counts = lengths - LENGTH + 1
    total = len(points) - LENGTH + 1
    whole = np.zeros(total, np.uint64)
    for at, multiplier in enumerate(_MULTIPLIERS):
        whole += points[at : at + total] * multiplier
    starts = np.ones(len(points), np.bool_)  # of each text the last four places begin no shingle
    ends = np.cumsum(lengths)
    for back in range(1, LENGTH):
        starts[ends - back] = False
    edges = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64)
    return _mixed(whole[starts[:total]]), edges


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(32))) * _MULTIPLIERS[1]
    return values ^ (values >> np.uint64(29))

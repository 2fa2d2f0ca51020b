"""Looking: what some pictures look like, in two hashes each, by which near duplicates are searched for.

What was found is kept in the user's cache, where the search finds it again (`dedup/hashing.py`); a picture that the
cache does not take, since it changed a moment ago, is looked at once more by the search itself.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..dedup.hashing import KIND, learnt, unknown
from ..lint.cache import Cache

if TYPE_CHECKING:
    from ..engine.protocol import Engine
    from ..progress import Progress

TOGETHER = 256
"""Pictures of a part: a second's work, and more."""


def look(part: tuple[str, ...], progress: "Progress") -> list[bytes]:
    """What is known of each picture after a look at it; nothing is raised for one that cannot be looked at."""
    found = learnt(part)
    progress.advance(len(part))
    return found


def look_ahead(paths: Sequence[Path | None], cache: Cache, engine: "Engine", progress: "Progress") -> None:
    """Let the workers of an engine look at all pictures that the cache does not know."""
    missing, now = unknown(paths, cache)
    parts = [tuple(missing[start : start + TOGETHER]) for start in range(0, len(missing), TOGETHER)]
    if not parts or not cache.works:
        return
    progress.start("looking at pictures", len(parts))
    for part, facts in zip(parts, engine.run(look, parts, progress), strict=True):
        cache.keep(KIND, dict(zip(part, facts, strict=True)), now)
    progress.done()

"""Running a stage over parts, but for those whose results are in a store."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .store import Kept, Store

if TYPE_CHECKING:
    from .engine.protocol import Engine
    from .progress import Progress

Result = TypeVar("Result")


class Keepable(Protocol[Result]):
    """A part that says what its result depends on, and how it is kept."""

    def key(self) -> str:
        """The digest of all that the result depends on, but for what `found` looks at."""
        ...

    def kept(self, result: Result, /) -> Kept:
        """The result for a store."""
        ...

    def found(self, content: bytes, files: Sequence[Path], /) -> tuple[Result, list[Path]] | None:
        """A result of a store, and where its files have to be, which are at `files` yet; None where it does not hold
        any more. Nothing is put anywhere before that is known: a place may be in OUT, where nobody would remove it.
        """
        ...


Part = TypeVar("Part", bound=Keepable[Any])


def remembered(
    engine: "Engine",
    stage: "Callable[[Part, Progress], Result]",
    parts: Sequence[Part],
    progress: "Progress",
    store: Store | None,
) -> Iterator[Result]:
    """The results of all parts in their order; those that the store has are not made anew, others are put there."""
    if store is None:
        yield from engine.run(stage, parts, progress)
        return
    keys = [part.key() for part in parts]
    known = {at: found for at, part in enumerate(parts) if (found := _found(store, keys[at], part)) is not None}
    store.counts[stage.__name__].update(found=len(known), made=len(parts) - len(known))
    made = engine.run(stage, [part for at, part in enumerate(parts) if at not in known], progress)
    for at, part in enumerate(parts):
        if at in known:
            yield known.pop(at)
        else:
            result = next(made)
            store.keep(keys[at], part.kept(result))
            yield result


def _found(store: Store, key: str, part: Keepable[Result]) -> Result | None:
    held: list[Result] = []

    def places(content: bytes, files: Sequence[Path]) -> list[Path] | None:
        found = part.found(content, files)
        if found is None:
            return None
        held.append(found[0])
        return found[1]

    return held[0] if store.find(key, places) else None

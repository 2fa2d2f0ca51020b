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
        """The digest of all that the result depends on, but for what `valid` looks at."""
        ...

    def kept(self, result: Result, /) -> Kept:
        """The result for a store."""
        ...

    def found(self, content: bytes) -> tuple[Result, list[Path]] | None:
        """A result of a store, and where its files have to be; None where it does not hold any more."""
        ...

    def valid(self, result: Result, /) -> bool:
        """Whether a result whose files are back in their places still holds."""
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

    def places(content: bytes) -> list[Path] | None:
        found = part.found(content)
        if found is None:
            return None
        held.append(found[0])
        return found[1]

    if not store.find(key, places) or not part.valid(held[0]):
        return None
    return held[0]

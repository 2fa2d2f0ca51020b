"""One after the other, in this process."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

from ..progress import Progress

Part = TypeVar("Part")
Receipt = TypeVar("Receipt")


class InProcess:
    """The engine for one core: no process is started, and nothing is copied from one to another."""

    inside = True

    def run(
        self, stage: Callable[[Part, Progress], Receipt], parts: Sequence[Part], progress: Progress
    ) -> Iterator[Receipt]:
        """The receipts of all parts, in order."""
        for part in parts:
            yield stage(part, progress)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        pass

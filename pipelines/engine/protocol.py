"""What an engine must have."""

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Protocol, Self, TypeVar

from ..progress import Progress

Part = TypeVar("Part")
Receipt = TypeVar("Receipt")

Stage = Callable[[Part, Progress], Receipt]
"""A stage: a function that a module has by its name, of one part and of somebody to tell how far it is."""


class Engine(Protocol):
    """Runs stages; between enter and exit it may hold workers."""

    def run(
        self, stage: Callable[[Part, Progress], Receipt], parts: Sequence[Part], progress: Progress
    ) -> Iterator[Receipt]:
        """The receipts of all parts, in the order of the parts, each as soon as it and those before it are there.

        Where the stage runs in other processes `progress` is told one step for each part, else by the stage itself.
        Whatever a stage raises is raised here; nothing runs on after that.
        """
        ...

    @property
    def inside(self) -> bool:
        """Whether stages run in this process, and tell `progress` themselves."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None: ...

"""Ray: as many machines as a cluster has. Extra `ray`.

A task is a stage and a part; Ray sends it to whichever worker is free, and anew when that worker or its machine is
lost (`max_retries=-1`). Nothing but tasks is used: no actors, no shuffles, no objects that outlive a task. Every
machine must see OUT's folder and the inputs by the same paths: a shared file system.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, Self, TypeVar

from ...schemas.errors import ConfigError, InternalError, MmdataError
from ..progress import SILENT, Progress

Part = TypeVar("Part")
Receipt = TypeVar("Receipt")

AHEAD = 4
"""Parts in hand for each core of the cluster."""


class Ray:
    """The engine for a cluster; without an address one of this machine is begun and ended."""

    inside = False

    def __init__(self, address: str = "") -> None:
        self.address = address
        self._ray: Any = None

    def run(
        self, stage: Callable[[Part, Progress], Receipt], parts: Sequence[Part], progress: Progress
    ) -> Iterator[Receipt]:
        """The receipts of all parts, in order."""
        ray = self._begun()
        task = ray.remote(max_retries=-1, retry_exceptions=False)(_in_worker)
        ahead = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        held: deque[Any] = deque()
        waiting = iter(parts)
        for part in waiting:
            held.append(task.remote(stage, part))
            if len(held) >= ahead:
                break
        while held:
            receipt = self._got(held.popleft())
            for part in waiting:
                held.append(task.remote(stage, part))
                break
            progress.advance(1)
            yield receipt

    def __enter__(self) -> Self:
        self._begun()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._ray is not None:
            self._ray.shutdown()
            self._ray = None

    def _begun(self) -> Any:
        if self._ray is None:
            try:
                ray: Any = import_module("ray")
            except ImportError:
                raise ConfigError("--engine ray", "Ray is not installed", "pip install 'mmdata[ray]'") from None
            try:
                ray.init(address=self.address or None, log_to_driver=False, logging_level="error")
            except (ConnectionError, RuntimeError, ValueError) as fault:
                said = str(fault).splitlines()[0]
                remedy = "Give the address that ray start --head prints, such as 10.0.0.1:6379."
                raise ConfigError("--address", f"{self.address}: {said}", remedy) from None
            self._ray = ray
        return self._ray

    def _got(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as fault:
            cause = fault.cause
            if isinstance(cause, (MmdataError, OSError)):
                raise cause from None
            raise
        except self._ray.exceptions.RayError as fault:
            said = str(fault).splitlines()[0]
            raise InternalError("--engine ray", said, "Look at the cluster with ray status.") from None


def _in_worker(stage: Callable[[Part, Progress], Receipt], part: Part) -> Receipt:
    return stage(part, SILENT)

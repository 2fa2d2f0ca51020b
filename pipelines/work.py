"""How a run is done, which its result does not depend on: by whom, and what is kept of it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .engine.in_process import InProcess
from .store import Store

if TYPE_CHECKING:
    from .engine.protocol import Engine


@dataclass(frozen=True)
class Work:
    """The engine; a store of what was done before, if any; with `resume` and no store, one beside OUT is used, which
    stays when the run is stopped and goes when it is done.
    """

    engine: "Engine" = field(default_factory=InProcess)
    store: Store | None = None
    resume: bool = False


ALONE = Work()
"""One process, and nothing kept."""

"""Engines: what runs a stage over its parts. The stages know none of them, so the result cannot depend on which.

A stage is a function of one part, given as a small value that names files, which writes into a folder of its own and
returns a small receipt. Running it twice does no harm, so a worker that was lost costs only what it had in hand.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ...schemas.errors import ConfigError
from .in_process import InProcess

if TYPE_CHECKING:
    from .protocol import Engine

ENGINES = ("local", "ray")
"""What `--engine` takes."""


def open_engine(name: str = "local", workers: int = 1, address: str = "") -> "Engine":
    """The engine of that name, to be entered. `workers` are processes of this machine; `address` is that of a cluster.

    Raises `ConfigError` for a mixture that means nothing, and where Ray is not installed.
    """
    if name == "ray":
        if workers != 1:
            raise ConfigError("--workers", f"{workers} with --engine ray", "Ray itself knows how many it has.")
        engine: Engine = import_module("..engine.ray", __name__).Ray(address)
        return engine
    if address:
        raise ConfigError("--address", f"{address} without --engine ray", "Add --engine ray, or leave it out.")
    if workers == 1:
        return InProcess()
    pool: Engine = import_module("..engine.pool", __name__).Pool(workers)
    return pool

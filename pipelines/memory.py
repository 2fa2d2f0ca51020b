"""Memory that is not used any more goes back to the system between stages.

What a stage held is free once it ends, but the C library and Arrow keep it for the next stage, whose own pieces have
other sizes: so the peak would be that of all stages together instead of that of the largest.
"""

from functools import cache
from typing import Any


def give_back() -> None:
    """Return what is free to the system, where the C library can; takes a millisecond or two."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    """The C library's `malloc_trim`; None where it is not glibc."""
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", None)

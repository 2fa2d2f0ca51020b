"""A lean process for one conversion: two libraries told not to prepare for work that never comes.

pyarrow imports pandas, a quarter of a second and 40 MB, the first time it makes an array, to know its types when it
meets them, and takes the docstrings of all options of its functions apart to write those of the functions; numpy's
OpenBLAS starts a thread a core that spins for matrices. A conversion needs none of it, so a process that is ours alone
does without. A program that imports mmdata as a library keeps all.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Without:
    """An import finder that knows of no pandas."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return None


class _Undescribed:
    """A docstring in which no parameter is described."""

    def __init__(self, _text: str) -> None:
        pass

    def __getitem__(self, _section: str) -> list[Any]:
        return []


def be_lean() -> None:
    """Call before pyarrow is imported; does nothing where pandas is there already."""
    if "pandas" in sys.modules or "pyarrow" in sys.modules:
        return
    gc.disable()  # nothing here makes cycles worth looking for, least of all the imports that follow
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    finder = _Without()
    sys.meta_path.insert(0, finder)
    try:
        import pyarrow as pa

        pa.array([0])  # pyarrow looks for pandas here, once, and remembers
        parser = ModuleType("pyarrow.vendored.docscrape")
        parser.__dict__["NumpyDocString"] = _Undescribed
        sys.modules[parser.__name__] = parser
        import_module("pyarrow.compute")  # every conversion does
    finally:
        sys.meta_path.remove(finder)
        sys.modules.pop("pyarrow.vendored.docscrape", None)

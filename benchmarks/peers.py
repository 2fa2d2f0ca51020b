"""What the programs of other libraries want before they are imported, and where such libraries may lie."""

from pathlib import Path

TORCHVISION = """
import contextlib, torch
library = torch.library.Library("torchvision", "FRAGMENT")  # beside a torch for the CPU its compiled part may not load
for name in ("nms", "qnms"):
    with contextlib.suppress(RuntimeError):  # it is there: the two fit
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""
"""torchvision's wheel of the package index is compiled for CUDA. What is measured calls none of its operators, which
only have to be named for it to be imported: `streaming` and `imagededup` ask for it.
"""

ENVIRONMENTS = Path(__file__).resolve().parents[1] / ".venv-loaders"
"""The environments that tests/loaders/prove.py makes."""


def interpreter(environment: str) -> Path | None:
    """The Python of one of these, None where it was not made."""
    python = ENVIRONMENTS / environment / "bin" / "python"
    return python if python.exists() else None

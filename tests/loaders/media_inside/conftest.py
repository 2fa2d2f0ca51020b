"""What the readers of embedded pictures need before they are imported."""

import contextlib
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))  # `meant`

# torchvision's wheel of the package index is compiled against CUDA: beside a torch without, its operators are not
# there, and naming them must not fail. None of them is called here. Where they are there, this is an error, and passed.
_library = torch.library.Library("torchvision", "FRAGMENT")
for _operator in ("nms", "qnms"):
    with contextlib.suppress(RuntimeError):
        _library.define(f"{_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

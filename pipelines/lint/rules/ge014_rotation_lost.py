"""A turned box that the target can only say upright.

What
    A box with four corners that are not upright, where the model that will be trained (--target) has no words for
    four corners. Conversion says it as it takes the upright hull.

Why it hurts training
    The hull of a turned box holds much that is not the thing: a ship at 45 degrees fills half of it.

Example
    A rotated rectangle from Label Studio or CVAT, --target llava.

Instead
    Choose a target with quads (qwen-vl, qwen2-vl) and --rotated quad, or accept hulls.

Fix safety
    None.

Sources
    cvat-ai/cvat #4745; HumanSignal/label-studio-converter #136.

"""

from collections.abc import Iterator

import numpy as np

from ....converters.table import entries
from ....converters.targets import load_target, target_names
from ..hits import Hits
from ..labels import Labels


def check_labels(labels: Labels) -> Iterator[Hits]:
    """Turned boxes, where a target is said that cannot carry them."""
    target = labels.settings.target
    if target not in target_names() or load_target(target).CARRIES_QUADS:
        return
    turned = np.flatnonzero(entries(labels.batch, "objects", "quad").is_valid().to_numpy(zero_copy_only=False))

    def said(_place: int) -> str:
        return f"{target} has no words for four corners: the upright box around it is taken"

    yield Hits("objects", turned, said, lambda place: labels.boxes[place].tolist())

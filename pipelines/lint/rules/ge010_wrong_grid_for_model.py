"""Boxes in another unit than the model's.

What
    Judged over the whole file: the numbers are pixels where the model has thousandths, thousandths where the
    trainer wants pixels, or shares of 0 to 1. The finding says by what it is seen.

Why it hurts training
    This is the commonest fault of grounding data. Nothing stops; every box is trained at another place than it is,
    and the model's boxes are all wrong (mAP 0).

Example
    `{"bbox_2d": [1100, 420, 1919, 800]}` on pictures 1920 wide, for Qwen3-VL

Instead
    Convert the labels anew for this model; or say with --as which model the file is for.

Fix safety
    Safe: all boxes of the file are written in the model's unit, by the sizes of their pictures, which must be
    there. Not offered where a picture is missing, or for more than 20,000 texts.

Sources
    QwenLM/Qwen3-VL #721, #957 (mAP 0), #900, #663, #1616; 2U1/Qwen2-VL-Finetune #77.

"""

from collections.abc import Iterator

from ..chats import Chats
from ..frames import Frames, wrong_grid
from ..hits import Located
from ..settings import Settings


class _Files:
    """What boxes of every file look like."""

    def __init__(self) -> None:
        self.frames = Frames()

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        self.frames.see(chats)

    def finish(self) -> Iterator[Located]:
        """A finding for every file in another unit."""
        for file in self.frames.files.values():
            if found := wrong_grid(file):
                yield found


def start(_settings: Settings) -> _Files:
    """No file seen yet."""
    return _Files()

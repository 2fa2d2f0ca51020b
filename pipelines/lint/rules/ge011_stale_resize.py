"""Boxes for another size of the resized pictures.

What
    Boxes of Qwen2.5-VL are pixels of the resized picture, so they hold for one pair of least and most pixels.
    Judged over the whole file: boxes leave the pictures as they are resized for training, and fit them as they are
    resized by another setting.

Why it hurts training
    Every box is trained at another place than it is. Nothing stops and the loss falls, since the shift is the same
    for all pictures of one size.

Example
    Boxes made with max_pixels 12845056, trained with qwen-vl-finetune's own 451584

Instead
    Train with the pixels that the boxes were made for, or convert the labels anew with --max-pixels of the
    training.

Fix safety
    Safe: all boxes of the file are written for the setting of this run, by the sizes of their pictures. Not offered
    where a picture is missing, or for more than 20,000 texts, or where no box
    reaches so far that the other setting is sure.

Sources
    QwenLM/Qwen3-VL #1161; 2U1/Qwen2-VL-Finetune #77, #95; modelscope/ms-swift #3407.

"""

from collections.abc import Iterator

from ..chats import Chats
from ..frames import Frames, stale_resize
from ..hits import Located
from ..settings import Settings


class _Files:
    """What boxes of every file look like."""

    def __init__(self) -> None:
        self.frames = Frames()

    def see_chats(self, chats: Chats) -> None:
        """A batch of rows goes by."""
        if chats.grammar.frame == "resized":
            self.frames.see(chats)

    def finish(self) -> Iterator[Located]:
        """A finding for every file of another setting."""
        for file in self.frames.files.values():
            if found := stale_resize(file):
                yield found


def start(_settings: Settings) -> _Files:
    """No file seen yet."""
    return _Files()

"""A picture of a shape that no vision tower takes.

What
    A side of 0 pixels, or one side over 200 times the other.

Why it hurts training
    Qwen2-VL's resize raises for more than 200 to 1, in the middle of a run; other towers squeeze the picture to
    nothing.

Example
    A scan line of 4,000 x 12.

Instead
    Leave the picture out, or cut it into pieces.

Fix safety
    None.

Sources
    transformers, qwen2_vl/image_processing_qwen2_vl.py, smart_resize: 'absolute aspect ratio must be smaller than
    200'.

"""

from collections.abc import Iterator

from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures without area, and ribbons."""
    wrong = media.faults("IM008")
    yield Hits("media", list(wrong), lambda at: f"{media.names[at]}: {wrong[at].message}", lambda at: wrong[at].value)

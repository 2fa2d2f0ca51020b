"""A picture of more pixels than any trainer opens.

What
    Width times height is over 178,956,970, told by the header alone; nothing is decoded for it.

Why it hurts training
    Pillow's open raises DecompressionBombError there, in every trainer; from half of that on it warns.

Example
    A whole-slide scan of 20,000 x 15,000; or a file of 2 kB whose header says 65,535 x 65,535.

Instead
    Tile it, or scale it down together with its boxes.

Fix safety
    None.

Sources
    Pillow, Image.MAX_IMAGE_PIXELS and _decompression_bomb_check.

"""

from collections.abc import Iterator

from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures of more pixels than Pillow opens."""
    wrong = media.faults("IM005")
    yield Hits("media", list(wrong), lambda at: f"{media.names[at]}: {wrong[at].message}", lambda at: wrong[at].value)

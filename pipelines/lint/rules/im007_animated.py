"""A picture that moves.

What
    A GIF, WebP, PNG or TIFF with more than one frame or page.

Why it hurts training
    Trainers see the first frame. If another was labelled, the boxes speak of what is not there; the first frame of
    many animations is empty.

Example
    A GIF of 30 frames in a set of photographs; a TIFF of five pages.

Instead
    Save the frame that was labelled as a picture of its own, or give the set a source that knows films and pages.

Fix safety
    Unsafe: the first frame is written as a PNG, and the labels name that.

Sources
    Pillow, Image.seek: a picture is opened at frame 0.

"""

from collections.abc import Iterator

from ....schemas.finding import Fix
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures of several frames."""
    wrong = {at: facts for at, facts in media.sound() if facts.animated}

    def fix(at: int) -> Fix | None:
        return media.rewritten(at, "first-frame", ".png", "unsafe", "Write its first frame alone")

    def said(at: int) -> str:
        return f"{media.names[at]} is a {wrong[at].format} of several frames, of which trainers see the first"

    yield Hits("media", list(wrong), said, lambda at: wrong[at].format, fix)

"""Width and height exchanged.

What
    The labels say a picture's size the other way round: its height as its width, though the picture is not turned
    by EXIF.

Why it hurts training
    Either only the two numbers are exchanged and normalised boxes are stretched, or the boxes were drawn on a
    turned picture and lie beside their things.

Example
    480x640 in the file, and a picture of 640x480 without an orientation.

Instead
    Look at some boxes (mmdata report). Exchange the numbers, or turn the boxes.

Fix safety
    None: which of the two it is must be seen by a person.

Sources
    HumanSignal/label-studio #6608.

"""

from collections.abc import Iterator

from ....converters.pictures.header import PictureFacts
from ....schemas.box import upright_size
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures that are not turned by EXIF and whose declared sides are exchanged."""
    wrong: dict[int, tuple[int, int]] = {}
    for place, facts in enumerate(media.facts):
        if not isinstance(facts, PictureFacts):
            continue
        upright = upright_size(facts.orientation, facts.width, facts.height)
        stored = (facts.width, facts.height)
        declared = tuple(media.declared[place].astype(int).tolist())
        if declared == upright[::-1] and declared not in {upright, stored}:
            wrong[place] = upright

    def said(place: int) -> str:
        width, height = media.declared[place].astype(int).tolist()
        return f"the labels say {width}x{height}, {media.names[place]} is {wrong[place][0]}x{wrong[place][1]}"

    yield Hits("media", list(wrong), said, lambda place: media.declared[place].astype(int).tolist())

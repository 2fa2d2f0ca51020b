"""The labels say another size than the picture has.

What
    Width and height in the label file are neither those of the picture as it is stored nor as it is shown, nor the
    two of them exchanged (that is GE013).

Why it hurts training
    The boxes were drawn on another picture, or on this one before it was resized: all of them are off by a factor.

Example
    640x480 in the file, and a picture of 1280x960.

Instead
    Check --images. If the pictures were resized after they were labelled, take the originals.

Fix safety
    None: whether the boxes or the pictures are to be trusted must be seen by a person.

Sources
    ucbdrive's few-shot object detection data set #21; four of four conversion tools let it pass (measured).

"""

from collections.abc import Iterator

from ....converters.pictures.header import PictureFacts
from ....schemas.box import upright_size
from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures that were looked at and whose declared size is another."""
    wrong: dict[int, tuple[int, int]] = {}
    for place, facts in enumerate(media.facts):
        if not isinstance(facts, PictureFacts):
            continue
        declared = tuple(media.declared[place].astype(int).tolist())
        upright = upright_size(facts.orientation, facts.width, facts.height)
        known = {upright, (facts.width, facts.height), upright[::-1]}
        if min(declared) > 0 and declared not in known:
            wrong[place] = upright

    def said(place: int) -> str:
        width, height = media.declared[place].astype(int).tolist()
        return f"the labels say {width}x{height}, {media.names[place]} is {wrong[place][0]}x{wrong[place][1]}"

    yield Hits("media", list(wrong), said, lambda place: media.declared[place].astype(int).tolist())

"""A picture that is cut short.

What
    The file is empty, or ends before the picture does: no end marker, a chunk that is longer than the rest of the
    file, fewer bytes than its header needs. The end of every file is looked at; where its bytes prove nothing, it
    is decoded. With --deep every picture is decoded.

Why it hurts training
    The loader raises hours into the run, or, with the usual cure LOAD_TRUNCATED_IMAGES, the lower half is grey and
    the boxes in it are trained on nothing.

Example
    A download that was broken off: 61,440 bytes of a JPEG of 214,300.

Instead
    Fetch the picture again, or take it out of the labels.

Fix safety
    None: the rest of the picture is not there.

Sources
    facebookresearch/detectron2 #143, pytorch/vision #138. Of 200 JPEGs cut at random, Pillow's verify() passes 200,
    and the end marker finds 200 (measured).

"""

from collections.abc import Iterator

from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Pictures whose bytes end in the middle; under --deep also those whose pixels do."""
    wrong = media.faults("IM002")
    yield Hits("media", list(wrong), lambda at: f"{media.names[at]}: {wrong[at].message}", lambda at: wrong[at].value)

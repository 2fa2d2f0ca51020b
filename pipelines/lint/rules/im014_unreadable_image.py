"""A file that is no picture that can be opened.

What
    Its first bytes are of no format that Pillow opens and trainers meet, or its header contradicts itself, or the
    system does not let it be read. The finding says what it looks like: an HTML page, a Git LFS pointer, HEIC.

Why it hurts training
    The loader raises at that sample, or passes over it without a word.

Example
    cat.jpg that begins with `<!DOCTYPE html>`: the server's error page, saved under the picture's name.

Instead
    Fetch the picture again, or convert it to JPEG or PNG.

Fix safety
    None.

Sources
    Pillow's list of formats; data sets of downloaded pictures everywhere.

"""

from collections.abc import Iterator

from ..hits import Hits
from ..media import Media


def check_media(media: Media) -> Iterator[Hits]:
    """Files that are no picture that trainers open."""
    wrong = media.faults("IM014")
    yield Hits("media", list(wrong), lambda at: f"{media.names[at]}: {wrong[at].message}", lambda at: wrong[at].value)
